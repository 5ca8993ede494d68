"""The border block: each side, each fill, elements that the fill widens."""

import pytest

from binloom.hw.element import BIT, Element
from binloom.hw.stream import Map
from binloom.hw.windows.pad import Pad
from binloom.hw.windows.places import WindowPadding
from tests.hw.bench import check_block, measure, on_engines

# name: (height, width, channels, lanes), element, padding
CASES = {
    "all around": ((2, 3, 4, 2), Element(0, 9), WindowPadding(1, 2, 3, 1, 0)),
    "top and left": ((2, 3, 1, 1), Element(-5, 9), WindowPadding(2, 0, 1, 0, 3)),
    "bottom and right": ((2, 3, 1, 1), Element(-5, 9), WindowPadding(0, 1, 0, 2, -5)),
    "wider than the image": ((1, 1, 2, 1), BIT, WindowPadding(3, 4, 5, 2, 1)),
    "bits -1": ((2, 2, 3, 3), BIT, WindowPadding(1, 1, 1, 1, 0)),
    "fill outside the element": ((2, 2, 1, 1), Element(1, 9), WindowPadding(1, 1, 1, 1, -2)),
    "none": ((2, 2, 2, 1), Element(0, 9), WindowPadding(fill=0)),
}


@pytest.mark.parametrize(("name", "engine"), on_engines(CASES, ["all around"]))
def test_pad(name, engine):
    size, element, padding = CASES[name]
    block = Pad(Map(*size, element), padding)
    check_block(block, engine=engine)
    measure(block, engine=engine)


def test_the_element_grows_by_the_fill():
    assert Pad(Map(2, 2, 1, 1, Element(1, 9)), WindowPadding(top=1, fill=-2)).o_map.element == Element(-2, 9)


def test_wrong_parameters():
    with pytest.raises(ValueError, match="a border needs a stored value, over bits 0 or 1, got None"):
        Pad(Map(2, 2, 1, 1, BIT), WindowPadding(1, 1, 1, 1))
    with pytest.raises(ValueError, match="a border needs a stored value, over bits 0 or 1, got -1"):
        Pad(Map(2, 2, 1, 1, BIT), WindowPadding(1, 1, 1, 1, -1))
