"""Image files as a model takes them, and a camera that is none."""

import sys
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from binloom.boards.host import camera
from binloom.boards.host.pictures import inverted, read, to_range
from binloom.compiler.errors import InputError
from binloom.hw.element import BIT, Element
from binloom.hw.stream import Map
from binloom.toolchain import find
from binloom.toolchain.run import MissingTool

PIXELS = Element(0, 255)
GREY, COLOUR = Map(4, 6, 1, 1, PIXELS), Map(4, 6, 3, 3, PIXELS)


@pytest.fixture
def picture(tmp_path):
    """Writes an array as a picture of this kind."""

    def put(array, suffix="png"):
        path = tmp_path / f"picture.{suffix}"
        Image.fromarray(np.asarray(array, np.uint8)).save(path)
        return path

    return put


def test_one_that_fits_is_as_it_is(picture):
    pixels = np.random.default_rng(1).integers(0, 256, (4, 6), np.uint8)
    np.testing.assert_array_equal(read(picture(pixels), GREY)[..., 0], pixels)
    np.testing.assert_array_equal(read(picture(pixels, "bmp"), GREY)[..., 0], pixels)


def test_colours_become_what_the_model_takes(picture):
    colours = np.random.default_rng(2).integers(0, 256, (4, 6, 3), np.uint8)
    np.testing.assert_array_equal(read(picture(colours), COLOUR), colours)
    luma = np.round(colours @ [0.299, 0.587, 0.114])
    assert np.abs(read(picture(colours), GREY)[..., 0] - luma).max() <= 1
    grey = colours[..., 0]
    np.testing.assert_array_equal(read(picture(grey), COLOUR), np.repeat(grey[..., np.newaxis], 3, axis=2))


def test_another_size_is_cut_to_the_shape_and_scaled(picture):
    wide = np.zeros((8, 40), np.uint8)
    wide[:, 14:26] = 200  # the middle, in the shape of 4 x 6
    assert (read(picture(wide), GREY) == 200).all()


@pytest.mark.parametrize(
    ("element", "numbers"),
    [(PIXELS, [0, 1, 127, 128, 255]), (BIT, [0, 0, 0, 1, 1]), (Element(-128, 127), [-128, -127, -1, 0, 127])],
)
def test_the_range_that_the_input_takes(element, numbers):
    map = Map(1, 5, 1, 1, element)
    made = to_range([0, 1, 127, 128, 255], map)
    assert made.ravel().tolist() == numbers
    assert inverted(inverted(made, map), map).tolist() == made.tolist()
    assert inverted(made, map).ravel()[0] == numbers[-1]


def test_one_of_sixteen_bits_is_scaled(tmp_path):
    deep = np.arange(24, dtype=np.uint16).reshape(4, 6) * 2570
    Image.fromarray(deep).save(tmp_path / "deep.png")
    assert read(tmp_path / "deep.png", GREY)[..., 0].tolist() == (deep // 257).tolist()
    assert read(tmp_path / "deep.png", COLOUR)[..., 2].tolist() == (deep // 257).tolist()


@pytest.mark.parametrize("numbers", [np.full((4, 6), 70_000, np.int32), np.full((4, 6), 0.5, np.float32)])
def test_numbers_that_are_no_pixels(tmp_path, numbers):
    Image.fromarray(numbers).save(tmp_path / "odd.tif")
    with pytest.raises(InputError, match=r"odd.tif has pixels that are no numbers of 8 or 16 bits; save it as a PNG"):
        read(tmp_path / "odd.tif", GREY)


def test_what_is_transparent_is_white(picture):
    ink = np.zeros((4, 6, 4))
    ink[1, 2] = 0, 0, 0, 255
    wanted = np.full((4, 6), 255)
    wanted[1, 2] = 0
    path = picture(ink)
    assert read(path, GREY)[..., 0].tolist() == wanted.tolist()
    assert read(path, COLOUR)[..., 1].tolist() == wanted.tolist()
    assert read(path, Map(4, 6, 4, 4, PIXELS)).tolist() == ink.astype(int).tolist()


def test_an_array_goes_in_as_it_is(tmp_path):
    np.save(tmp_path / "image.npy", np.full((3, 3), 300))
    assert (read(tmp_path / "image.npy", GREY) == 300).all()


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("no.png", None, "no.png is not a file; give an image"),
        ("text.png", b"hello", "text.png is not an image (cannot identify image file"),
        ("cut.png", b"\x89PNG\r\n\x1a\n", "cut.png is not an image ("),
        ("text.npy", b"hello", "text.npy is not a .npy array ("),
    ],
)
def test_what_is_no_image(tmp_path, name, content, told):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError) as caught:
        read(tmp_path / name, GREY)
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_array_of_objects_is_not_unpickled(tmp_path):
    np.save(tmp_path / "image.npy", np.array([{}]), allow_pickle=True)
    with pytest.raises(InputError, match=r"is not a .npy array \(.*Python objects"):
        read(tmp_path / "image.npy", GREY)


