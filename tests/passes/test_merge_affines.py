"""Affines go into each other and into the bias of a product."""

import numpy as np
import pytest

from binloom.compiler.ir.builder import GraphBuilder
from binloom.compiler.passes.merge_affines import merge_affines
from tests.passes.compare import assert_equal, ops, random_images


def test_two_affines_become_one():
    b = GraphBuilder()
    before = b.output(b.affine(b.affine(b.input((2, 2, 3)), [2, -3, 5], [1, 0, -4]), [7, 1, -1], [0, 9, 2]))
    after = merge_affines(before)
    assert ops(after) == ["Affine"]
    assert_equal(before, after, random_images(before, 3, 1))


def test_rounding_comes_last():
    b = GraphBuilder()
    before = b.output(b.affine(b.affine(b.input((2, 2, 3)), [2, -3, 5], [1, 0, -4]), [7, 1, -1], [0, 9, 2], 3))
    after = merge_affines(before)
    assert ops(after) == ["Affine"]
    assert_equal(before, after, random_images(before, 3, 1))


@pytest.mark.parametrize("bias", [None, [4, -2]])
def test_offset_becomes_a_bias(bias):
    b = GraphBuilder()
    x = b.conv(b.input((3, 3, 1)), np.array([1, -1] * 4).reshape(2, 2, 1, 2), bias=bias)
    x = b.affine(x, 1, [10, -20])
    x = b.affine(b.dense(b.flatten(x), np.ones((8, 3), np.int64)), 1, [1, 2, 3])
    before = b.output(x)
    after = merge_affines(before)
    assert ops(after) == ["Conv", "Reshape", "Dense"]
    assert_equal(before, after, random_images(before, 3, 2))


def test_rounding_affines_stay():
    b = GraphBuilder()
    before = b.output(b.affine(b.affine(b.input((2, 2, 1)), 3, 1, 2), 5, 1))
    assert ops(merge_affines(before)) == ["Affine", "Affine"]
    b = GraphBuilder()
    before = b.output(b.affine(b.conv(b.input((2, 2, 1)), np.ones((1, 1, 1, 1), np.int64)), 1, 1, 1))
    assert ops(merge_affines(before)) == ["Conv", "Affine"]


def test_product_that_others_read_keeps_its_bias():
    b = GraphBuilder()
    x = b.conv(b.input((2, 2, 1)), np.ones((1, 1, 1, 1), np.int64))
    before = b.output(b.add(x, b.affine(x, 1, 5)))
    assert ops(merge_affines(before)) == ["Conv", "Affine", "Add"]
