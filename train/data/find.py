"""Where a data set is looked for: a file, the folder that BINLOOM_DATA names, then Keras' public source."""

import os
from pathlib import Path

import numpy as np

from binloom.compiler import npz
from binloom.compiler.errors import InputError
from binloom.train.data.dataset import ARRAYS, Dataset
from binloom.train.data.known import KNOWN

FOLDER = "BINLOOM_DATA"


def load(name: str, path: Path | None = None) -> Dataset:
    """The data set of this name, out of `path` where one is given. InputError says where it was looked for.

    A name that is not known needs a path, and takes whatever images it holds.
    """
    if path is not None:
        return _checked(name, _read(path), str(path))
    if name not in KNOWN:
        raise InputError(
            f"no data set is called {name!r}", f"name one of {', '.join(KNOWN)}, or give an .npz with --data"
        )
    local = _local(name)
    if local is not None and local.is_file():
        return _checked(name, _read(local), str(local))
    return _public(name, local)


def _local(name: str) -> Path | None:
    folder = os.environ.get(FOLDER)
    return Path(folder) / f"{name}.npz" if folder else None


def _read(path: Path) -> dict[str, np.ndarray]:
    with npz.Archive(path) as archive:
        return {name: archive.read(name) for name in ARRAYS}


def _public(name: str, local: Path | None) -> Dataset:
    """What keras.datasets fetches, which it keeps for the next time."""
    known, looked = KNOWN[name], f"no {local}" if local else f"{FOLDER} is not set"
    remedy = f"write {name}.npz ({', '.join(ARRAYS)}) into the folder that {FOLDER} names, or give it with --data"
    if not known.keras:
        raise InputError(f"{name} has no source that is fetched by itself ({looked}): {known.source}", remedy)
    import keras

    try:
        (x_train, y_train), (x_test, y_test) = getattr(keras.datasets, known.keras).load_data()
    except Exception as error:  # Keras lets through whatever its download raises
        first = str(error).split("\n")[0]
        raise InputError(f"{name} was not found here ({looked}) and could not be fetched ({first})", remedy) from error
    return _checked(name, dict(zip(ARRAYS, (x_train, y_train, x_test, y_test), strict=True)), "keras.datasets")


def _checked(name: str, arrays: dict[str, np.ndarray], where: str) -> Dataset:
    data = Dataset.of(name, arrays, where)
    if (known := KNOWN.get(name)) is None:
        return data
    if data.shape != known.shape:
        raise InputError(
            f"{where} has images of {' x '.join(map(str, data.shape))}, {name} of {' x '.join(map(str, known.shape))}",
            "give the right file, or another name",
        )
    if data.classes != known.classes:
        raise InputError(
            f"{where} has {data.classes} classes, {name} {known.classes}", "give the right file, or another name"
        )
    return data