def test_a_picture_too_large_to_be_one(tmp_path, monkeypatch):
    monkeypatch.setattr("binloom.boards.host.pictures.LARGEST", 10)
    Image.new("L", (4, 4)).save(tmp_path / "large.png")
    with pytest.raises(InputError, match=r"large.png has more than 10 pixels; scale it down$"):
        read(tmp_path / "large.png", GREY)


def test_a_model_that_takes_no_picture(tmp_path, picture):
    with pytest.raises(InputError, match=r"^a picture has 1, 3 or 4 channels, the model takes 2; give a .npy array$"):
        read(picture(np.zeros((4, 6))), Map(4, 6, 2, 1, PIXELS))


def test_without_pillow(picture, monkeypatch):
    path = picture(np.zeros((4, 6)))
    monkeypatch.setattr(find.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(
        MissingTool, match=r"^pillow is not installed, needed for reading image files; pip install 'binloom\[board\]'$"
    ):
        read(path, GREY)


class Camera:
    """OpenCV's, which shows one picture, twice."""

    left = 2

    def __init__(self, number):
        self.number = number

    def isOpened(self):
        return self.number == 0

    def read(self):
        self.left -= 1
        picture = np.zeros((10, 40, 3), np.uint8)
        picture[:, 12:28] = (10, 20, 30)
        return self.left >= 0, picture

    def release(self):
        self.left = 0


@pytest.fixture
def opencv(monkeypatch):
    """As much of OpenCV as is used."""
    module = SimpleNamespace(
        VideoCapture=Camera,
        COLOR_BGR2GRAY=1,
        COLOR_BGR2RGB=3,
        INTER_AREA=0,
        cvtColor=lambda picture, code: picture[..., 1] if code == 1 else picture[..., ::-1],
        resize=lambda picture, size, interpolation: picture[: size[1], : size[0]],
    )
    monkeypatch.setitem(sys.modules, "cv2", module)
    monkeypatch.setattr(find, "package", lambda name, *rest, **more: SimpleNamespace(require=lambda: None))


def test_a_camera(opencv):
    assert [image.tolist() for image in camera.frames(0, COLOUR)] == 2 * [[[[30, 20, 10]] * 6] * 4]
    assert next(camera.frames(0, GREY)).max() == 20
    with pytest.raises(InputError, match=r"^there is no camera 1; plug one in"):
        next(camera.frames(1, GREY))
    with pytest.raises(InputError, match=r"^a camera gives 1 or 3 channels, the model takes 2; "):
        next(camera.frames(0, Map(4, 6, 2, 1, PIXELS)))


def test_without_opencv():
    with pytest.raises(MissingTool, match=r"needed for a camera; pip install opencv-python-headless$"):
        next(camera.frames(0, GREY))
