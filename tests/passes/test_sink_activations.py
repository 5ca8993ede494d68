"""A rising activation goes behind the max pool."""

from fractions import Fraction

import numpy as np
import pytest

from binloom.compiler.ir.builder import GraphBuilder
from binloom.compiler.ir.ops import PiecewiseAffine
from binloom.compiler.passes.sink_activations import sink_activations
from tests.passes.compare import assert_equal, ops, random_images


def piecewise(b, x, pos, neg):
    return b.node(PiecewiseAffine(np.full(2, Fraction(pos)), np.full(2, Fraction(neg))), x)


@pytest.mark.parametrize("neg", [Fraction(0), Fraction(1, 4)])
def test_rising_activation_goes_behind_the_pool(neg):
    b = GraphBuilder()
    x = piecewise(b, b.input((5, 4, 2), -3, 3), 1, neg)
    before = b.output(b.max_pool(b.clip(x, -1, 2), (3, 2), (2, 1), padding="same"))
    after = sink_activations(before)
    assert ops(after) == ["MaxPool", "PiecewiseAffine", "Clip"]
    assert_equal(before, after, random_images(before, 6, 1))


def test_falling_activation_stays():
    b = GraphBuilder()
    before = b.output(b.max_pool(piecewise(b, b.input((4, 4, 2), -3, 3), 1, -1), (2, 2)))
    assert sink_activations(before) is before
