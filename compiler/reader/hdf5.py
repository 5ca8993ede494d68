"""HDF5 opened with bounds: no link is followed, and nothing is read before its size has been looked at."""

from collections.abc import Iterator
from contextlib import contextmanager
from math import prod
from pathlib import Path

import h5py
import numpy as np

from binloom.compiler.errors import InputError
from binloom.compiler.reader import limits
from binloom.compiler.reader.bounds import (
    DAMAGED,
    Trouble,
    data_bytes,
    is_bfloat16,
    link_trouble,
    read_trouble,
    size_trouble,
)
from binloom.compiler.reader.heaps import heap_trouble
from binloom.compiler.reader.memory import at_most
from binloom.compiler.reader.text import readable, short

# What h5py raises when the HDF5 library stumbles over a damaged file.
LIBRARY_ERRORS = (OSError, KeyError, RuntimeError, ValueError, TypeError, MemoryError, OverflowError)


@contextmanager
def library(label: str) -> Iterator[None]:
    """Whatever HDF5 raises inside becomes one line. Wraps calls of h5py only, so that no defect of ours hides."""
    try:
        yield
    except LIBRARY_ERRORS as error:
        reason = short(" ".join(str(error).split()) or type(error).__name__)
        raise InputError(f"{label} is a damaged or truncated HDF5 file: {reason}", DAMAGED) from error


@contextmanager
def open_store(path: Path, label: str) -> Iterator["Store"]:
    """Opens a file whose size has been checked, and looks over all of it."""
    if trouble := heap_trouble(path):
        raise InputError(f"{label} is a damaged or truncated HDF5 file: {trouble}", DAMAGED)
    with at_most(limits.MEMORY_BYTES):
        with library(label):
            # Locking fails on read-only media and serves nobody here.
            file = h5py.File(path, "r", locking=False)
        try:
            store = Store(file, label)
            store.survey()
            yield store
        finally:
            with library(label):
                file.close()


class Store:
    """The groups, attributes and arrays of one HDF5 file, by path. Errors name the file as `label`."""

    def __init__(self, file: h5py.File, label: str) -> None:
        self.label = label
        self._root = file
        self._read = 0

    def error(self, message: str, remedy: str = "") -> InputError:
        return InputError(f"{self.label}: {message}", remedy)

    def survey(self) -> None:
        """Refuses a file with links out of it or round in it, groups nested too deep, or impossible arrays."""
        with library(self.label):
            seen = {h5py.h5o.get_info(self._root.id).addr}
            stack: list[tuple[str, h5py.h5g.GroupID]] = [("", self._root.id)]
            while stack:
                path, group = stack.pop()
                if path.count("/") > limits.PATH_DEPTH:
                    raise self.error(f"groups are nested more than {limits.PATH_DEPTH} deep", "no Keras file has that")
                if group.get_num_objs() + len(seen) > limits.HDF5_OBJECTS:
                    raise self.error(f"it holds more than {limits.HDF5_OBJECTS} objects", "no Keras file has that")
                for name in group:
                    inner = f"{path}/{name.decode('utf-8', 'backslashreplace')}"
                    self._refuse(link_trouble(group.links.get_info(name).type, inner))
                    item = h5py.h5o.open(group, name)
                    address = h5py.h5o.get_info(item).addr
                    if address in seen:
                        raise self.error(f"{short(inner)} is one object under two names", "no Keras file has that")
                    seen.add(address)
                    if isinstance(item, h5py.h5d.DatasetID):
                        self._refuse(size_trouble(item, inner))
                    elif isinstance(item, h5py.h5g.GroupID):
                        stack.append((inner, item))

    def is_group(self, path: str) -> bool:
        with library(self.label):
            return isinstance(self._find(path), h5py.Group)

    def names(self, path: str) -> list[str]:
        """The names of a group's members; none where there is no such group."""
        with library(self.label):
            group = self._find(path)
            return list(group) if isinstance(group, h5py.Group) else []

    def text(self, path: str, attribute: str) -> str | None:
        """An attribute that holds one text, stored as str or bytes; None where it is absent."""
        texts = self._attribute(path, attribute)
        if texts is None:
            return None
        if len(texts) != 1:
            raise self.error(f"attribute {attribute} is a list of {len(texts)} texts", DAMAGED)
        return texts[0]

    def texts(self, path: str, attribute: str) -> list[str] | None:
        """An attribute that is a list of texts. Keras splits a long one over `attribute0`, `attribute1`, ..."""
        whole = self._attribute(path, attribute)
        if whole is not None:
            return whole
        parts: list[list[str]] = []
        while (part := self._attribute(path, f"{attribute}{len(parts)}")) is not None:
            parts.append(part)
        return [text for part in parts for text in part] if parts else None

    def array(self, path: str) -> np.ndarray:
        """A dataset's values in the machine's byte order."""
        with library(self.label):
            dataset = self._find(path)
            if not isinstance(dataset, h5py.Dataset):
                raise self.error(f"array {short(path)} is missing", DAMAGED)
            self._refuse(read_trouble(dataset, path))
            self._read += data_bytes(dataset)
            if self._read > limits.WEIGHT_BYTES:
                bound = readable(limits.WEIGHT_BYTES)
                raise self.error(f"the weights take more than {bound}", "binloom is made for smaller networks")
            values = np.asarray(dataset[()])
            if is_bfloat16(dataset):
                return (values.view(np.uint16).astype(np.uint32) << 16).view(np.float32)
        return values.astype(values.dtype.newbyteorder("="), copy=False)

    def _find(self, path: str) -> h5py.Group | h5py.Dataset | None:
        """The object at a path, None where it is absent. The survey has seen to it that no link leads anywhere else."""
        parts = path.strip("/").split("/")
        if any(part in (".", "..") or "\0" in part for part in parts):
            raise self.error(f"{short(path)} is not a path a model has")
        try:
            return self._root["/" + "/".join(part for part in parts if part)]
        except KeyError:
            return None

    def _attribute(self, path: str, name: str) -> list[str] | None:
        with library(self.label):
            group = self._find(path)
            if group is None or name not in group.attrs:
                return None
            attribute = group.attrs.get_id(name)
            if attribute.shape is None:
                return []
            size = prod(attribute.shape) * attribute.dtype.itemsize
            if size > limits.ATTRIBUTE_BYTES:
                raise self.error(f"attribute {name} takes {readable(size)}, far more than a model's")
            if 0 in attribute.shape:
                return []  # stored as an array of floats
            if h5py.check_string_dtype(attribute.dtype) is None:
                raise self.error(f"attribute {name} is not text", DAMAGED)
            values = np.asarray(group.attrs[name], dtype=object).ravel()
        try:
            return [value.decode("utf-8") if isinstance(value, bytes) else str(value) for value in values]
        except UnicodeDecodeError as error:
            raise self.error(f"attribute {name} is not UTF-8 text", DAMAGED) from error

    def _refuse(self, trouble: Trouble | None) -> None:
        if trouble is not None:
            raise self.error(*trouble)
