"""Sum pooling against its model: factors at the border, bits, widths, whole images."""

import numpy as np
import pytest

from binloom.hw.element import BIT, Element
from binloom.hw.pools.sum_pool import SumPool
from binloom.hw.stream import Map
from binloom.hw.windows.places import NO_PADDING, WindowPadding
from tests.hw.bench import check_block, measure, on_engines

U4, S8, ZERO = Element(0, 15), Element(-100, 90), Element(0, 0)
AROUND, BEHIND = WindowPadding(1, 1, 1, 1), WindowPadding(0, 1, 0, 1)
WIDE = Element(-(1 << 19), 1 << 19)

# name: (height, width, channels, lanes), element, size, stride, padding, rows, cols, o_element
CASES = {
    "2x2": ((4, 6, 4, 2), S8, (2, 2), (2, 2), NO_PADDING, [1, 1], [1, 1, 1], Element(-400, 360)),
    "2x2 of bits": ((4, 6, 4, 2), BIT, (2, 2), (2, 2), NO_PADDING, [1, 1], [1, 1, 1], Element(-4, 4)),
    "3x3, border factors": ((4, 4, 2, 1), S8, (3, 3), (1, 1), AROUND, [3, 2, 2, 3], [3, 2, 2, 3], WIDE),
    "3x3 of bits": ((4, 3, 2, 2), BIT, (3, 3), (1, 1), AROUND, [3, 2, 2, 3], [3, 2, 3], Element(-36, 36)),
    "3x3 stride 2, unsigned": ((5, 5, 2, 1), U4, (3, 3), (2, 2), NO_PADDING, [1, 1], [1, 1], Element(0, 135)),
    "one factor for all": ((4, 4, 2, 1), U4, (2, 2), (2, 2), NO_PADDING, [5, 5], [-1, -1], Element(-300, 0)),
    "positive, cut": ((3, 3, 1, 1), Element(4, 7), (2, 2), (2, 2), BEHIND, [1, 2], [1, 2], Element(16, 28)),
    "whole image": ((3, 3, 6, 2), S8, (3, 3), (1, 1), NO_PADDING, [1], [1], Element(-900, 810)),
    "whole image, all lanes, factor": ((2, 3, 2, 2), S8, (2, 3), (1, 1), NO_PADDING, [3], [2], WIDE),
    "whole image of bits": ((3, 4, 3, 1), BIT, (3, 4), (1, 1), NO_PADDING, [1], [1], Element(-12, 12)),
    "2x2 of zeros": ((4, 6, 2, 1), ZERO, (2, 2), (2, 2), NO_PADDING, [1, 1], [1, 1, 1], ZERO),
    "whole image of zeros, factor": ((3, 3, 2, 1), ZERO, (3, 3), (1, 1), NO_PADDING, [3], [1], ZERO),
    "one pixel": ((1, 1, 2, 1), S8, (1, 1), (1, 1), NO_PADDING, [1], [1], S8),
    "one bit": ((1, 1, 2, 2), BIT, (1, 1), (1, 1), NO_PADDING, [1], [1], Element(-1, 1)),
}  # fmt: skip
# In Verilator at once: bits, factors at a border, the path for whole images.
QUICK = ["3x3 of bits", "3x3, border factors", "whole image", "whole image of bits"]


def build(name):
    size, element, pool, stride, padding, rows, cols, o_element = CASES[name]
    return SumPool(Map(*size, element), pool, stride, padding, np.array(rows), np.array(cols), o_element)


@pytest.mark.parametrize(("name", "engine"), on_engines(CASES, QUICK))
def test_sum_pool(name, engine):
    block = build(name)
    check_block(block, engine=engine)
    measure(block, engine=engine)


@pytest.mark.parametrize("value", [-100, 90])
def test_nothing_wraps(value):
    pool = build("2x2")
    beats = np.full((pool.i_map.beats, pool.i_map.lanes), value)
    assert (pool.model(beats) == 4 * value).all()


def test_wrong_parameters():
    arguments = ((2, 2), (2, 2), NO_PADDING)
    with pytest.raises(ValueError, match=r"o_element must hold -400 .. 360, got i9\[-200, 200\]"):
        SumPool(Map(2, 2, 1, 1, S8), *arguments, np.ones(1, int), np.ones(1, int), Element(-200, 200))
    with pytest.raises(ValueError, match=r"o_element must hold -4 .. 4, got i3\[-3, 3\]"):
        SumPool(Map(2, 2, 1, 1, BIT), *arguments, np.ones(1, int), np.ones(1, int), Element(-3, 3))
    with pytest.raises(ValueError, match=r"rows holds one factor for each of 1 outputs, got shape \(2,\)"):
        SumPool(Map(2, 2, 1, 1, S8), *arguments, np.ones(2, int), np.ones(1, int), WIDE)
