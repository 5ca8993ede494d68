"""Image files as a model's input takes them: cut to its shape, scaled, grey where it has one channel."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from binloom.compiler.errors import InputError
from binloom.hw.stream import Map
from binloom.toolchain import find

if TYPE_CHECKING:
    from PIL.Image import Image

MODES = {1: "L", 3: "RGB", 4: "RGBA"}
LARGEST = 1 << 26  # pixels of a picture that is read
WHITE, DEEP = 255, 65535  # of a picture of 8 bits, and of one of 16


def read(path: Path, map: Map) -> np.ndarray:
    """An image file, or a .npy array of the model's own pixels, as an image for a stream of this map.

    A picture is cut at two sides to the map's shape and scaled; its white becomes the largest number that the
    input takes, its black the smallest, and what is transparent is white where the input takes no alpha. InputError
    where it is neither, MissingTool without Pillow.
    """
    if not path.is_file():
        raise InputError(f"{path} is not a file", "give an image")
    if path.suffix == ".npy":
        return _array(path)
    if map.channels not in MODES:
        raise InputError(f"a picture has 1, 3 or 4 channels, the model takes {map.channels}", "give a .npy array")
    find.package("pillow", "board", "reading image files", find.extra("board"), module="PIL").require()
    from PIL import Image, ImageOps

    try:
        with Image.open(path) as picture:
            if picture.width * picture.height > LARGEST:
                raise InputError(f"{path} has more than {LARGEST:,} pixels", "scale it down")
            seen = _opaque(_shallow(ImageOps.exif_transpose(picture), path), map.channels)
            cut = Image.fromarray(middle(np.asarray(seen.convert(MODES[map.channels])), map.height / map.width))
            return to_range(cut.resize((map.width, map.height), Image.Resampling.BILINEAR), map)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise InputError(f"{path} is not an image ({_first_line(error)})", "give one such as a PNG or JPEG") from None


def _shallow(picture: "Image", path: Path) -> "Image":
    """One of 8 bits: what has 16 is scaled, which Pillow would cut off at 255."""
    if picture.mode[0] not in "IF":
        return picture
    from PIL import Image

    deep = np.asarray(picture)
    if picture.mode == "F" or deep.min() < 0 or deep.max() > DEEP:
        raise InputError(f"{path} has pixels that are no numbers of 8 or 16 bits", "save it as a PNG, or a .npy array")
    return Image.fromarray(((deep.astype(np.int64) * WHITE + DEEP // 2) // DEEP).astype(np.uint8))


def _opaque(picture: "Image", channels: int) -> "Image":
    """It on white, where it has an alpha that the input has no channel for."""
    if "A" in MODES[channels] or not picture.has_transparency_data:
        return picture
    from PIL import Image

    seen = picture.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", seen.size, "white"), seen)


def middle(picture: np.ndarray, ratio: float) -> np.ndarray:
    """The largest part around the middle that is `ratio` times as high as wide."""
    height, width = picture.shape[:2]
    high, wide = max(1, min(height, round(width * ratio))), max(1, min(width, round(height / ratio)))
    top, left = (height - high) // 2, (width - wide) // 2
    return picture[top : top + high, left : left + wide]


def to_range(pixels: object, map: Map) -> np.ndarray:
    """Pixels from 0 to 255 as the numbers that the input takes; where those are 0 to 255, as they are."""
    array = np.asarray(pixels, np.int64).reshape(map.height, map.width, map.channels)
    lo, hi = (0, 1) if map.element.bit else (map.element.lo, map.element.hi)
    return lo + (array * (hi - lo) + WHITE // 2) // WHITE


def inverted(image: np.ndarray, map: Map) -> np.ndarray:
    """The negative."""
    return (1 if map.element.bit else map.element.lo + map.element.hi) - image


def _array(path: Path) -> np.ndarray:
    try:
        array = np.load(path, mmap_mode="r", allow_pickle=False)  # no more than its head is read
    except (OSError, ValueError) as error:
        raise InputError(f"{path} is not a .npy array ({_first_line(error)})") from None
    if array.size > LARGEST:
        raise InputError(f"{path} has more than {LARGEST:,} numbers", "give one image")
    return np.array(array)


def _first_line(error: Exception) -> str:
    return str(error).split("\n")[0][:100] or type(error).__name__
