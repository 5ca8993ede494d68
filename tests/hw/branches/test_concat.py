"""Streams side by side by channel."""

import pytest

from binloom.hw.branches.concat import Concat
from binloom.hw.element import BIT, Element
from binloom.hw.stream import Map
from tests.hw.bench import check_block, measure

CASES = [
    ((BIT, BIT), (4, 2), 2, BIT),
    ((BIT, Element(0, 255)), (3, 1), 1, Element(-1, 255)),
    ((Element(-8, 7), Element(0, 3), Element(-9, -9)), (6, 3, 9), 3, Element(-9, 7)),
    ((BIT, Element(-1, 1)), (5, 5), 5, Element(-1, 1)),
]


@pytest.mark.parametrize(("elements", "channels", "lanes", "o_element"), CASES)
@pytest.mark.parametrize("size", [(1, 1), (2, 3)], ids=str)
def test_equals_its_model(elements, channels, lanes, o_element, size):
    maps = [Map(*size, count, lanes, element) for element, count in zip(elements, channels, strict=True)]
    block = Concat(maps, o_element)
    check_block(block)
    measure(block)


def test_refuses_an_element_that_does_not_hold_an_input():
    maps = [Map(1, 1, 2, 1, BIT), Map(1, 1, 2, 1, Element(0, 5))]
    with pytest.raises(ValueError, match=r"^the output element must hold every bit, got u3\[0, 5\]$"):
        Concat(maps, Element(0, 5))
    with pytest.raises(ValueError, match=r"^the output element must hold every u3\[0, 5\], got bit$"):
        Concat(maps, BIT)
