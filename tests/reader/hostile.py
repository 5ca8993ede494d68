"""Files made to mislead, crash or swamp a reader. Each case writes one; MESSAGES says what it must be refused with."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from tests.reader import standins as s

Case = Callable[[Path], Path]
CASES: dict[str, tuple[Case, str]] = {}


def case(message: str) -> Callable[[Case], Case]:
    """Enters a case under its function's name, with the pattern its one-line refusal must match."""

    def enter(make: Case) -> Case:
        CASES[make.__name__] = (make, message)
        return make

    return enter


def net() -> list[s.Stand]:
    rng = np.random.default_rng(8)
    return [
        s.image(6, 6, 2),
        s.conv(rng, 3, 2, 4, name="conv"),
        s.batch_norm(rng, 4, name="bn"),
        ("Flatten", {"name": "flat"}, {}),
        s.dense(rng, 144, 3, name="dense"),
    ]


def good(path: Path, name: str = "m.h5") -> Path:
    return s.write_keras2_h5(path / name, net())


def raw(data: bytes, name: str) -> Case:
    def make(path: Path) -> Path:
        (path / name).write_bytes(data)
        return path / name

    return make


for _case, _data, _file, _message in (
    ("empty", b"", "m.h5", r"is empty"),
    ("png", b"\x89PNG\r\n\x1a\n" + bytes(50), "m.h5", "looks like a PNG image"),
    ("jpeg", b"\xff\xd8\xff\xe0" + bytes(50), "m.h5", "looks like a JPEG image"),
    ("text", b"weights\n1 2 3\n", "m.h5", "looks like a text file"),
    ("page", b"<!DOCTYPE html><html>404</html>", "m.h5", "looks like an HTML or XML page; the download went wrong"),
    (
        "lfs",
        b"version https://git-lfs.github.com/spec/v1\noid sha256:1\n",
        "m.h5",
        r"a Git LFS pointer.*; run `git lfs pull`",
    ),
    ("pickle", b"\x80\x04\x95\x10\x00", "m.pkl", "looks like a Python pickle"),
    ("torch_old", b"\x80\x02\x8a\x0al\xfc", "m.pt", "looks like a PyTorch file; export the network to Keras"),
    (
        "tflite",
        b"\x1c\x00\x00\x00TFL3" + bytes(20),
        "m.tflite",
        "looks like a TensorFlow Lite model; give the Keras model",
    ),
    ("onnx", b"\x08\x07\x12\x07pytorch", "m.onnx", "looks like an ONNX model"),
    ("gzip", b"\x1f\x8b\x08" + bytes(30), "m.h5.gz", "looks like a gzip archive; unpack it first"),
    ("npy", b"\x93NUMPY\x01\x00", "m.npy", "looks like a NumPy array"),
    ("zeros", bytes(5000), "m.h5", "looks like a file of zeros"),
    (
        "noise",
        bytes(np.random.default_rng(9).integers(128, 255, 999, np.uint8)),
        "m.h5",
        "binary data of an unknown kind",
    ),
    ("json", b'{"class_name": "Sequential"}', "m.json", "holds an architecture without weights"),
    ("zip_cut", b"PK\x03\x04" + bytes(40), "m.keras", "is a damaged or truncated zip: its end is missing"),
):
    CASES[_case] = (raw(_data, _file), _message)


@case("does not exist")
def missing(path: Path) -> Path:
    return path / "none.h5"


@case("is a folder; give a Keras .h5 or .keras file")
def folder(path: Path) -> Path:
    (path / "folder").mkdir()
    return path / "folder"


@case(r"is a folder \(a TensorFlow SavedModel\)")
def saved_model(path: Path) -> Path:
    (path / "saved_model.pb").write_bytes(b"\x08\x01")
    return path
