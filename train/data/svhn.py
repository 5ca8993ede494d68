"""SVHN's archives, as they are published: MATLAB files with images (32, 32, 3, n) and labels of 1 to 10, 10 for the
digit 0."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from binloom.compiler.errors import InputError

SOURCE = "http://ufldl.stanford.edu/housenumbers/"
FILES: Mapping[str, tuple[str, str]] = {  # by part: the name, and the MD5 that everybody knows it by
    "train": ("train_32x32.mat", "e26dedcc434d2e4c54c9b2d4a06d8373"),
    "test": ("test_32x32.mat", "eb5a983be6a315427106f1b164d9cef3"),
}


def read_svhn(folder: Path) -> dict[str, np.ndarray]:
    """The arrays of a data set, out of both files in a folder."""
    found: dict[str, np.ndarray] = {}
    for part, (name, _) in FILES.items():
        images, labels = _read(folder / name)
        found |= {f"x_{part}": images.transpose(3, 0, 1, 2), f"y_{part}": labels.reshape(-1).astype(np.int64) % 10}
    return found


def fetch_svhn() -> dict[str, np.ndarray]:
    """The same out of Keras' cache, which fetches what is not there and checks it."""
    import keras

    for name, digest in FILES.values():
        path = keras.utils.get_file(name, SOURCE + name, cache_subdir="datasets/svhn", file_hash=digest)
    return read_svhn(Path(path).parent)


def _read(path: Path) -> tuple[np.ndarray, np.ndarray]:
    from scipy.io import loadmat

    try:
        found = loadmat(path, variable_names=("X", "y"))
    except FileNotFoundError:
        raise InputError(f"{path} does not exist", f"get it from {SOURCE}{path.name}") from None
    except Exception as error:  # scipy lets through whatever a damaged file makes it do
        reason = str(error).split("\n")[0]
        raise InputError(f"{path} is damaged ({reason})", f"get it from {SOURCE}{path.name}") from error
    images, labels = found.get("X"), found.get("y")
    if images is None or labels is None or images.ndim != 4 or labels.dtype.kind not in "iuf":
        raise InputError(f"{path} holds no images X and labels y of SVHN", f"get it from {SOURCE}{path.name}")
    return images, labels
