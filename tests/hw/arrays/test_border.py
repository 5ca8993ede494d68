"""Zeros around bits: convolutions whose windows fill with -1 and whose sums get back what that took."""

import numpy as np
import pytest

from binloom.hw.arrays.array import MatrixArray
from binloom.hw.arrays.border import Axis, Border, zeros
from binloom.hw.element import BIT, Element
from binloom.hw.stream import Map
from binloom.hw.windows.places import Geometry, WindowPadding
from tests.hw.bench import check_block, measure

# height, width, kernel, stride, dilation, (top, bottom, left, right)
SHAPES = [
    (5, 6, (3, 3), (1, 1), (1, 1), (1, 1, 1, 1)),
    (5, 6, (3, 3), (2, 2), (1, 1), (1, 1, 1, 1)),
    (6, 6, (3, 3), (2, 2), (1, 1), (0, 1, 0, 1)),  # 'same' of an even size: no border above
    (4, 5, (2, 2), (1, 1), (1, 1), (0, 1, 0, 1)),
    (4, 4, (4, 2), (1, 1), (1, 1), (1, 2, 1, 0)),
    (7, 7, (3, 3), (1, 1), (2, 2), (2, 2, 2, 2)),
    (3, 8, (3, 5), (2, 3), (1, 1), (1, 1, 2, 2)),
    (1, 1, (3, 3), (1, 1), (1, 1), (1, 1, 1, 1)),  # one pixel
    (2, 1, (5, 5), (1, 1), (1, 1), (2, 2, 2, 2)),
]


def padded(shape, channels: int, outputs: int, largest: int = 5):
    """The geometry, weights, the border, windows of -1 and +1 of two frames, and the sums with zeros at the border."""
    height, width, kernel, stride, dilation, sides = shape
    geometry = Geometry(height, width, kernel, stride, dilation, WindowPadding(*sides, fill=0))
    rng = np.random.default_rng(1)
    values = [number for number in range(-largest, largest + 1) if number]
    weights = rng.choice(values, (*kernel, channels, outputs))
    frames = rng.choice([-1, 1], (2, height, width, channels))
    axes = [
        Axis(size, count, kernel[axis], stride[axis], dilation[axis], sides[2 * axis])
        for axis, (size, count) in enumerate(((height, geometry.out_height), (width, geometry.out_width)))
    ]
    border = zeros(axes[0], axes[1], weights)
    wanted = np.einsum("nyxabc,abcm->nyxm", geometry.extract(frames, 0), weights)
    return geometry, weights, border, geometry.extract(frames, -1), wanted


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("channels", [1, 3])
def test_what_comes_back_is_what_the_border_took(shape, channels):
    geometry, weights, border, windows, wanted = padded(shape, channels, 4)
    sums = np.einsum("nyxabc,abcm->nyxm", windows, weights)
    assert border is not None
    assert np.array_equal(sums + border.back[border.kinds].reshape(wanted.shape[1:]), wanted)
    assert len(border.back) <= np.prod([size + 1 for size in geometry.kernel]) ** 2


def test_without_a_border_nothing_comes_back():
    inside = Axis(5, 3, 3, 1, 1, 0)
    assert zeros(inside, inside, np.ones((3, 3, 1, 1), np.int64)) is None


CASES = [
    # shape, channels, outputs, simd, pe, pixels, storage
    (0, 2, 4, 18, 4, 1, "logic"),  # constants
    (0, 2, 4, 6, 2, 1, "rom"),
    (0, 2, 8, 6, 1, 3, "rom"),
    (0, 1, 4, 9, 2, 6, "logic"),  # a row side by side
    (1, 1, 2, 9, 2, 1, "logic"),
    (3, 3, 12, 1, 1, 2, "rom"),
    (5, 1, 4, 3, 4, 7, "rom"),
    (7, 3, 4, 27, 1, 1, "logic"),
    (8, 1, 4, 5, 2, 2, "rom"),
]


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("largest", [1, 5])
def test_an_array_gives_it_back(case, largest):
    number, channels, outputs, simd, pe, pixels, storage = case
    geometry, weights, border, windows, wanted = padded(SHAPES[number], channels, outputs, largest)
    n, positions = weights[..., 0].size, geometry.out_height * geometry.out_width
    bias = np.arange(outputs) % 7
    most = int(np.abs(weights).sum(axis=(0, 1, 2)).max())
    block = MatrixArray(
        Map(1, positions // pixels, pixels * n, pixels * simd, BIT),
        weights.reshape(1, n, outputs),
        border,
        simd=simd,
        pe=pe,
        o_element=Element(-most, most + 6),
        bias=bias,
        storage=storage,
        pixels=pixels,
    )
    bits = windows.reshape(2, positions // pixels, pixels, n // simd, simd).swapaxes(2, 3) > 0
    made = block.model(bits.reshape(-1, pixels * simd).astype(np.int64))
    made = made.reshape(2, positions // pixels, outputs // pe, pixels, pe).swapaxes(2, 3)
    assert np.array_equal(made.reshape(2, positions, outputs), wanted.reshape(2, positions, outputs) + bias)
    check_block(block)
    measure(block)


def test_positions_that_go_the_same_way_share_their_starts():
    """Seven side by side in rows of 28: those at the left edge, at the right edge, and the five between."""
    axis = Axis(28, 28, 3, 1, 1, 1)
    ways = zeros(axis, axis, np.ones((3, 3, 1, 1), np.int64)).ways(7)
    assert sorted(map(len, ways.kinds)) == [3, 6, 6]
    assert len(ways.places) == 28 * 4
    assert len(set(ways.which[1:6])) == 1
    assert len(set(ways.which)) == 3


def test_a_border_must_fit():
    border = Border(np.zeros(3, np.int64), np.zeros((1, 2), np.int64))
    with pytest.raises(ValueError, match="a border must tell of 4 positions and 2 outputs"):
        MatrixArray(Map(2, 2, 1, 1, BIT), np.ones((1, 1, 2)), border, simd=1, pe=1, o_element=Element(-1, 1))
