"""Data sets: what is taken, what is refused and in which words."""

import numpy as np
import pytest

from binloom.compiler.errors import InputError
from binloom.train.data import KNOWN, load


def arrays(**changed) -> dict[str, np.ndarray]:
    """A set of 28 x 28 with ten classes."""
    whole = {
        "x_train": np.zeros((20, 28, 28), np.uint8),
        "y_train": np.arange(20) % 10,
        "x_test": np.zeros((10, 28, 28), np.uint8),
        "y_test": np.arange(10),
    }
    return whole | changed


def stored(tmp_path, name="mnist", **changed):
    path = tmp_path / f"{name}.npz"
    np.savez(path, **arrays(**changed))
    return path


def test_the_folder_that_is_named_comes_first(tmp_path, monkeypatch):
    stored(tmp_path)
    monkeypatch.setenv("BINLOOM_DATA", str(tmp_path))
    data = load("mnist")
    assert data.shape == (28, 28, 1)
    assert (data.classes, len(data.x_train), data.y_test.dtype) == (10, 20, np.int64)


def test_keras_source_comes_last(tmp_path, monkeypatch):
    import keras

    monkeypatch.setenv("BINLOOM_DATA", str(tmp_path))
    found = arrays()
    pairs = ((found["x_train"], found["y_train"]), (found["x_test"], found["y_test"]))
    monkeypatch.setattr(keras.datasets.mnist, "load_data", lambda: pairs)
    assert len(load("mnist").x_train) == 20

    def offline():
        raise OSError("no network\nand more")

    monkeypatch.setattr(keras.datasets.mnist, "load_data", offline)
    with pytest.raises(
        InputError, match=r"mnist was not found here \(no .*mnist.npz\) and could not be fetched \(no network\)"
    ):
        load("mnist")


def test_a_digest_is_of_the_numbers_and_not_of_how_they_lie(tmp_path):
    small = load("mnist", stored(tmp_path))
    wide = load("mnist", stored(tmp_path, "wide", x_train=np.zeros((20, 28, 28, 1), np.int32)))
    assert small.digest() == wide.digest() != small.part(10, 10).digest()
    assert all(len(known.digest) in (0, 64) for known in KNOWN.values())


def test_a_part_has_images_from_everywhere(tmp_path):
    """Sets lie sorted by class, some of them."""
    part = load("mnist", stored(tmp_path, y_train=np.repeat(np.arange(10), 2))).part(10, 100)
    assert part.y_train.tolist() == list(range(10))
    assert part.classes == len(part.x_test) == 10


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"x_train": np.zeros((20, 28, 28), np.float32)}, "x_train holds float32; give whole numbers from 0 to 255"),
        ({"x_test": np.full((10, 28, 28), 300)}, "x_test goes from 300 to 300; give whole numbers from 0 to 255"),
        ({"x_test": np.zeros((10, 14, 14), np.uint8)}, "x_train is of 28 x 28 x 1 and x_test of 14 x 14 x 1"),
        ({"x_train": np.zeros((0, 28, 28), np.uint8)}, r"x_train has shape \(0, 28, 28, 1\)"),
        ({"y_train": np.arange(19)}, r"y_train has shape \(19,\) beside 20 images; give one label an image"),
        ({"y_train": np.arange(20) - 1}, "y_train goes from -1 to 18; number the classes from 0 up"),
        ({"y_train": np.zeros(20)}, "y_train holds float64"),
        ({"y_test": np.arange(10) + 5}, "y_test has class 14 and y_train none above 9"),
        (
            {"x_train": np.zeros((20, 9, 9), np.uint8), "x_test": np.zeros((10, 9, 9), np.uint8)},
            "has images of 9 x 9 x 1, mnist of 28",
        ),
        ({"y_train": np.arange(20) % 4, "y_test": np.arange(10) % 4}, "has 4 classes, mnist 10"),
    ],
)
def test_what_is_refused(tmp_path, changed, message):
    with pytest.raises(InputError, match=message):
        load("mnist", stored(tmp_path, **changed))


def test_names_and_files_that_are_not_there(tmp_path, monkeypatch):
    monkeypatch.delenv("BINLOOM_DATA", raising=False)
    with pytest.raises(InputError, match="no data set is called 'minst'; name one of mnist, "):
        load("minst")
    with pytest.raises(InputError, match="gtsrb has no source that is fetched by itself"):
        load("gtsrb")
    with pytest.raises(InputError, match="does not exist"):
        load("mnist", tmp_path / "none.npz")
    np.savez(tmp_path / "part.npz", x_train=np.zeros((1, 2, 2), np.uint8))
    with pytest.raises(InputError, match="holds no 'y_train'"):
        load("mine", tmp_path / "part.npz")
