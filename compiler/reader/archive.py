"""Opens a `.keras` zip with bounds: its configuration as text, its weights as a temporary file of their own."""

import stat
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from io import SEEK_END
from pathlib import Path
from typing import BinaryIO

from binloom.compiler.errors import InputError
from binloom.compiler.reader import limits
from binloom.compiler.reader.text import readable, short

CONFIG = "config.json"
WEIGHTS = "model.weights.h5"
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
DAMAGED = "save or download it again"
PIECE = 1 << 20
END_BYTES = 66_000  # the end record, 22 bytes, and a comment of up to 65,535

ZIP_ERRORS = (zipfile.BadZipFile, zlib.error, OSError, ValueError, EOFError, NotImplementedError, RuntimeError)


def directory_trouble(path: Path) -> str | None:
    """Why a zip's list of contents may not be loaded: by the size that the record at the file's end states."""
    with path.open("rb") as file:
        end = file.seek(0, SEEK_END)
        file.seek(max(0, end - END_BYTES))
        tail = file.read()
    place = tail.rfind(b"PK\5\6")
    if place < 0 or len(tail) - place < 22:
        return "its end is missing"
    (size,) = struct.unpack_from("<L", tail, place + 12)
    large = tail.rfind(b"PK\6\6", 0, place)  # the record that very large zips have besides
    if large >= 0 and len(tail) - large >= 56:
        (size,) = struct.unpack_from("<Q", tail, large + 40)
    if size > min(end, limits.ZIP_DIRECTORY_BYTES):
        return f"its list of contents claims {readable(size)}"
    return None


@contextmanager
def read_archive(path: Path, label: str) -> Iterator[tuple[bytes, Path]]:
    """(config.json, the place of model.weights.h5). Nothing else is unpacked, and only into a folder that goes away."""
    with tempfile.TemporaryDirectory(prefix="binloom-") as folder:
        weights = Path(folder, WEIGHTS)
        try:
            with zipfile.ZipFile(path) as archive:
                members = _members(archive, label)
                text = b"".join(_pieces(archive, members[CONFIG], limits.JSON_BYTES, label))
                with weights.open("wb") as file:
                    _unpack(archive, members[WEIGHTS], file, label)
        except ZIP_ERRORS as error:
            raise InputError(f"{label} is a damaged or truncated .keras file: {short(str(error))}", DAMAGED) from error
        yield text, weights


def _members(archive: zipfile.ZipFile, label: str) -> dict[str, zipfile.ZipInfo]:
    entries = archive.infolist()
    if len(entries) > limits.ZIP_ENTRIES:
        raise InputError(f"{label} holds {len(entries)} files, more than {limits.ZIP_ENTRIES}")
    members: dict[str, zipfile.ZipInfo] = {}
    for entry in entries:
        name = entry.filename
        shown = ascii(short(name))
        if name.startswith(("/", "\\")) or ":" in name or ".." in name.replace("\\", "/").split("/"):
            raise InputError(f"{label} holds {shown}, a path out of its folder", "no .keras file has that; refused")
        if stat.S_ISLNK(entry.external_attr >> 16):
            raise InputError(f"{label} holds {shown} as a symbolic link", "no .keras file has that; refused")
        if name in members:
            raise InputError(f"{label} holds {shown} twice", "no .keras file has that; refused")
        if entry.flag_bits & 1:
            raise InputError(f"{label} is encrypted", "save it without a password")
        members[name] = entry
    for name in (CONFIG, WEIGHTS):
        if name not in members:
            others = ("model.weights.npz", "model.weights.json")
            other = next((other for other in others if other in members), None)
            remedy = "save the model with weights in HDF5, as model.save() does" if other else DAMAGED
            raise InputError(f"{label} lacks {name}" + (f" (it has {other})" if other else ""), remedy)
    return members


def _unpack(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, file: BinaryIO, label: str) -> None:
    for piece in _pieces(archive, entry, limits.FILE_BYTES, label):
        file.write(piece)


def _pieces(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, bound: int, label: str) -> Iterator[bytes]:
    """The contents piece by piece; what is declared and what really comes must both stay within the bound."""
    name = entry.filename
    if entry.file_size > bound:
        size = readable(entry.file_size)
        raise InputError(
            f"{label}: {name} claims {size} unpacked, more than {readable(bound)}", "refused as a zip bomb"
        )
    if entry.compress_type not in METHODS:
        raise InputError(f"{label}: {name} is packed with method {entry.compress_type}", "save it with model.save()")
    left = bound
    with archive.open(entry) as source:
        while piece := source.read(PIECE):
            left -= len(piece)
            if left < 0:
                raise InputError(f"{label}: {name} unpacks to more than {readable(bound)}", "refused as a zip bomb")
            yield piece
