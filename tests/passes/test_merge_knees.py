"""Shifts, slopes and rounding become one op, with the same numbers on both sides of every knee."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from binloom.compiler.ir.builder import GraphBuilder
from binloom.compiler.ir.infer import bounds
from binloom.compiler.ir.interpret import run
from binloom.compiler.passes.merge_knees import merge_knees
from tests.passes.compare import assert_equal, ops, random_images


def test_shift_slope_and_rounding_become_one():
    b = GraphBuilder()
    x = b.affine(b.input((2, 2, 3), -100, 100), 1, [5, -7, 0])
    before = b.output(b.affine(b.piecewise(x, [64, 32, 64], [16, -3, 0]), [1, 2, 1], [32, 100, -64], 6))
    after = merge_knees(before)
    assert ops(after) == ["Knee"]
    assert_equal(before, after, random_images(before, 20, 1))


@pytest.mark.parametrize("side", ["before", "behind"])
def test_one_affine_is_enough(side):
    b = GraphBuilder()
    x = b.input((1, 2, 2), -9, 9)
    x = b.affine(x, -1, 3) if side == "before" else x
    x = b.piecewise(x, 2, 1)
    before = b.output(b.affine(x, 3, 1, 2) if side == "behind" else x)
    after = merge_knees(before)
    assert ops(after) == ["Knee"]
    assert_equal(before, after, random_images(before, 20, 1))


def test_a_slope_alone_stays():
    b = GraphBuilder()
    assert ops(merge_knees(b.output(b.piecewise(b.input((1, 1, 1), -9, 9), 2, 1)))) == ["PiecewiseAffine"]


def test_what_others_read_or_what_rounds_stays_in_front():
    b = GraphBuilder()
    x = b.affine(b.input((1, 1, 1), -9, 9), 3, 1)
    assert ops(merge_knees(b.output(b.add(x, b.piecewise(x))))) == ["Affine", "PiecewiseAffine", "Add"]
    b = GraphBuilder()
    rounded = b.affine(b.input((1, 1, 1), -9, 9), 3, 1, 1)
    assert ops(merge_knees(b.output(b.piecewise(rounded)))) == ["Affine", "PiecewiseAffine"]


def test_wide_numbers_stay_apart():
    b = GraphBuilder()
    x = b.affine(b.input((1, 1, 1), -9, 9), 1 << 30, 1)
    assert ops(merge_knees(b.output(b.piecewise(x, 1 << 12, 1)))) == ["Affine", "PiecewiseAffine"]


NUMBER = st.integers(-70, 70)


@given(NUMBER, NUMBER, NUMBER, NUMBER, NUMBER, NUMBER, st.integers(0, 8))
@settings(max_examples=300, deadline=None)
def test_every_integer_gives_the_same(m, a, pos, neg, n, c, shift):
    b = GraphBuilder()
    x = b.piecewise(b.affine(b.input((1, 1, 1), -40, 40), m, a), pos, neg)
    before = b.output(b.affine(x, n, c, shift))
    after = merge_knees(before)
    assert ops(after) == ["Knee"]
    frames = np.arange(-40, 41).reshape(-1, 1, 1, 1)
    want, got = run(before, frames)["logits"], run(after, frames)["logits"]
    assert np.array_equal(want, got)
    found = bounds(after)["logits"]
    assert (found.lo[0], found.hi[0]) == (got.min(), got.max())
