"""Where trials are made: on all cores of this machine, or on a dask cluster."""

from collections.abc import Iterator
from contextlib import contextmanager

from binloom.compiler.errors import InputError
from binloom.toolchain import find

TIMEOUT = 20  # seconds that a scheduler has to answer


@contextmanager
def workers(cluster: str = "") -> Iterator[None]:
    """Inside, what goes through joblib goes to the dask scheduler at this address, where there is one.

    Its workers need this package, as here, in the same version.
    """
    if not cluster:
        yield
        return
    find.package("distributed", "cluster", "a cluster", find.extra("cluster")).require()
    from distributed import Client
    from joblib import parallel_config

    try:
        client = Client(cluster, timeout=TIMEOUT)
    except (OSError, ValueError) as error:
        reason = str(error).split("\n")[0]
        raise InputError(
            f"no dask scheduler answers at {cluster} ({reason})", "give its address, tcp://HOST:8786"
        ) from None
    with client, parallel_config(backend="dask"):
        yield
