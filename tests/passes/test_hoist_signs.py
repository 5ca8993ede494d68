"""A sign moves in front of what only moves or compares elements."""

import numpy as np
import pytest

from binloom.compiler.ir.builder import GraphBuilder
from binloom.compiler.ir.ops import Fill, Padding
from binloom.compiler.passes.hoist_signs import hoist_signs
from tests.passes.compare import assert_equal, ops, random_images


def source():
    b = GraphBuilder()
    return b, b.input((4, 3, 2), -2, 2)


@pytest.mark.parametrize("tie", [1, -1])
def test_sign_goes_before_a_max_pool(tie):
    b, x = source()
    before = b.output(b.sign(b.max_pool(x, (2, 2), (1, 1), padding="same"), tie, name="bits"))
    after = hoist_signs(before)
    assert ops(after) == ["Sign", "MaxPool"]
    assert after["bits"].tensor.shape == (4, 3, 2)
    assert_equal(before, after, random_images(before, 9, 1))


@pytest.mark.parametrize(("tie", "fill"), [(1, Fill.PLUS_ONE), (-1, Fill.MINUS_ONE)])
def test_border_of_zeros_becomes_what_a_tie_becomes(tie, fill):
    b, x = source()
    before = b.output(b.sign(b.pad(x, Padding(1, 0, 2, 1)), tie))
    after = hoist_signs(before)
    assert ops(after) == ["Sign", "Pad"]
    assert after["pad_1"].op.padding.fill is fill
    assert_equal(before, after, random_images(before, 9, 2))


def test_sign_goes_through_several():
    b, x = source()
    before = b.output(b.sign(b.reshape(b.max_pool(b.pad(x, Padding(1, 1, 1, 1)), (2, 2)), (1, 1, 12))))
    after = hoist_signs(before)
    assert ops(after) == ["Sign", "Pad", "MaxPool", "Reshape"]
    assert_equal(before, after, random_images(before, 9, 3))


def test_sign_goes_into_each_branch_that_is_not_bits_yet():
    b, x = source()
    bits = b.sign(x, -1)
    before = b.output(b.sign(b.concat(x, bits, b.affine(x, -1))))
    after = hoist_signs(before)
    assert ops(after) == ["Sign", "Affine", "Sign", "Sign", "Concat"]
    assert_equal(before, after, random_images(before, 9, 4))


def test_two_equal_signs_become_one_and_others_keep_the_pool_back():
    b, x = source()
    pooled = b.max_pool(x, (2, 2))
    before = b.output(b.add(b.sign(pooled), b.sign(pooled)))
    after = hoist_signs(before)
    assert ops(after) == ["Sign", "MaxPool", "Add"]
    assert_equal(before, after, random_images(before, 9, 5))
    b, x = source()
    pooled = b.max_pool(x, (2, 2))
    before = b.output(b.add(b.sign(pooled), pooled))
    assert ops(hoist_signs(before)) == ops(before)


def test_nothing_to_hoist_leaves_the_graph_alone():
    b, x = source()
    before = b.output(b.sign(b.scale(x, np.array([1, -1]))))
    assert hoist_signs(before) is before
