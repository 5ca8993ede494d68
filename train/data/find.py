"""Where a data set is looked for: a file or a folder, the folder that BINLOOM_DATA names, then its public source."""

import os
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from binloom.compiler import npz
from binloom.compiler.errors import InputError
from binloom.train.data.classes import NAMES
from binloom.train.data.dataset import ARRAYS, TRACKS, Dataset
from binloom.train.data.folders import read_folder
from binloom.train.data.known import KNOWN
from binloom.train.data.svhn import FILES, fetch_svhn, read_svhn

FOLDER = "BINLOOM_DATA"


def load(name: str, path: Path | None = None) -> Dataset:
    """The data set of this name, out of `path` where one is given. InputError says where it was looked for.

    A name that is not known needs a path, and takes whatever images it holds.
    """
    if path is not None:
        return _checked(name, _read(path), str(path))
    if name not in KNOWN:
        raise InputError(
            f"no data set is called {name!r}",
            f"name one of {', '.join(KNOWN)}, or give an .npz or a folder with --data",
        )
    if (found := _local(name)) is not None:
        return _checked(name, _read(found), str(found))
    return _public(name)


def _places(name: str) -> list[Path]:
    folder = os.environ.get(FOLDER)
    return [Path(folder) / f"{name}.npz", Path(folder) / name] if folder else []


def _local(name: str) -> Path | None:
    return next((place for place in _places(name) if place.exists()), None)


def _read(path: Path) -> Mapping[str, np.ndarray]:
    """The arrays of an .npz, of SVHN's files in a folder, or of a folder of images."""
    if path.is_dir():
        svhn = all((path / name).is_file() for name, _ in FILES.values())
        return read_svhn(path) if svhn else read_folder(path)
    with npz.Archive(path) as archive:
        more = [name for name in (TRACKS, NAMES) if name in archive.entries]
        return {name: archive.read(name) for name in (*ARRAYS, *more)}


def _public(name: str) -> Dataset:
    """What its public source has, which Keras fetches and keeps for the next time."""
    known, places = KNOWN[name], _places(name)
    looked = f"no {' and no '.join(map(str, places))}" if places else f"{FOLDER} is not set"
    remedy = f"write {name}.npz ({', '.join(ARRAYS)}) into the folder that {FOLDER} names, or give it with --data"
    if not known.keras and name != "svhn":
        raise InputError(f"{name} has no source that is fetched by itself ({looked}): {known.source}", remedy)
    try:
        arrays = fetch_svhn() if name == "svhn" else _from_keras(known.keras)
    except Exception as error:  # Keras lets through whatever its download raises
        first = str(error).split("\n")[0]
        raise InputError(f"{name} was not found here ({looked}) and could not be fetched ({first})", remedy) from error
    data = _checked(name, arrays, "what was fetched")
    if known.digest and data.digest() != known.digest:
        raise InputError(f"what was fetched for {name} is not what it was when binloom was made", remedy)
    return data


def _from_keras(name: str) -> dict[str, np.ndarray]:
    import keras

    (x_train, y_train), (x_test, y_test) = getattr(keras.datasets, name).load_data()
    return dict(zip(ARRAYS, (x_train, y_train, x_test, y_test), strict=True))


def _checked(name: str, arrays: Mapping[str, np.ndarray], where: str) -> Dataset:
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
