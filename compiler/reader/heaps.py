"""Walks an HDF5 file's global heaps, where texts of any length lie, before HDF5 does.

HDF5 (2.0 and before) goes round for ever in a heap whose objects' sizes do not add up, and nothing can then stop it.
"""

import mmap
import struct
from pathlib import Path

from binloom.compiler.reader.limits import HEAP_OBJECTS

SIGNATURE = b"GCOL\x01\x00\x00\x00"
HEADER = 16


def heap_trouble(path: Path) -> str | None:
    """What is wrong with the first global heap that is not sound; None where all are."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        place, objects = data.find(SIGNATURE), 0
        while place >= 0:
            found = _objects(data, place)
            if found is None:
                return f"the heap at byte {place} does not add up"
            objects += found
            if objects > HEAP_OBJECTS:
                return f"its heaps hold more than {HEAP_OBJECTS} texts"
            place = data.find(SIGNATURE, place + 1)
    return None


def _objects(data: mmap.mmap, start: int) -> int | None:
    """How many objects a heap holds, None where it is not sound.

    After the header each object has an index (2 bytes), uses (2), nothing (4), a size (8), and as many bytes, to a
    multiple of 8.
    """
    if start + HEADER > len(data):
        return None
    (size,) = struct.unpack_from("<Q", data, start + 8)
    end = start + size
    if size < HEADER or end > len(data):
        return None
    place = start + HEADER
    seen: set[int] = set()
    while end - place >= HEADER:
        index, _, _, length = struct.unpack_from("<HHLQ", data, place)
        if index == 0:  # free space, up to the end, counted with its header
            return len(seen) if place + length == end else None
        if index in seen:
            return None
        seen.add(index)
        place += HEADER + (length + 7) // 8 * 8
    return len(seen) if place <= end else None
