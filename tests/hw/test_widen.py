"""Bits and integers in wider elements."""

import pytest

from binloom.hw.element import BIT, Element
from binloom.hw.stream import Map
from binloom.hw.widen import Widen
from tests.hw.bench import ENGINES, check_block, measure


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("element", "wider"),
    [(BIT, Element(-1, 1)), (BIT, Element(-300, 8)), (BIT, BIT), (Element(0, 255), Element(-1, 255)),
     (Element(-4, 3), Element(-1000, 1000))],
)  # fmt: skip
def test_equals_its_model(element, wider, engine):
    block = Widen(Map(2, 1, 6, 3, element), wider)
    check_block(block, engine=engine)
    measure(block, engine=engine)


def test_refuses_what_does_not_fit():
    with pytest.raises(ValueError, match=r"^the output element must hold every u8\[0, 255\], got i8\[-128, 127\]$"):
        Widen(Map(1, 1, 1, 1, Element(0, 255)), Element(-128, 127))
    with pytest.raises(ValueError, match=r"^the output element must hold every u1\[0, 1\], got bit$"):
        Widen(Map(1, 1, 1, 1, Element(0, 1)), BIT)
