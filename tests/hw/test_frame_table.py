"""Equalise and Standardise: two passes over a frame, at the pace that they state, over extremes of frames and maps."""

import pytest

from binloom.hw.element import Element
from binloom.hw.equalise import Equalise
from binloom.hw.standardise import Standardise
from binloom.hw.stream import Map
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
