"""What a file looks like from its first bytes, so that a wrong one is named for what it is."""

import os
import zipfile
from pathlib import Path

from binloom.compiler.errors import InputError
from binloom.compiler.reader.archive import directory_trouble
from binloom.compiler.reader.limits import FILE_BYTES
from binloom.compiler.reader.text import readable, short

HDF5_MAGIC = b"\x89HDF\r\n\x1a\n"
WANTED = "give a Keras .h5 or .keras file"

# (offset, bytes, what it is, what to do)
KNOWN = (
    (0, b"version https://git-lfs", "a Git LFS pointer, not the file itself", "run `git lfs pull`"),
    (0, b"\x89PNG", "a PNG image", WANTED),
    (0, b"\xff\xd8\xff", "a JPEG image", WANTED),
    (0, b"GIF8", "a GIF image", WANTED),
    (0, b"%PDF", "a PDF document", WANTED),
    (0, b"\x93NUMPY", "a NumPy array", WANTED),
    (0, b"\x1f\x8b", "a gzip archive", "unpack it first"),
    (0, b"BZh", "a bzip2 archive", "unpack it first"),
    (0, b"\xfd7zXZ", "an xz archive", "unpack it first"),
    (257, b"ustar", "a tar archive", "unpack it first"),
    (4, b"TFL3", "a TensorFlow Lite model", "give the Keras model it was converted from"),
    (0, b"\x0e\x03\x13\x01", "an HDF4 file", WANTED),
)
ONNX = ("an ONNX model", "give the Keras model it was exported from")
TORCH = ("a PyTorch file", "export the network to Keras and save it as .h5 or .keras")


def check_file(path: Path) -> int:
    """The size of a regular file within bounds; anything else is refused."""
    shown = short(str(path))
    try:
        if path.is_dir():
            raise InputError(f"{shown} is a folder{_folder(path)}", WANTED)
        if not path.exists():
            raise InputError(f"{shown} does not exist")
        if not path.is_file():
            raise InputError(f"{shown} is not a regular file", WANTED)
        size = path.stat().st_size
        with path.open("rb"):
            pass
    except OSError as error:
        raise InputError(f"{shown} cannot be read: {error.strerror or error}") from error
    except ValueError as error:  # a NUL in the name
        raise InputError(f"{shown} is not a file name") from error
    if size == 0:
        raise InputError(f"{shown} is empty", WANTED)
    if size > FILE_BYTES:
        remedy = "save it without the optimizer (include_optimizer=False)"
        raise InputError(f"{shown} has {readable(size)}, more than the {readable(FILE_BYTES)} a model may take", remedy)
    return size


def kind_of(path: Path) -> str:
    """ "hdf5", "keras-zip" or "json"; refuses the rest by what it looks like."""
    shown = short(str(path))
    with path.open("rb") as file:
        head = file.read(4096)
        size = os.fstat(file.fileno()).st_size
        offset = 0  # HDF5 may stand behind a user block of 512, 1024, 2048, ... bytes
        while offset < size:
            file.seek(offset)
            if file.read(8) == HDF5_MAGIC:
                return "hdf5"
            offset = offset * 2 or 512
    if head.startswith(b"PK"):
        return _zip(path)
    if head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{":
        return "json"
    what, remedy = _foreign(path, head)
    raise InputError(f"{shown} is not a Keras model: it looks like {what}", remedy)


def _folder(path: Path) -> str:
    if (path / "saved_model.pb").exists():
        return " (a TensorFlow SavedModel)"
    if (path / "config.json").exists():
        return " (an unpacked .keras)"
    return ""


def _zip(path: Path) -> str:
    shown = short(str(path))
    if trouble := directory_trouble(path):
        raise InputError(f"{shown} is a damaged or truncated zip: {trouble}", "save or download it again")
    try:
        with zipfile.ZipFile(path) as archive:
            names = [info.filename for info in archive.filelist]
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, EOFError) as error:
        message = f"{shown} is a damaged or truncated zip: {error}"
        raise InputError(message, "save or download it again") from error
    if any(name.rsplit("/", 1)[-1] in ("config.json", "model.weights.h5", "metadata.json") for name in names):
        return "keras-zip"
    if any(name.endswith("data.pkl") for name in names):
        what, remedy = TORCH
    elif names and all(name.endswith(".npy") for name in names):
        what, remedy = "a NumPy .npz archive", WANTED
    else:
        what, remedy = "a zip archive without config.json", WANTED
    raise InputError(f"{shown} is not a Keras model: it looks like {what}", remedy)


def _foreign(path: Path, head: bytes) -> tuple[str, str]:
    for offset, magic, what, remedy in KNOWN:
        if head[offset:].startswith(magic):
            return what, remedy
    if head[:1] == b"\x80" and head[1:2] in b"\x02\x03\x04\x05":
        return TORCH if path.suffix in (".pt", ".pth") else ("a Python pickle", WANTED)
    if path.suffix == ".onnx" or (head[:1] == b"\x08" and b"onnx" in head):
        return ONNX
    if path.suffix == ".pb":
        return "a TensorFlow graph (.pb)", "give the Keras model it was made from"
    if not head.strip(b"\0"):
        return "a file of zeros", "save or download it again"
    if head.lstrip()[:1] == b"<":
        return "an HTML or XML page", "the download went wrong: fetch the file again"
    try:
        head.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.start < len(head) - 4:
            return "binary data of an unknown kind", WANTED
    return "a text file", WANTED
