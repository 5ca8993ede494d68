"""Activations in front of a sign become part of where it turns."""

from fractions import Fraction

import numpy as np
import pytest

from binloom.compiler.ir.builder import GraphBuilder
from binloom.compiler.ir.ops import PiecewiseAffine
from binloom.compiler.passes.fold_activations import fold_activations
from tests.passes.compare import assert_equal, ops

# Batch normalisations that put the turning point below, at and above 0, rising, falling and flat.
MULS = [Fraction(1, 2), Fraction(-1, 2), Fraction(0)]
ADDS = [Fraction(-3, 2), Fraction(-1), Fraction(0), Fraction(1, 2), Fraction(1)]
CHANNELS = [(m, a) for m in MULS for a in ADDS]


def graph(tie, activate):
    b = GraphBuilder()
    x = activate(b, b.input((1, 1, len(CHANNELS)), -6, 6))
    x = b.scale(x, np.array([m for m, _ in CHANNELS], object), np.array([a for _, a in CHANNELS], object))
    return b.output(b.sign(x, tie))


def every_value():
    return np.arange(-6, 7).reshape(-1, 1, 1, 1) * np.ones((1, 1, 1, len(CHANNELS)), np.int64)


def slopes(pos, neg):
    n = len(CHANNELS)
    return lambda b, x: b.node(PiecewiseAffine(np.full(n, Fraction(pos)), np.full(n, Fraction(neg))), x)


@pytest.mark.parametrize("tie", [1, -1])
@pytest.mark.parametrize("neg", [Fraction(0), Fraction(1, 4), Fraction(3)])
def test_piecewise_before_a_sign_moves_its_turning_point(tie, neg):
    before = graph(tie, slopes(2, neg))
    after = fold_activations(before)
    assert ops(after) == ["Scale", "Sign"]
    assert_equal(before, after, every_value())


@pytest.mark.parametrize("tie", [1, -1])
@pytest.mark.parametrize(("lo", "hi"), [(-1, 1), (0, 6), (-4, -2), (2, 2)])
def test_clip_before_a_sign_moves_its_turning_point(tie, lo, hi):
    before = graph(tie, lambda b, x: b.clip(x, lo, hi))
    after = fold_activations(before)
    assert ops(after) == ["Scale", "Sign"]
    assert_equal(before, after, every_value())


def test_falling_slope_stays():
    before = graph(1, slopes(1, -1))
    assert ops(fold_activations(before)) == ["PiecewiseAffine", "Scale", "Sign"]


def test_activation_that_others_read_stays():
    b = GraphBuilder()
    x = b.node(PiecewiseAffine(np.full(2, Fraction(1)), np.full(2, Fraction(0))), b.input((2, 2, 2), -2, 2))
    before = b.output(b.add(b.sign(x), x))
    assert ops(fold_activations(before)) == ops(before)
