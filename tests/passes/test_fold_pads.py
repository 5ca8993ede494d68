"""A border of its own goes into the convolution behind it, where it fits and holds the same."""

from fractions import Fraction

import numpy as np

from binloom.compiler.ir.builder import GraphBuilder
from binloom.compiler.ir.ops import Fill, Padding
from binloom.compiler.passes.fold_pads import fold_pads
from tests.passes.compare import assert_equal, ops, random_images

KERNEL = np.random.default_rng(0).choice([-1, 1], (3, 3, 2, 2))


def test_border_of_zeros_goes_into_the_convolution():
    b = GraphBuilder()
    x = b.pad(b.input((5, 4, 2)), Padding(1, 0, 2, 0))
    before = b.output(b.conv(x, KERNEL, stride=(2, 2)))
    after = fold_pads(before)
    assert ops(after) == ["Conv"]
    assert_equal(before, after, random_images(before, 3, 1))


def test_border_joins_the_one_that_is_there():
    b = GraphBuilder()
    x = b.pad(b.input((5, 4, 2)), Padding(0, 1, 1, 0))
    before = b.output(b.conv(x, KERNEL, padding=Padding(1, 0, 0, 1)))
    after = fold_pads(before)
    assert ops(after) == ["Conv"]
    assert after["conv_1"].op.padding == Padding(1, 1, 1, 1)
    assert_equal(before, after, random_images(before, 3, 2))


def test_border_too_wide_for_the_kernel_stays():
    b = GraphBuilder()
    before = b.output(b.conv(b.pad(b.input((5, 4, 2)), Padding(2, 1, 0, 0)), KERNEL))
    assert ops(fold_pads(before)) == ["Pad", "Conv"]


def test_border_of_another_kind_stays():
    b = GraphBuilder()
    x = b.pad(b.sign(b.input((5, 4, 2), -1, 1)), Padding(1, 0, 0, 0, Fill.PLUS_ONE))
    before = b.output(b.conv(x, KERNEL, padding=Padding(0, 1, 0, 0)))
    assert ops(fold_pads(before)) == ["Sign", "Pad", "Conv"]


def test_zeros_around_bits_become_the_convolution_s_own():
    b = GraphBuilder()
    bits = b.scale(b.sign(b.input((5, 4, 2), -1, 1)), np.full(2, Fraction(1)))
    before = b.output(b.conv(b.pad(bits, Padding(1, 1, 1, 1)), KERNEL))
    after = fold_pads(before)
    assert ops(after) == ["Sign", "Conv"]
    assert_equal(before, after, random_images(before, 5, 3))


def test_two_borders_become_one():
    b = GraphBuilder()
    x = b.pad(b.pad(b.input((2, 3, 1)), Padding(1, 0, 0, 2)), Padding(0, 3, 1, 0))
    before = b.output(b.max_pool(x, (2, 2)))
    after = fold_pads(before)
    assert ops(after) == ["Pad", "MaxPool"]
    assert_equal(before, after, random_images(before, 3, 4))
