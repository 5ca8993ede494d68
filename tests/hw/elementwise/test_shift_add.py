"""Planes put together: part of a plane's filters in a beat, one plane, several, whole channels; extremes; refusals."""

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from binloom.hw.element import BIT, Element
from binloom.hw.elementwise.shift_add import ShiftAdd, lanes_fit
from binloom.hw.stream import Map
from tests.hw.bench import check_block, measure

# (channels, planes, filters, lanes)
SHAPES = [
    (1, 8, 1, 1),
    (2, 8, 6, 1),  # six beats a plane: a memory
    (2, 4, 6, 3),  # two beats a plane: registers
    (3, 8, 2, 2),
    (2, 8, 3, 12),  # four planes a beat
    (1, 6, 2, 6),  # three planes a beat
    (4, 4, 2, 16),  # two channels a beat
    (1, 8, 3, 24),
    (2, 1, 5, 5),
    (2, 1, 4, 2),
]


def shift_add(channels: int, planes: int, filters: int, lanes: int, element: Element, size=(2, 2)) -> ShiftAdd:
    most = (1 << planes) - 1
    map = Map(*size, channels * planes * filters, lanes, element)
    return ShiftAdd(map, planes, filters, Element(element.lo * most, element.hi * most))


@pytest.mark.parametrize("element", [Element(-127, 127), BIT, Element(3, 9), Element(-8, -2)], ids=str)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_equals_its_model(shape, element):
    block = shift_add(*shape, element)
    check_block(block)
    measure(block)


@pytest.mark.parametrize("shape", [(2, 8, 6, 1), (2, 4, 6, 3), (2, 8, 3, 12), (1, 8, 3, 24)], ids=str)
def test_in_verilator(shape):
    block = shift_add(*shape, Element(-127, 127))
    check_block(block, frames=20, engine="verilator")
    measure(block, engine="verilator")


@settings(max_examples=25, deadline=None, derandomize=True)
@given(st.data())
def test_any_planes_and_filters_at_the_extremes(data):
    planes, filters = data.draw(st.integers(1, 8)), data.draw(st.integers(1, 42))
    channels = data.draw(st.integers(1, 3))
    total = channels * planes * filters
    lanes = data.draw(
        st.sampled_from([n for n in range(1, total + 1) if not total % n and lanes_fit(n, planes, filters)])
    )
    element = data.draw(st.sampled_from([Element(-127, 127), BIT, Element(-9, 9), Element(0, 1)]))
    block = shift_add(channels, planes, filters, lanes, element, (1, 2))
    extremes = [1, 0] if element.bit else [element.hi, element.lo]
    assert [set(block.model(np.full((block.i_map.beats, lanes), end)).ravel()) for end in extremes] == [
        {element.hi * ((1 << planes) - 1)},
        {element.lo * ((1 << planes) - 1)},
    ]
    check_block(block, frames=2, stalls=(0.3,))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((Map(1, 1, 7, 1, BIT), 2, 2, Element(-3, 3)), "2 filters on each of 2 planes do not fit 7 channels"),
        (
            (Map(1, 1, 24, 8, BIT), 4, 6, Element(-15, 15)),
            "lanes must divide the 6 filters, or hold whole planes that divide the 4 of a channel or whole channels,"
            " got 8",
        ),
        ((Map(1, 1, 2, 1, BIT), 2, 1, BIT), "a sum is an integer, got bits as the output element"),
    ],
)
def test_refuses(arguments, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        ShiftAdd(*arguments)
