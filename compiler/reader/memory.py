"""A ceiling over the process's memory while a library works on a file that may ask it for any amount."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

_one_at_a_time = Lock()  # the ceiling is the whole process's: two readers would restore each other's


@contextmanager
def at_most(more: int) -> Iterator[None]:
    """Inside, the process may take `more` bytes beyond what it has. On systems without this limit it does nothing."""
    try:
        import resource

        pages = int(Path("/proc/self/statm").read_text().split()[0])
    except (ImportError, OSError):
        yield
        return
    with _one_at_a_time:
        soft, hard = resource.getrlimit(resource.RLIMIT_AS)
        ceiling = pages * resource.getpagesize() + more
        known = [bound for bound in (soft, hard) if bound != resource.RLIM_INFINITY]
        resource.setrlimit(resource.RLIMIT_AS, (min([ceiling, *known]), hard))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
