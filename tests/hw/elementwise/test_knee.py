"""Two lines that part at a number: knees within, below and above what comes, each direction, every rounding."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from binloom.hw.element import BIT, Element
from binloom.hw.elementwise.knee import Knee
from binloom.hw.stream import Map
from tests.hw.bench import check_block, measure


def knee(map: Map, slope: int, addend: int, shift: int, seed: int = 7) -> Knee:
    """Random lines, and an output element that holds every result."""
    rng = np.random.default_rng(seed)
    at = rng.integers(map.element.lo - 2, map.element.hi + 3, map.channels)
    pos, neg = rng.integers(-slope, slope + 1, (2, map.channels))
    above, below = rng.integers(-addend, addend + 1, (2, map.channels))
    reach = slope * max(1, -map.element.lo, map.element.hi) + addend
    return Knee(map, at, pos, neg, above, below, shift, Element(-reach - 1 >> shift, reach >> shift))


MAPS = [
    Map(2, 2, 6, 3, Element(-127, 127)),
    Map(1, 1, 3, 3, Element(-9, -1)),
    Map(1, 3, 5, 1, Element(0, 9)),
    Map(1, 2, 2, 1, BIT),
    Map(1, 2, 4, 2, Element(-32767, 32767)),
]


@pytest.mark.parametrize("map", MAPS, ids=str)
@pytest.mark.parametrize(("slope", "addend", "shift"), [(64, 1 << 15, 6), (3, 0, 0), (1 << 17, 1 << 24, 20)])
def test_equals_its_model(map, slope, addend, shift):
    block = knee(map, slope, addend, shift)
    check_block(block)
    measure(block)


def test_each_side_has_its_line():
    columns = ([value] for value in (2, 3, -1, 10, 20))
    block = Knee(Map(1, 1, 1, 1, Element(-3, 3)), *map(np.array, columns), 1, Element(-50, 50))
    assert block.model(np.arange(-3, 4).reshape(-1, 1)).ravel().tolist() == [11, 11, 10, 10, 9, 8, 9]
    check_block(block, frames=20)


@given(st.integers(-40, 40), *[st.integers(-300, 300)] * 4, st.integers(0, 9))
@settings(max_examples=200, deadline=None)
def test_model_is_the_formula(at, pos, neg, above, below, shift):
    block = Knee(
        Map(1, 1, 1, 1, Element(-30, 30)), *(np.array([v]) for v in (at, pos, neg, above, below)), shift,
        Element(-10_000, 10_000),
    )  # fmt: skip
    x = np.arange(-30, 31)
    wanted = [(v * pos + above if v >= at else v * neg + below) // 2**shift for v in x.tolist()]
    assert block.model(x.reshape(-1, 1)).ravel().tolist() == wanted


def test_refuses_a_negative_shift():
    one = np.array([1])
    with pytest.raises(ValueError, match=r"^shift must not be negative, got -1$"):
        Knee(Map(1, 1, 1, 1, BIT), one, one, one, one, one, -1, Element(0, 1))


def test_refuses_bits_out():
    one = np.array([1])
    with pytest.raises(ValueError, match=r"^a knee gives integers, got bits as its output element$"):
        Knee(Map(1, 1, 1, 1, BIT), one, one, one, one, one, 0, BIT)
