"""Sums of two to four streams of mixed elements."""

import pytest

from binloom.hw.branches.add import Add
from binloom.hw.element import BIT, Element
from binloom.hw.stream import Map
from tests.hw.bench import check_block, measure

ELEMENTS = [
    (BIT, BIT),
    (Element(0, 255), BIT),
    (Element(-8, 7), Element(0, 255)),
    (BIT, Element(0, 3), Element(-300, -200)),
    (BIT, BIT, BIT, BIT),
]


@pytest.mark.parametrize("elements", ELEMENTS, ids=str)
@pytest.mark.parametrize("shape", [(2, 3, 6, 2), (1, 1, 1, 1), (3, 1, 5, 5)], ids=str)
def test_equals_its_model(elements, shape):
    total = Element(sum(e.lo for e in elements), sum(e.hi for e in elements))
    block = Add([Map(*shape, element) for element in elements], total)
    check_block(block)
    measure(block)


def test_refuses_what_it_cannot_join():
    map = Map(2, 2, 4, 2, BIT)
    with pytest.raises(ValueError, match=r"^a join takes two or more inputs, got 1$"):
        Add([map], Element(-1, 1))
    with pytest.raises(ValueError, match=r"^the inputs of a join must have one height, width and lanes, got "):
        Add([map, Map(2, 2, 4, 1, BIT)], Element(-2, 2))
    with pytest.raises(ValueError, match=r"^the inputs of an addition must have one shape, got "):
        Add([map, Map(2, 2, 6, 2, BIT)], Element(-2, 2))
    with pytest.raises(ValueError, match=r"^a sum is an integer, got bits as the output element$"):
        Add([map, map], BIT)
