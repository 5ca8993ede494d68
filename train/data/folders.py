"""Images in folders: FOLDER/train/CLASS/*.png and FOLDER/test/CLASS/*.png, in any format that Pillow reads.

Classes are numbered in the order of their names, which are those of their folders. An image is taken as it lies in its
file, in grey or in colour: all have one size and one kind. Hidden files and folders count for nothing.
"""

from pathlib import Path

import numpy as np

from binloom.compiler.errors import InputError
from binloom.toolchain import find
from binloom.train.data.classes import NAMES

PARTS = ("train", "test")
SYSTEM = ("thumbs.db", "desktop.ini")  # what Windows lays beside images
DEEP = ("I", "F")  # Pillow's modes of more than 8 bits: these, and I;16 in several orders of bytes


def read_folder(folder: Path) -> dict[str, np.ndarray]:
    """The arrays of a data set, the names of its classes among them."""
    find.package("pillow", "train", "reading images", find.extra("train"), module="PIL").require()
    classes = {part: _folders(folder / part) for part in PARTS}
    names = [path.name for path in classes["train"]]
    for path in classes["test"]:
        if path.name not in names:
            raise InputError(f"{path} is a class that {folder / 'train'} has not", "train on images of every class")
    found: dict[str, np.ndarray] = {NAMES: np.array(names)}
    size: tuple[int, ...] = ()
    for part, places in classes.items():
        images, labels = [], []
        for place in places:
            for path in _files(place):
                image = _image(path)
                size = size or image.shape
                if image.shape != size:
                    shapes = [" x ".join(map(str, shape)) for shape in (image.shape, size)]
                    raise InputError(
                        f"{path} is of {shapes[0]}, the images before it of {shapes[1]}", "give all one size"
                    )
                images.append(image)
                labels.append(names.index(place.name))
        found |= {f"x_{part}": np.stack(images), f"y_{part}": np.array(labels)}
    return found


def _folders(place: Path) -> list[Path]:
    rule = "lay images out as FOLDER/train/CLASS/IMAGE and FOLDER/test/CLASS/IMAGE"
    if not place.is_dir():
        raise InputError(f"{place} is no folder", rule)
    found = sorted(path for path in place.iterdir() if path.is_dir() and not path.name.startswith("."))
    if not found:
        raise InputError(f"{place} has no folder for a class", rule)
    return found


def _files(place: Path) -> list[Path]:
    found = sorted(path for path in place.iterdir() if path.is_file() and not _stray(path.name))
    if not found:
        raise InputError(f"{place} holds no image", "fill it, or remove it")
    return found


def _stray(name: str) -> bool:
    return name.startswith(".") or name.lower() in SYSTEM


def _image(path: Path) -> np.ndarray:
    """(height, width, 1 or 3), uint8."""
    from PIL import Image

    try:
        with Image.open(path) as image:
            if image.mode.split(";")[0] in DEEP:
                raise InputError(f"{path} has more than 8 bits a pixel", "write it with 8")
            found = np.array(image.convert("L" if image.mode in ("1", "L") else "RGB"))
    except InputError:
        raise
    except Exception as error:  # Pillow lets through whatever a damaged file makes it do
        reason = str(error).split("\n")[0]
        raise InputError(f"{path} is no image ({reason})", "remove it, or write it anew") from error
    return found if found.ndim == 3 else found[..., np.newaxis]
