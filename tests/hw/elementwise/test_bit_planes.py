"""Bits as channels: all of them or the most significant, numbers narrower than their planes, and refusals."""

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from binloom.hw.element import BIT, Element
from binloom.hw.elementwise.bit_planes import BitPlanes
from binloom.hw.stream import Map
from tests.hw.bench import check_block, measure


@pytest.mark.parametrize(
    ("lanes", "planes", "bits", "hi"), [(1, 8, 8, 255), (3, 4, 8, 255), (2, 1, 1, 1), (6, 5, 9, 37)]
)
@pytest.mark.parametrize("engine", ["pysim", "verilator"])
def test_equals_its_model(lanes, planes, bits, hi, engine):
    block = BitPlanes(Map(2, 3, 6, lanes, Element(0, hi)), planes, bits)
    check_block(block, engine=engine)
    measure(block, engine=engine)


@settings(max_examples=50, deadline=None, derandomize=True)
@given(st.data())
def test_planes_with_their_weights_are_the_number_again(data):
    bits = data.draw(st.integers(1, 12))
    planes = data.draw(st.integers(1, bits))
    block = BitPlanes(Map(1, 1, 2, 2, Element(0, (1 << bits) - 1)), planes, bits)
    numbers = np.array([data.draw(st.tuples(*[st.integers(0, (1 << bits) - 1)] * 2))])
    split = block.model(numbers).reshape(2, planes)
    assert (split << np.arange(planes)).sum(axis=1).tolist() == (numbers[0] >> bits - planes).tolist()


@pytest.mark.parametrize(
    ("map", "planes", "bits", "message"),
    [
        (Map(1, 1, 1, 1, Element(0, 255)), 9, 8, "planes must lie in 1..bits, got 9 of 8"),
        (Map(1, 1, 1, 1, Element(0, 256)), 8, 8, "planes of 8 bits need numbers 0..255, got u9[0, 256]"),
        (Map(1, 1, 1, 1, Element(-1, 1)), 8, 8, "planes of 8 bits need numbers 0..255, got i2[-1, 1]"),
        (Map(1, 1, 1, 1, BIT), 1, 1, "planes of 1 bits need numbers 0..1, got bit"),
    ],
)
def test_refuses(map, planes, bits, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        BitPlanes(map, planes, bits)
