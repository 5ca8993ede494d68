"""Ops that change nothing go; those that only look so stay."""

from fractions import Fraction

import numpy as np
import pytest

from binloom.compiler.ir.builder import GraphBuilder
from binloom.compiler.ir.ops import Padding, PiecewiseAffine
from binloom.compiler.passes.drop_identities import drop_identities
from tests.passes.compare import assert_equal, ops, random_images

NOTHING = {
    "scale of 1": lambda b, x: b.scale(x, np.full(2, Fraction(1))),
    "affine of 1": lambda b, x: b.affine(x, 1),
    "slope of 1": lambda b, x: b.node(PiecewiseAffine(np.full(2, Fraction(1)), np.full(2, Fraction(1))), x),
    "window of one": lambda b, x: b.max_pool(x, (1, 1)),
    "empty border": lambda b, x: b.pad(x, Padding()),
    "same shape": lambda b, x: b.reshape(x, (3, 2, 2)),
}


@pytest.mark.parametrize("name", NOTHING)
def test_op_that_changes_nothing_is_dropped(name):
    b = GraphBuilder()
    x = NOTHING[name](b, b.input((3, 2, 2)))
    before = b.output(b.add(x, x))
    after = drop_identities(before)
    assert ops(after) == ["Add"]
    assert_equal(before, after, random_images(before, 3, 1))


def test_sign_of_bits_is_dropped():
    b = GraphBuilder()
    before = b.output(b.sign(b.max_pool(b.sign(b.input((3, 2, 2), -1, 1)), (2, 2)), tie=-1))
    after = drop_identities(before)
    assert ops(after) == ["Sign", "MaxPool"]
    assert_equal(before, after, random_images(before, 8, 2))


def test_two_reshapes_become_one():
    b = GraphBuilder()
    before = b.output(b.reshape(b.reshape(b.input((3, 2, 2)), (1, 6, 2)), (2, 2, 3)))
    after = drop_identities(before)
    assert ops(after) == ["Reshape"]
    assert_equal(before, after, random_images(before, 2, 3))


def test_bits_made_numbers_for_a_border_stay_numbers():
    b = GraphBuilder()
    x = b.scale(b.sign(b.input((3, 2, 2), -1, 1)), np.full(2, Fraction(1)))
    before = b.output(b.max_pool(b.pad(x, Padding(1, 1, 1, 1)), (2, 2)))
    assert ops(drop_identities(before)) == ops(before)


def test_bits_that_a_product_reads_need_not_be_made_numbers():
    b = GraphBuilder()
    x = b.scale(b.sign(b.input((3, 2, 2), -1, 1)), np.full(2, Fraction(1)))
    before = b.output(b.conv(x, np.ones((1, 1, 2, 1), np.int64)))
    after = drop_identities(before)
    assert ops(after) == ["Sign", "Conv"]
    assert_equal(before, after, random_images(before, 4, 4))
