"""What an HDF5 object must satisfy before it is touched: no way out of the file, no size the file does not bear out."""

from math import ceil, prod

import h5py
import numpy as np

from binloom.compiler.reader import limits
from binloom.compiler.reader.text import readable, short

DAMAGED = "save or download it again"
ONE_FILE = "copy the model into one plain file"

Trouble = tuple[str, str]  # message and remedy


def link_trouble(kind: int, path: str) -> Trouble | None:
    """Why a link may not be followed. Only links to objects of the same file are what Keras writes."""
    if kind == h5py.h5l.TYPE_HARD:
        return None
    if kind == h5py.h5l.TYPE_SOFT:
        return f"{short(path)} is a soft link, which no Keras file has", ONE_FILE
    return f"{short(path)} is an external link, into another file", ONE_FILE


def size_trouble(dataset: h5py.h5d.DatasetID, path: str) -> Trouble | None:
    """Why a dataset may not even be there."""
    name = short(path)
    shape = dataset.shape or ()
    size = prod(shape) * dataset.get_type().get_size()
    if size > limits.WEIGHT_BYTES:
        shown = " x ".join(map(str, shape)) or "1"
        return f"array {name} claims {shown} elements ({readable(size)})", "no model for binloom needs that; refused"
    plist = dataset.get_create_plist()
    if plist.get_external_count():
        return f"array {name} keeps its data in another file (external storage)", ONE_FILE
    if plist.get_layout() == h5py.h5d.VIRTUAL:
        return f"array {name} is put together from other files (virtual dataset)", ONE_FILE
    return None


def read_trouble(dataset: h5py.Dataset, path: str) -> Trouble | None:
    """Why a dataset that has passed `size_trouble` may not be read."""
    name = short(path)
    if dataset.shape is None:
        return f"array {name} is null", DAMAGED
    if len(dataset.shape) > limits.RANK:
        return f"array {name} has {len(dataset.shape)} dimensions, more than {limits.RANK}", DAMAGED
    if not is_bfloat16(dataset) and (dataset.dtype.kind not in "fiu" or dataset.dtype.itemsize > 8):
        return f"array {name} holds {type_name(dataset.dtype)}, not numbers of 16, 32 or 64 bits", DAMAGED
    if dataset.chunks and (trouble := _chunk_trouble(dataset, name)):
        return trouble
    if data_bytes(dataset) and not dataset.id.get_storage_size():
        return f"array {name} has the shape {dataset.shape} but its data was never written", DAMAGED
    return None


def _chunk_trouble(dataset: h5py.Dataset, name: str) -> Trouble | None:
    """Chunks are bounded in number and size, and compressed ones in what they could unpack to."""
    plist = dataset.id.get_create_plist()
    filters = [plist.get_filter(index)[0] for index in range(plist.get_nfilters())]
    strange = [number for number in filters if number not in limits.FILTERS]
    if strange:
        return f"array {name} is packed with the unknown filter {strange[0]}", "save it unpacked"
    chunk = prod(dataset.chunks) * dataset.dtype.itemsize
    count = prod(ceil(extent / step) for extent, step in zip(dataset.shape, dataset.chunks, strict=True))
    if chunk > limits.WEIGHT_BYTES or count > limits.CHUNKS:
        return f"array {name} is cut into {count} chunks of {readable(chunk)}", "save it in one piece"
    if sum(limits.FILTERS[number] in ("gzip", "lzf") for number in filters) > 1:
        return f"array {name} is packed twice", "save it unpacked"
    if filters:
        for index in range(dataset.id.get_num_chunks()):
            stored = dataset.id.get_chunk_info(index).size
            if stored * limits.DEFLATE_RATIO > limits.WEIGHT_BYTES:
                return f"array {name} has a packed piece of {readable(stored)}", "save it unpacked"
    return None


def data_bytes(dataset: h5py.Dataset) -> int:
    return prod(dataset.shape) * max(dataset.dtype.itemsize, 1)


def is_bfloat16(dataset: h5py.Dataset) -> bool:
    """Keras stores this type as two opaque bytes and says so in an attribute."""
    return dataset.dtype.kind == "V" and dataset.dtype.itemsize == 2 and dataset.attrs.get("dtype") == "bfloat16"


def type_name(dtype: np.dtype) -> str:
    if h5py.check_ref_dtype(dtype) is not None:
        return "references"
    if h5py.check_string_dtype(dtype) is not None:
        return "text"
    return "records" if dtype.names else str(dtype)
