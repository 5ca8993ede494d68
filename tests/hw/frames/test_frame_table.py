"""Equalise and Standardise: two passes over a frame, at the pace that they state, over extremes of frames and maps."""

import numpy as np
import pytest

from binloom.hw.element import BIT, Element
from binloom.hw.frames.equalise import Equalise
from binloom.hw.frames.standardise import Standardise
from binloom.hw.stream import Map
from binloom.sim import pysim
from binloom.sim.beats import pack, unpack
from tests.hw.bench import check_block, measure, on_engines

SMALL, BYTE = Element(0, 6), Element(0, 255)
CASES = {
    "equalise": lambda: Equalise(Map(4, 5, 1, 1, SMALL)),
    "equalise, one pixel": lambda: Equalise(Map(1, 1, 1, 1, SMALL)),
    "equalise, two values": lambda: Equalise(Map(3, 1, 1, 1, Element(0, 1))),
    "equalise, bytes": lambda: Equalise(Map(6, 7, 1, 1, BYTE)),
    "standardise": lambda: Standardise(Map(4, 5, 1, 1, SMALL), 5, 8),
    "standardise, one pixel": lambda: Standardise(Map(1, 1, 1, 1, SMALL), 5, 8),
    "standardise, two bits": lambda: Standardise(Map(1, 2, 1, 1, SMALL), 1, 2),
    "standardise, 16 bits": lambda: Standardise(Map(3, 3, 1, 1, SMALL), 15, 16),
    "standardise, bytes": lambda: Standardise(Map(6, 7, 1, 1, BYTE), 4, 8),
}


@pytest.mark.parametrize(("name", "engine"), on_engines(CASES, ["equalise", "standardise", "standardise, 16 bits"]))
def test_equals_its_model(name, engine):
    block = CASES[name]()
    check_block(block, engine=engine)
    measure(block, engine=engine)


# Frames of four pixels in the order in which they come, constants and extremes among them.
FRAMES = [
    [0, 0, 0, 0],
    [7, 7, 7, 7],
    [0, 0, 0, 7],
    [7, 7, 7, 0],
    [3, 3, 4, 3],
    [0, 7, 0, 7],
    [1, 2, 4, 6],
    [5, 5, 5, 5],
]


@pytest.mark.parametrize("stall", [0.0, 0.5])
@pytest.mark.parametrize("equalise", [True, False])
def test_constant_frames_and_extremes(equalise, stall):
    """Nothing of a frame stays for the next one."""
    map = Map(2, 2, 1, 1, Element(0, 7))
    block = Equalise(map) if equalise else Standardise(map, 2, 5)
    beats = np.array(FRAMES).reshape(-1, 1)
    result = pysim.simulate(block, {"i": pack(map, beats)}, {"o": len(beats)}, stall=stall, seed=3, limit=40_000)
    got = unpack(block.o_map, result.payloads["o"]).reshape(-1, 4)
    assert got.tolist() == block.model(beats).reshape(-1, 4).tolist()
    if equalise:
        # The only value, the ends, and what lies between: of [1, 2, 4, 6] a third and two thirds of 255.
        wanted = [[0] * 4, [7] * 4, [0, 0, 0, 255], [255] * 3 + [0], [0, 0, 255, 0], [0, 255] * 2, [0, 85, 170, 255]]
        assert got.tolist() == [*wanted, [5] * 4]
    else:
        # Equal pixels are 0; a standard deviation is 4.
        assert not got[[0, 1, 7]].any()
        assert got[5].tolist() == [-4, 4, -4, 4]


def test_an_equalisation_clears_its_counts_first():
    accepted = {}
    for block in (Equalise(Map(2, 2, 1, 1, SMALL)), Standardise(Map(2, 2, 1, 1, SMALL), 2, 5)):
        beats = np.array(FRAMES[:1]).reshape(-1, 1)
        result = pysim.simulate(block, {"i": pack(block.i_map, beats)}, {"o": 4}, stall=0.0, seed=1, limit=2000)
        accepted[type(block)] = result.accepted["i"][0]
    assert accepted[Equalise] - accepted[Standardise] == 8


def test_making_takes_what_the_page_says():
    block = Equalise(Map(32, 32, 1, 1, BYTE))
    assert (block.making, block.cycles) == (3329, 2 * 1024 + 3329 + 1)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Equalise(Map(2, 2, 2, 1, BYTE)), "a table of a frame takes one channel of numbers 0..255, got "),
        (lambda: Equalise(Map(2, 2, 1, 1, Element(-1, 1))), "a table of a frame takes one channel of numbers 0..255"),
        (lambda: Equalise(Map(2, 2, 1, 1, Element(0, 256))), "a table of a frame takes one channel of numbers 0..255"),
        (lambda: Equalise(Map(2, 2, 1, 1, BIT)), "a table of a frame takes one channel of numbers 0..255"),
        (lambda: Standardise(Map(2, 2, 1, 1, BYTE), 0, 1), "bits must lie in 2..16, .* got 1 and 0"),
        (lambda: Standardise(Map(2, 2, 1, 1, BYTE), 8, 8), "and places in 0..bits - 1, got 8 and 8"),
    ],
)
def test_wrong_parameters(make, message):
    with pytest.raises(ValueError, match=message):
        make()
