"""Slopes on both sides of zero."""

import numpy as np
import pytest

from binloom.hw.element import BIT, Element
from binloom.hw.elementwise.piecewise import PiecewiseAffine
from binloom.hw.stream import Map
from tests.hw.bench import check_block, measure

MAPS = [Map(2, 2, 6, 3, Element(-20, 20)), Map(1, 1, 3, 3, Element(-9, -1)), Map(1, 3, 5, 1, Element(0, 9)),
        Map(1, 2, 2, 1, BIT)]  # fmt: skip


@pytest.mark.parametrize("map", MAPS, ids=str)
def test_equals_its_model(map):
    rng = np.random.default_rng(6)
    pos, neg = rng.integers(-9, 10, (2, map.channels))
    reach = 9 * max(-map.element.lo, map.element.hi)
    block = PiecewiseAffine(map, pos, neg, Element(-reach, reach))
    check_block(block)
    measure(block)


@pytest.mark.parametrize("map", MAPS, ids=str)
def test_relu_multiplies_nothing(map):
    ones = np.ones(map.channels, int)
    block = PiecewiseAffine(map, ones, 0 * ones, Element(0, max(0, map.element.hi)))
    assert block.latency == 1
    check_block(block)
    measure(block)


def test_refuses_another_number_of_slopes():
    with pytest.raises(ValueError, match=r"^neg must hold 3 numbers, one a channel, got shape \(2,\)$"):
        PiecewiseAffine(Map(1, 1, 3, 1, Element(0, 1)), np.ones(3, int), np.zeros(2, int), Element(0, 1))
