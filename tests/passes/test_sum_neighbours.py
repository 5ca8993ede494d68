"""Convolutions of codes that say the same of neighbouring channels become convolutions over sums of these."""

import numpy as np
import pytest

from binloom.compiler.ir.builder import GraphBuilder
from binloom.compiler.ir.graph import Graph
from binloom.compiler.ir.ops import Fill, Padding
from binloom.compiler.passes.sum_neighbours import sum_neighbours
from tests.passes.compare import assert_equal, ops, random_images

RNG = np.random.default_rng(0)


def net(codes, *, channels: int = 8, bits: bool = True, padding: Padding | None = None, places=None) -> Graph:
    b = GraphBuilder()
    x = b.input((5, 4, channels), -8, 7)
    x = b.threshold(x, 0) if bits else x
    codes = np.array(codes)
    padding = Padding(1, 0, 1, 0) if padding is None else padding
    coefficients = RNG.integers(-127, 128, (len(codes), 3))
    length = 1 << (4 * channels - 1).bit_length()
    options = {"codes": codes, "length": length, "padding": padding, "places": places}
    return b.output(b.ovsf(x, coefficients, (2, 2), name="flex", **options))


@pytest.mark.parametrize("bits", [True, False], ids=["bits", "integers"])
@pytest.mark.parametrize(("count", "run"), [(16, 2), (8, 4), (4, 8), (2, 8), (1, 8)])
def test_the_first_codes_need_sums(count: int, run: int, bits: bool) -> None:
    before = net(range(count), bits=bits)
    after = sum_neighbours(before)
    assert ops(after) == [*ops(before)[:-1], "Conv", "OvsfConv"]
    assert after["flex_neighbours"].tensor.shape == (5, 4, 8 // run)
    assert after["flex"].op.length == 32 // run
    assert after.meta["notes"] == [  # type: ignore[comparison-overlap]
        f"flex: its codes tell no {run} neighbouring channels apart, a convolution over their sums"
    ]
    assert_equal(before, after, random_images(before, 4, 1))


def test_any_codes_that_say_the_same_do() -> None:
    """Numbers 3 and 11 differ in what they say of channels 8 apart, and say nothing of the last two bits."""
    before = net([3, 6, 1])
    after = sum_neighbours(before)
    assert after["flex_neighbours"].tensor.shape == (5, 4, 2)
    assert_equal(before, after, random_images(before, 4, 2))


@pytest.mark.parametrize("codes", [range(17), range(32), [0, 31], range(0, 32, 4)])
def test_others_stay(codes) -> None:
    before = net(codes)
    assert ops(sum_neighbours(before)) == ops(before)


def test_where_neighbours_in_a_code_are_no_channels() -> None:
    places = np.arange(32).reshape(8, 2, 2).transpose(1, 2, 0).copy()
    before = net(range(8), places=places)
    assert ops(sum_neighbours(before)) == ops(before)


def test_a_border_of_ones_stays_as_it_is() -> None:
    before = net(range(8), padding=Padding(1, 0, 1, 0, Fill.PLUS_ONE))
    assert ops(sum_neighbours(before)) == ops(before)
    without = net(range(8), padding=Padding(0, 0, 0, 0, Fill.PLUS_ONE))
    assert_equal(without, sum_neighbours(without), random_images(without, 3, 3))
