"""Data sets: what is taken, what is refused and in which words."""

import re
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image
from scipy.io import savemat

from binloom.compiler.errors import InputError
from binloom.train.data import KNOWN, load, svhn


def arrays(**changed) -> dict[str, np.ndarray]:
    """A set of 28 x 28 with ten classes."""
    whole = {
        "x_train": np.ones((20, 28, 28), np.uint8),
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
    with pytest.raises(InputError, match="what was fetched for mnist is not what it was when binloom was made"):
        load("mnist")
    monkeypatch.setitem(KNOWN, "mnist", replace(KNOWN["mnist"], digest=""))
    assert len(load("mnist").x_train) == 20

    def offline():
        raise OSError("no network\nand more")

    monkeypatch.setattr(keras.datasets.mnist, "load_data", offline)
    looked = r"no .*mnist\.npz and no .*mnist"
    with pytest.raises(
        InputError, match=rf"mnist was not found here \({looked}\) and could not be fetched \(no network\)"
    ):
        load("mnist")


def test_a_digest_is_of_the_numbers_and_not_of_how_they_lie(tmp_path):
    small = load("mnist", stored(tmp_path))
    wide = load("mnist", stored(tmp_path, "wide", x_train=np.ones((20, 28, 28, 1), np.int32)))
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
        ({"x_train": np.ones((20, 28, 28), np.float32)}, "x_train holds float32; give whole numbers from 0 to 255"),
        ({"x_test": np.full((10, 28, 28), 300)}, "x_test goes from 300 to 300; give whole numbers from 0 to 255"),
        ({"x_test": np.zeros((10, 14, 14), np.uint8)}, "x_train is of 28 x 28 x 1 and x_test of 14 x 14 x 1"),
        ({"x_train": np.zeros((0, 28, 28), np.uint8)}, r"x_train has shape \(0, 28, 28, 1\)"),
        ({"y_train": np.arange(19)}, r"y_train has shape \(19,\) beside 20 images; give one label an image"),
        ({"y_train": np.arange(20) - 1}, "y_train goes from -1 to 18; number the classes from 0 up"),
        ({"y_train": np.zeros(20)}, "y_train holds float64"),
        ({"y_test": np.arange(10) + 5}, "y_test has class 14 and y_train none above 9"),
        (
            {"x_train": np.ones((20, 9, 9), np.uint8), "x_test": np.zeros((10, 9, 9), np.uint8)},
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


def test_tracks_are_groups_and_stay_together(tmp_path):
    tracks = np.arange(20) // 4  # of 20 images; a track is one of a class
    two = {"y_train": np.arange(20) % 2, "y_test": np.arange(10) % 2}
    data = load("mine", stored(tmp_path, "mine", track_train=tracks, **two))
    assert len(np.unique(data.groups)) == 10
    assert all(len(np.unique(data.y_train[data.groups == group])) == 1 for group in range(10))
    chosen = data.some(7, seed=1)
    assert len(chosen) == 8
    assert set(np.unique(data.groups[chosen], return_counts=True)[1]) == {2}
    assert (data.some(7, seed=1) == chosen).all()
    assert len(data.some(100, seed=1)) == 20
    assert (load("mnist", stored(tmp_path)).groups == np.arange(20)).all()
    with pytest.raises(InputError, match=r"track_train has shape \(3,\) beside 20 images"):
        load("mine", stored(tmp_path, "mine", track_train=np.arange(3)))


def drawn(folder, part, kind, count=2, size=(6, 4), mode="RGB"):
    place = folder / part / kind
    place.mkdir(parents=True)
    for index in range(count):
        Image.new(mode, size, 10 * index if mode == "L" else (10 * index, 20, 30)).save(place / f"{index}.png")
    return place


@pytest.mark.parametrize(("mode", "channels"), [("RGB", 3), ("L", 1)])
def test_a_folder_of_images(tmp_path, monkeypatch, mode, channels):
    for part, kind in (("train", "cat"), ("train", "ant"), ("test", "cat")):
        drawn(tmp_path / "mine", part, kind, mode=mode)
    data = load("mine", tmp_path / "mine")
    assert data.shape == (4, 6, channels)
    assert data.y_train.tolist() == [0, 0, 1, 1]
    assert data.y_test.tolist() == [1, 1]
    assert data.x_train[1, 0, 0, 0] == 10
    assert data.names == ("ant", "cat")
    monkeypatch.setenv("BINLOOM_DATA", str(tmp_path))
    monkeypatch.setitem(KNOWN, "mine", replace(KNOWN["mnist"], shape=data.shape, classes=2))
    assert load("mine").digest() == data.digest()


def test_folders_that_are_called_by_numbers(tmp_path):
    for kind in ("00000", "00001"):
        drawn(tmp_path / "numbers", "train", kind)
    drawn(tmp_path / "numbers", "test", "00001")
    assert load("mine", tmp_path / "numbers").names == ("0", "1")
    for kind in ("1", "2", "10"):  # sorted as texts: 1, 10, 2
        drawn(tmp_path / "other", "train", kind)
    drawn(tmp_path / "other", "test", "10")
    assert load("mine", tmp_path / "other").names == ("1", "10", "2")


def test_names_of_classes(tmp_path):
    named = np.array([f"kind  {number}\n" for number in range(10)])
    assert load("mnist", stored(tmp_path)).names == tuple("0123456789")
    assert load("fashion_mnist", stored(tmp_path)).names[9] == "ankle boot"
    assert load("fashion_mnist", stored(tmp_path, classes=np.arange(10).astype(str))).names[9] == "ankle boot"
    assert load("fashion_mnist", stored(tmp_path, classes=named)).names[9] == "kind 9"


@pytest.mark.parametrize(
    ("classes", "message"),
    [
        (np.arange(10), r"classes holds int64 of shape \(10,\); give a list of texts, one a class"),
        (np.array("all"), r"classes holds <U3 of shape \(\)"),
        (np.array(["ant", "bee"]), "classes has 2 names, and there are 10 classes; give one a class"),
        (np.array([*"abcdefgh", "ant", "ant"]), "classes: 2 classes are called 'ant'; give each its own name"),
        (np.array([*"abcdefghi", " "]), "classes: class 9 has no name; give each its own"),
        (np.array([*"abcdefghi", "\x1b[31m"]), r"classes: the class name '\\x1b\[31m' has characters that cannot be"),
        (np.array([*"abcdefghi", "caf\udce9"]), r"classes: the class name 'caf\\udce9' has characters that cannot be"),
        (np.array([*"abcdefghi", "\ufeffj"]), r"classes: the class name '\\ufeffj' has characters that cannot be"),
        (np.array([*"abcdefghi", "j" * 300]), "classes: the class name 'jjjjjjjjjjjjjjjjjjjj'... has 300 characters"),
    ],
)
def test_names_that_are_refused(tmp_path, classes, message):
    with pytest.raises(InputError, match=message):
        load("mnist", stored(tmp_path, classes=classes))


def test_folders_that_are_refused(tmp_path):
    def refused(message):
        with pytest.raises(InputError, match=re.escape(message)):
            load("mine", tmp_path)

    rule = "lay images out as FOLDER/train/CLASS/IMAGE and FOLDER/test/CLASS/IMAGE"
    refused(f"{tmp_path / 'train'} is no folder; {rule}")
    place = drawn(tmp_path, "train", "ant")
    (tmp_path / "test").mkdir()
    refused(f"{tmp_path / 'test'} has no folder for a class")
    (tmp_path / "test" / "bee").mkdir()
    refused(f"{tmp_path / 'test' / 'bee'} is a class that {tmp_path / 'train'} has not; train on images of every class")
    (tmp_path / "test" / "bee").rename(tmp_path / "test" / "ant")
    refused(f"{tmp_path / 'test' / 'ant'} holds no image")
    (tmp_path / "test" / "ant" / "letter.txt").write_text("dear")
    refused(f"{tmp_path / 'test' / 'ant' / 'letter.txt'} is no image (cannot identify image file")
    (tmp_path / "test" / "ant" / "letter.txt").unlink()
    for name in (".DS_Store", "Thumbs.db", "desktop.ini"):
        (tmp_path / "test" / "ant" / name).write_text("none of ours")
    refused(f"{tmp_path / 'test' / 'ant'} holds no image")
    for mode in ("I;16", "I", "F"):
        Image.new(mode, (6, 4), 300).save(tmp_path / "test" / "ant" / "deep.tiff")
        refused(f"{tmp_path / 'test' / 'ant' / 'deep.tiff'} has more than 8 bits a pixel; write it with 8")
    (tmp_path / "test" / "ant" / "deep.tiff").unlink()
    (tmp_path / "train" / ".git").mkdir()
    whole = (place / "0.png").read_bytes()
    (tmp_path / "test" / "ant" / "cut.png").write_bytes(whole[:-30])
    refused(f"{tmp_path / 'test' / 'ant' / 'cut.png'} is no image (")
    (tmp_path / "test" / "ant" / "cut.png").write_bytes(whole)
    Image.new("RGB", (6, 5)).save(place / "2.png")
    refused(f"{place / '2.png'} is of 5 x 6 x 3, the images before it of 4 x 6 x 3; give all one size")


def test_svhn_as_it_is_published(tmp_path, monkeypatch):
    images = np.random.default_rng(1).integers(0, 256, (32, 32, 3, 20), np.uint8)
    labels = (np.arange(20) % 10 + 1).reshape(-1, 1).astype(np.uint8)
    (tmp_path / "svhn").mkdir()
    for part in ("train", "test"):
        savemat(tmp_path / "svhn" / f"{part}_32x32.mat", {"X": images, "y": labels})
    monkeypatch.setenv("BINLOOM_DATA", str(tmp_path))
    data = load("svhn")
    assert (data.x_train[3] == images[..., 3]).all()
    assert data.y_train[:11].tolist() == [1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1]
    path = tmp_path / "svhn" / "test_32x32.mat"
    path.write_bytes(path.read_bytes()[:900])
    with pytest.raises(InputError, match=r"test_32x32\.mat is damaged .*; get it from http://ufldl"):
        load("svhn")
    savemat(path, {"X": images})
    with pytest.raises(InputError, match=r"test_32x32\.mat holds no images X and labels y of SVHN"):
        load("svhn")


def test_svhn_from_its_source(tmp_path, monkeypatch):
    import keras

    asked = []

    def offline(name, origin, **given):
        asked.append((name, origin, given["file_hash"]))
        raise OSError("no network")

    monkeypatch.delenv("BINLOOM_DATA", raising=False)
    monkeypatch.setattr(keras.utils, "get_file", offline)
    with pytest.raises(InputError, match=r"svhn was not found here \(BINLOOM_DATA is not set\) and could not be f"):
        load("svhn")
    assert asked == [("train_32x32.mat", f"{svhn.SOURCE}train_32x32.mat", "e26dedcc434d2e4c54c9b2d4a06d8373")]


def test_files_that_are_damaged(tmp_path):
    path = stored(tmp_path)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InputError, match=r"mnist\.npz is not an \.npz file"):
        load("mnist", path)
    path.write_bytes(whole.replace(b"\1" * 900, b"\1" * 899 + b"x", 1))
    with pytest.raises(InputError, match="x_train is damaged"):
        load("mnist", path)
