"""Beats as bytes are the same beats as those of `beats.py`."""

import numpy as np
import pytest

from binloom.hw.element import BIT, Element
from binloom.hw.stream import Map
from binloom.sim.beats import pack
from binloom.sim.packed import pack_bytes, unpack_bytes

MAPS = {
    "bits": Map(2, 3, 6, 3, BIT),
    "bytes": Map(2, 3, 4, 4, Element(0, 255)),
    "signed bytes": Map(2, 3, 4, 2, Element(-128, 127)),
    "signed": Map(2, 3, 10, 5, Element(-300, 299)),
    "wide": Map(1, 1, 2, 2, Element(-(2**40), 2**40)),
}


def values(map: Map, rng: np.random.Generator) -> np.ndarray:
    width = map.stored_width
    low = -(1 << (width - 1)) if map.stored_signed else 0
    return rng.integers(low, low + (1 << width), (3 * map.beats, map.lanes), np.int64)


@pytest.mark.parametrize("map", MAPS.values(), ids=MAPS.keys())
def test_equals_the_slow_form_and_comes_back(map, monkeypatch):
    monkeypatch.setattr("binloom.sim.packed.CHUNK_BITS", 100)  # several chunks
    beats = values(map, np.random.default_rng(1))
    packed = pack_bytes(map, beats)
    assert [int.from_bytes(beat.tobytes(), "little") for beat in packed] == pack(map, beats)
    assert np.array_equal(unpack_bytes(map, packed), beats)


def test_lanes_padded_to_bytes_carry_their_sign():
    map = Map(1, 1, 2, 2, Element(-4, 3))
    assert pack_bytes(map, np.array([[-1, 3]]), 16).tolist() == [[255, 255, 3, 0]]
    assert unpack_bytes(map, np.array([[255, 255, 3, 0]], np.uint8), 16).tolist() == [[-1, 3]]
