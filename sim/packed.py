"""Beats as bytes, many at a time: what the C++ driver reads and writes. `beats.py` says the same one beat at a time."""

import numpy as np

from binloom.hw.stream import Map

CHUNK_BITS = 1 << 26  # bounds the memory of the bits that stand beside their bytes


def pack_bytes(map: Map, beats: np.ndarray, lane_width: int | None = None) -> np.ndarray:
    """Stored beats (n, lanes) as uint8 (n, bytes), little-endian, lane 0 in the low bits.

    A lane takes `lane_width` bits, by default those of a stored element; a wider one is filled up with its sign.
    """
    width = lane_width or map.stored_width
    beats = np.asarray(beats).reshape(-1, map.lanes)
    if width == 8:
        return np.ascontiguousarray(beats.astype(np.uint8))
    step = max(1, CHUNK_BITS // (width * map.lanes))
    packed = np.empty((len(beats), (width * map.lanes + 7) // 8), np.uint8)
    for at in range(0, len(beats), step):
        some = beats[at : at + step].astype(np.int64)
        bits = (some[:, :, np.newaxis] >> np.minimum(np.arange(width), 63)) & 1
        packed[at : at + step] = np.packbits(bits.astype(np.uint8).reshape(len(some), -1), axis=1, bitorder="little")
    return packed


def unpack_bytes(map: Map, packed: np.ndarray, lane_width: int | None = None) -> np.ndarray:
    """The inverse of `pack_bytes`, as int64 (n, lanes)."""
    width = lane_width or map.stored_width
    if width > 63:
        raise ValueError(f"a lane must fit into an int64, got {width} bits")
    beats = np.empty((len(packed), map.lanes), np.int64)
    weights = np.left_shift(np.int64(1), np.arange(width, dtype=np.int64))
    if map.stored_signed:
        weights[-1] = -weights[-1]
    step = max(1, CHUNK_BITS // (width * map.lanes))
    for at in range(0, len(packed), step):
        bits = np.unpackbits(packed[at : at + step], axis=1, count=width * map.lanes, bitorder="little")
        beats[at : at + step] = bits.reshape(-1, map.lanes, width) @ weights
    return beats
