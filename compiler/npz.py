"""Arrays in and out of .npz files: the same bytes for the same arrays, and nothing trusted on the way in."""

import io
import os
import struct
import threading
import tokenize
import warnings
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

import numpy as np

from binloom.compiler.errors import InputError

# What one array may take in memory. A file that claims more is refused before anything is allocated.
LIMIT_BYTES = 600 << 20

# What zipfile and numpy raise over bytes that are not what they should be, found by flipping each byte of a file.
DAMAGE = (
    *(OSError, EOFError, ValueError, RuntimeError, OverflowError, UserWarning),
    *(zipfile.BadZipFile, zlib.error, struct.error, tokenize.TokenError),
)


def write(path: Path, arrays: Mapping[str, np.ndarray]) -> None:
    """Write the arrays, in order of their names, uncompressed: deflate's bytes differ from one zlib to the next.

    The file is there whole, or as it was before. OSError with its name where it cannot be written.
    """
    path = path.resolve()  # of a link, what it leads to
    draft = path.with_name(f".binloom-{os.getpid()}-{threading.get_ident()}.npz")
    try:
        draft.write_bytes(packed(arrays))
        draft.replace(path)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error
    finally:
        draft.unlink(missing_ok=True)


def packed(arrays: Mapping[str, np.ndarray]) -> bytes:
    """The bytes of the file that `write` makes."""
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(arrays):
            # zipfile would put in the time of day and the kind of machine.
            entry = zipfile.ZipInfo(f"{name}.npy", date_time=(1980, 1, 1, 0, 0, 0))
            entry.create_system = 3
            entry.external_attr = 0o644 << 16
            content = io.BytesIO()
            np.lib.format.write_array(content, np.ascontiguousarray(arrays[name]), (1, 0), allow_pickle=False)
            archive.writestr(entry, content.getvalue())
    return whole.getvalue()


class Archive:
    """An .npz file under suspicion: arrays are read one at a time, each measured before it is read."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self.zip = zipfile.ZipFile(path)
        except FileNotFoundError:
            raise InputError(f"{path} does not exist", "give the path of an .npz file") from None
        except DAMAGE as error:
            raise InputError(f"{path} is not an .npz file ({error})", "write it with numpy.savez") from None
        self.entries = {info.filename.removesuffix(".npy"): info for info in self.zip.infolist()}

    def __enter__(self) -> "Archive":
        return self

    def __exit__(self, *_: object) -> None:
        self.zip.close()

    def header(self, name: str) -> tuple[tuple[int, ...], np.dtype]:
        """Shape and dtype of an array, without reading it."""
        with self._open(name) as file:
            shape, _, dtype = self._header(name, file)
        return shape, dtype

    def read(self, name: str, rows: int | None = None) -> np.ndarray:
        """An array, or only so many of its first rows."""
        with self._open(name) as file:
            shape, column_major, dtype = self._header(name, file)
            count = int(np.prod(shape, dtype=object))
            claimed = file.tell() + count * dtype.itemsize
            if claimed != self.entries[name].file_size:
                found = self.entries[name].file_size
                raise InputError(f"{self.path}: {name} claims {claimed} bytes but holds {found}", "write the file anew")
            if rows is not None and shape and rows < shape[0] and not column_major:
                shape = (rows, *shape[1:])
                count = int(np.prod(shape, dtype=object))
            if count * dtype.itemsize > LIMIT_BYTES:
                megabytes = count * dtype.itemsize >> 20
                raise InputError(
                    f"{self.path}: {name} takes {megabytes} MB, more than {LIMIT_BYTES >> 20}", "use fewer"
                )
            try:
                content = file.read(count * dtype.itemsize)
            except DAMAGE as error:
                raise InputError(f"{self.path}: {name} is damaged ({error})", "write the file anew") from None
        if len(content) != count * dtype.itemsize:
            raise InputError(f"{self.path}: {name} ends early", "write the file anew")
        array = np.frombuffer(content, dtype)
        array = array.reshape(shape[::-1]).T if column_major else array.reshape(shape)
        return array[:rows] if rows is not None and shape else array

    def _open(self, name: str) -> BinaryIO:
        if name not in self.entries:
            have = ", ".join(sorted(self.entries)) or "nothing"
            raise InputError(f"{self.path} holds no {name!r}", f"it holds {have}")
        entry = self.entries[name]
        try:
            if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise ValueError(f"compression {entry.compress_type}")
            return self.zip.open(entry)  # type: ignore[return-value]
        except DAMAGE as error:
            raise InputError(f"{self.path}: {name} is damaged ({error})", "write the file anew") from None

    def _header(self, name: str, file: BinaryIO) -> tuple[tuple[int, ...], bool, np.dtype]:
        try:
            version = np.lib.format.read_magic(file)
            readers = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
            if version not in readers:
                raise ValueError(f"version {version} of the array format")
            with warnings.catch_warnings():
                # A header that is almost Python makes numpy warn and guess; it is damage. Other warnings are not ours:
                # what the garbage collector comes across in here may warn of anything.
                for kind in (UserWarning, SyntaxWarning, DeprecationWarning):
                    warnings.simplefilter("error", kind)
                shape, column_major, dtype = readers[version](file)
            if any(side < 0 for side in shape):
                raise ValueError(f"shape {shape}")
        except DAMAGE as error:
            raise InputError(f"{self.path}: {name} is not an array ({error})", "write the file anew") from None
        if dtype.hasobject:
            raise InputError(f"{self.path}: {name} holds pickled objects, which are never read", "save it as numbers")
        return shape, column_major, dtype
