"""Beats to bytes and back, in the blocks as in the model, with stalls on both sides."""

import numpy as np
import pytest

from binloom.hw.element import BIT, Element
from binloom.hw.link.elements import BeatsToBytes, BytesToBeats, bytes_of, frame_bytes, from_bytes, to_bytes
from binloom.hw.stream import Map
from binloom.sim.pysim import simulate

MAPS = [
    Map(2, 3, 1, 1, Element(0, 255)),
    Map(2, 2, 4, 2, BIT),
    Map(1, 1, 6, 3, Element(-300, 1000)),
    Map(1, 1, 5, 5, Element(-4, 3)),
    Map(1, 2, 2, 1, Element(0, 1 << 16)),
]


def beats(map: Map, frames: int = 3) -> np.ndarray:
    rng = np.random.default_rng(4)
    lo, hi = (0, 1) if map.element.bit else (map.element.lo, map.element.hi)
    return rng.integers(lo, hi + 1, (frames * map.beats, map.lanes))


def words(map: Map, stored: np.ndarray) -> list[int]:
    mask = (1 << map.stored_width) - 1
    return [sum((int(v) & mask) << k * map.stored_width for k, v in enumerate(row)) for row in stored]


@pytest.mark.parametrize("map", MAPS)
@pytest.mark.parametrize("stall", [0.0, 0.4])
def test_there_and_back(map, stall):
    stored = beats(map)
    data = to_bytes(map, stored)
    assert len(data) == 3 * frame_bytes(map)
    np.testing.assert_array_equal(from_bytes(map, data), stored)
    came = simulate(BytesToBeats(map), {"i": list(data)}, {"o": len(stored)}, stall=stall, seed=1)
    assert came.payloads["o"] == words(map, stored)
    went = simulate(BeatsToBytes(map), {"i": words(map, stored)}, {"o": len(data)}, stall=stall, seed=2)
    assert bytes(went.payloads["o"]) == data
    if not stall:  # a byte a cycle, and one more for each beat
        each = len(data) // len(stored)
        assert np.diff(went.cycles["o"]).tolist() == ([1] * (each - 1) + [2]) * (len(stored) - 1) + [1] * (each - 1)


def test_sizes_and_signs():
    assert [bytes_of(map) for map in MAPS] == [1, 1, 2, 1, 3]
    assert to_bytes(MAPS[2], np.array([[-2, 1, -300]])) == b"\xfe\xff\x01\x00\xd4\xfe"


def test_what_is_above_the_width_is_dropped():
    got = simulate(BytesToBeats(MAPS[1]), {"i": [0xFF, 0x02]}, {"o": 1})
    assert got.payloads["o"] == [0b01]
