"""Tables of few values: in one beat, in memories for several, in block RAM; and what an affine does."""

import numpy as np
import pytest

from binloom.hw.element import BIT, Element
from binloom.hw.elementwise.affine import Affine
from binloom.hw.elementwise.lookup import Lookup
from binloom.hw.elementwise.scaled import scaled
from binloom.hw.stream import Map
from tests.hw.bench import check_block, measure


def lookup(map: Map, reach: int = 127, seed: int = 3) -> Lookup:
    count = 2 if map.element.bit else map.element.hi - map.element.lo + 1
    table = np.random.default_rng(seed).integers(-reach, reach, (map.channels, count), endpoint=True)
    return Lookup(map, table, Element(-reach, reach))


@pytest.mark.parametrize(
    "map",
    [
        Map(2, 3, 4, 4, Element(-9, 9)),
        Map(2, 2, 6, 2, Element(-9, 9)),
        Map(1, 2, 6, 1, Element(3, 20)),
        Map(1, 1, 3, 3, BIT),
        Map(1, 2, 20, 2, Element(-25, 25)),  # 640 entries a lane
        Map(2, 2, 6, 1, Element(-4, 3), planes=3),
    ],
    ids=str,
)
@pytest.mark.parametrize("engine", ["pysim", "verilator"])
def test_equals_its_model(map, engine):
    block = lookup(map)
    check_block(block, engine=engine)
    measure(block, engine=engine)


@pytest.mark.parametrize("element", [Element(-9, 9), BIT, Element(0, 100)], ids=str)
def test_an_affine_of_few_values_is_looked_up(element):
    rng = np.random.default_rng(1)
    mul, add = rng.integers(-(2**15), 2**15, 6), rng.integers(-(2**20), 2**20, 6)
    for lanes in (2, 6):
        map = Map(2, 2, 6, lanes, element)
        block = scaled(map, mul, add, 12, Element(-1100, 1100))
        assert isinstance(block, Lookup)
        beats = rng.integers(
            0 if element.bit else element.lo, 2 if element.bit else element.hi + 1, (map.beats * 4, lanes)
        )
        assert np.array_equal(block.model(beats), Affine(map, mul, add, 12, Element(-1100, 1100)).model(beats))


def test_what_needs_no_table_stays_an_affine():
    wide, narrow = Map(1, 1, 2, 1, Element(-65, 64)), Map(1, 1, 2, 1, Element(-9, 9))
    assert isinstance(scaled(wide, np.array([3, 5]), np.zeros(2), 0, Element(-400, 400)), Affine)
    assert isinstance(scaled(narrow, np.array([-4, 1]), np.ones(2), 1, Element(-400, 400)), Affine)


def test_refuses():
    map = Map(1, 1, 2, 1, Element(0, 3))
    with pytest.raises(
        ValueError, match=r"^values must be \(2, 4\), one for each number of each channel, got \(2, 3\)$"
    ):
        Lookup(map, np.zeros((2, 3)), Element(0, 1))
    with pytest.raises(ValueError, match=r"^u1\[0, 1\] does not hold values 0\.\.2$"):
        Lookup(map, np.full((2, 4), [0, 1, 2, 0]), Element(0, 1))


def test_numbers_of_other_channels_need_no_room():
    """Channel 0 holds -3 to 3 only, and what 15 times its factor would be need not fit."""
    block = scaled(Map(1, 1, 2, 1, Element(-15, 15)), np.array([3, -1]), np.array([0, 0]), 0, Element(-15, 15))
    assert block.model(np.array([[-3], [-15], [3], [15]])).ravel().tolist() == [-9, 15, 9, -15]
