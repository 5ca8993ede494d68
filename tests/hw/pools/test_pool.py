"""Max pooling against its model: sizes, strides, borders, turned channels, whole images."""

import numpy as np
import pytest

from binloom.hw.element import BIT, Element
from binloom.hw.pools.pool import MaxPool
from binloom.hw.stream import Map
from binloom.hw.windows.places import NO_PADDING, WindowPadding
from tests.hw.bench import check_block, measure, on_engines

U4, S8 = Element(0, 15), Element(-100, 90)

# name: (height, width, channels, lanes), element, size, stride, padding, minimum
CASES = {
    "2x2": ((6, 8, 4, 2), S8, (2, 2), (2, 2), NO_PADDING, None),
    "2x2, odd image": ((5, 7, 2, 2), S8, (2, 2), (2, 2), NO_PADDING, None),
    "2x2 of bits": ((6, 6, 4, 2), BIT, (2, 2), (2, 2), NO_PADDING, None),
    "2x2 of bits, some turned": ((6, 6, 4, 2), BIT, (2, 2), (2, 2), NO_PADDING, [True, False, False, False]),
    "4x4 stride 2 'same'": ((8, 6, 2, 1), S8, (4, 4), (2, 2), WindowPadding(1, 1, 1, 1), None),
    "4x4 stride 2 'same', image of 4k": ((4, 8, 2, 1), S8, (4, 4), (2, 2), WindowPadding(1, 1, 1, 1), [True, False]),
    "3x3 stride 2, negative only": ((6, 4, 2, 1), Element(-9, -2), (3, 3), (2, 2), WindowPadding(0, 1, 0, 1), None),
    "3x3, turned, unsigned": ((4, 5, 3, 3), U4, (3, 3), (1, 1), WindowPadding(1, 1, 1, 1), [True, False, True]),
    "3x3 stride 3": ((7, 8, 2, 1), U4, (3, 3), (3, 3), NO_PADDING, None),
    "bits with a border, turned": ((5, 5, 2, 2), BIT, (3, 3), (2, 2), WindowPadding(1, 1, 1, 1), [True, False]),
    "1x1 stride 2": ((4, 5, 2, 1), U4, (1, 1), (2, 2), NO_PADDING, None),
    "row": ((3, 6, 2, 1), U4, (1, 3), (1, 2), WindowPadding(0, 0, 1, 1), None),
    "3x3 stride 2, odd image": ((7, 9, 4, 2), S8, (3, 3), (2, 2), NO_PADDING, [True, False, True, True]),
    "3x3 stride 2, cut by the border": ((6, 8, 3, 1), S8, (3, 3), (2, 2), WindowPadding(0, 1, 0, 1), None),
    "5x4 stride 2x1, cut short": ((6, 5, 2, 2), S8, (5, 4), (2, 1), WindowPadding(3, 0, 2, 0), [False, True]),
    "column": ((6, 3, 2, 1), U4, (3, 1), (2, 1), WindowPadding(1, 1, 0, 0), None),
    "7x7 'same' on one pixel": ((1, 1, 2, 1), S8, (7, 7), (1, 1), WindowPadding(3, 3, 3, 3), None),
    "whole image": ((3, 4, 6, 2), S8, (3, 4), (1, 1), NO_PADDING, [True, False, True, True, False, True]),
    "whole image, all lanes": ((3, 4, 2, 2), S8, (3, 4), (3, 4), NO_PADDING, None),
    "whole image of bits": ((2, 2, 5, 1), BIT, (2, 2), (2, 2), NO_PADDING, None),
    "one pixel": ((1, 1, 2, 1), S8, (1, 1), (1, 1), NO_PADDING, None),
}  # fmt: skip
# In Verilator at once: turned bits, windows that the border cuts, some that end together, whole images.
QUICK = ["2x2 of bits, some turned", "3x3 stride 2, cut by the border", "3x3, turned, unsigned", "whole image"]


def build(name):
    size, element, *arguments, minimum = CASES[name]
    return MaxPool(Map(*size, element), *arguments, None if minimum is None else np.array(minimum))


@pytest.mark.parametrize(("name", "engine"), on_engines(CASES, QUICK))
def test_max_pool(name, engine):
    block = build(name)
    check_block(block, engine=engine)
    measure(block, engine=engine)


def test_border_does_not_take_part():
    """Keras pads 4x4 stride 2 over 5 columns by 1 before and 2 after, with minus infinity."""
    pool = MaxPool(Map(4, 5, 1, 1, Element(-9, -1)), (4, 4), (2, 2), WindowPadding(1, 1, 1, 2))
    image = np.arange(-20, 0).reshape(4, 5) % 9 - 9
    expected = [[image[0:3, 0:3].max(), image[0:3, 1:5].max(), image[0:3, 3:5].max()]]
    expected += [[image[1:4, 0:3].max(), image[1:4, 1:5].max(), image[1:4, 3:5].max()]]
    assert pool.model(image.reshape(-1, 1)).ravel().tolist() == np.ravel(expected).tolist()
    check_block(pool)


def test_wrong_parameters():
    with pytest.raises(ValueError, match=r"minimum is one bool a channel, got bool \(3,\) for 2"):
        MaxPool(Map(2, 2, 2, 1, BIT), (2, 2), (2, 2), minimum=np.zeros(3, bool))
