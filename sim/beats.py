"""Beats as the integers that a payload port carries: what every simulator drives and samples."""

import numpy as np

from binloom.hw.stream import Map


def pack(map: Map, beats: np.ndarray) -> list[int]:
    """Stored beats (n, lanes) to one integer a beat, lane 0 in the low bits."""
    width = map.stored_width
    mask = (1 << width) - 1
    return [
        sum((int(value) & mask) << (lane * width) for lane, value in enumerate(beat))
        for beat in np.asarray(beats).reshape(-1, map.lanes).tolist()
    ]


def unpack(map: Map, payloads: list[int]) -> np.ndarray:
    """The inverse of `pack`, as int64 (n, lanes)."""
    width = map.stored_width
    mask, sign = (1 << width) - 1, (1 << (width - 1) if map.stored_signed else 0)
    rows = [[(((word >> (lane * width)) & mask) ^ sign) - sign for lane in range(map.lanes)] for word in payloads]
    return np.array(rows, np.int64).reshape(-1, map.lanes)
