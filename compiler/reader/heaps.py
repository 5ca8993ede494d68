"""Walks an HDF5 file's global heaps, where texts of any length lie, before HDF5 does.

HDF5 (2.0 and before) goes round for ever in a heap whose objects' sizes do not add up, and nothing can then stop it.
"""

import mmap
import struct
from pathlib import Path

SIGNATURE = b"GCOL\x01\x00\x00\x00"
HEADER = 16


def heap_trouble(path: Path) -> str | None:
    """What is wrong with the first global heap that is not sound; None where all are."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        place = data.find(SIGNATURE)
        while place >= 0:
            if not _sound(data, place):
                return f"the heap at byte {place} does not add up"
            place = data.find(SIGNATURE, place + 1)
    return None


def _sound(data: mmap.mmap, start: int) -> bool:
    """Header and objects: index (2 bytes), uses (2), nothing (4), size (8), then as many bytes, to a multiple of 8."""
    if start + HEADER > len(data):
        return False
    (size,) = struct.unpack_from("<Q", data, start + 8)
    end = start + size
    if size < HEADER or end > len(data):
        return False
    place = start + HEADER
    seen = set()
    while end - place >= HEADER:
        index, _, _, length = struct.unpack_from("<HHLQ", data, place)
        if index == 0:  # free space, up to the end, counted with its header
            return place + length == end
        if index in seen:
            return False
        seen.add(index)
        place += HEADER + (length + 7) // 8 * 8
    return place <= end
