"""Thresholds: bounds inside and far outside of the element, both directions, bits, one and many groups."""

import numpy as np
import pytest

from binloom.hw.element import BIT, Element
from binloom.hw.elementwise.threshold import Threshold
from binloom.hw.stream import Map
from tests.hw.bench import check_block, measure

MAPS = [
    Map(2, 3, 6, 2, Element(-20, 20)),
    Map(1, 1, 1, 1, Element(0, 255)),
    Map(3, 1, 7, 7, Element(-128, 127)),
    Map(1, 2, 7, 1, Element(-5, 0)),
    Map(2, 2, 12, 4, BIT),
    Map(1, 1, 5, 5, BIT),
]


def bounds(map: Map, seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    lo, hi = map.element.lo, map.element.hi
    bound = rng.integers(lo - 1, hi + 3, map.channels)
    bound[rng.random(map.channels) < 0.2] = -(2**40)
    bound[rng.random(map.channels) < 0.2] = 2**40
    return bound, rng.random(map.channels) < 0.5


@pytest.mark.parametrize("map", MAPS, ids=str)
def test_equals_its_model(map):
    check_block(Threshold(map, *bounds(map, 3)))


@pytest.mark.parametrize("map", MAPS, ids=str)
def test_timing(map):
    measure(Threshold(map, *bounds(map, 4)))


@pytest.mark.parametrize("bound", [-3, -1, 0, 1, 2, 9])
def test_of_bits(bound):
    block = Threshold(Map(1, 1, 1, 1, BIT), np.array([bound]), np.array([False]))
    assert block.model(np.array([[0], [1]])).tolist() == [[bound <= -1], [bound <= 1]]
    check_block(block, frames=8, stalls=(0.0,))


def test_bound_at_the_ends_of_the_element():
    map = Map(1, 1, 4, 1, Element(-8, 7))
    check_block(Threshold(map, np.array([-8, 7, 8, -9]), np.array([0, 0, 1, 1])), frames=12)


def test_refuses_another_number_of_bounds():
    with pytest.raises(ValueError, match=r"^bound must hold 4 numbers, one a channel, got shape \(3,\)$"):
        Threshold(Map(1, 1, 4, 1, BIT), np.zeros(3, int), np.zeros(3, bool))
