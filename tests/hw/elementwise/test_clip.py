"""Saturation at bounds inside, across and outside of the element."""

import pytest

from binloom.hw.element import BIT, Element
from binloom.hw.elementwise.clip import Clip
from binloom.hw.stream import Map
from tests.hw.bench import check_block, measure


@pytest.mark.parametrize("element", [Element(-300, 300), Element(0, 255), Element(-4, 3), Element(-200, -150), BIT])
@pytest.mark.parametrize("bounds", [(-127, 127), (-7, 7), (-1, 1), (0, 6), (-2, -1), (200, 210)])
def test_equals_its_model(element, bounds):
    block = Clip(Map(2, 2, 4, 2, element), *bounds)
    check_block(block)
    measure(block)


def test_the_output_is_no_wider_than_what_can_come():
    assert Clip(Map(1, 1, 1, 1, Element(0, 900)), -127, 127).o_map.element == Element(0, 127)


def test_refuses_crossed_bounds():
    with pytest.raises(ValueError, match=r"^the lower bound must not exceed the upper one, got 3 > 2$"):
        Clip(Map(1, 1, 1, 1, BIT), 3, 2)
