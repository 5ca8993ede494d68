"""Scale and sign over integers become one comparison, for every direction and either tie."""

from fractions import Fraction

import numpy as np
import pytest

from binloom.compiler.ir.builder import GraphBuilder
from binloom.compiler.passes.fold_threshold import fold_threshold, side
from tests.passes.compare import assert_equal, ops

MULS = [Fraction(2, 3), Fraction(1), Fraction(-1), Fraction(-2, 3), Fraction(0)]
# Turning points at whole numbers (ties occur) and between them.
ADDS = [Fraction(-2), Fraction(-1, 3), Fraction(0), Fraction(1, 3), Fraction(2)]


@pytest.mark.parametrize("tie", [1, -1])
def test_scale_and_sign_become_a_threshold(tie):
    channels = [(m, a) for m in MULS for a in ADDS]
    b = GraphBuilder()
    x = b.input((1, 1, len(channels)), -5, 5)
    x = b.scale(x, np.array([m for m, _ in channels], object), np.array([a for _, a in channels], object))
    before = b.output(b.sign(x, tie))
    after = fold_threshold(before)
    assert ops(after) == ["Threshold"]
    every_value = np.arange(-5, 6).reshape(-1, 1, 1, 1) * np.ones((1, 1, 1, len(channels)), np.int64)
    assert_equal(before, after, every_value)


@pytest.mark.parametrize(("tie", "bound"), [(1, 0), (-1, 1)])
def test_bare_sign_is_a_threshold_at_zero_by_its_dialect(tie, bound):
    b = GraphBuilder()
    after = fold_threshold(b.output(b.sign(b.input((2, 1, 3), -1, 1), tie, name="bits")))
    assert after["bits"].op.bound.tolist() == [bound] * 3
    assert not after["bits"].op.flip.any()


@pytest.mark.parametrize(
    ("mul", "add", "tie", "expected"),
    [
        (Fraction(1), Fraction(-3), 1, (3, False)),  # x >= 3
        (Fraction(1), Fraction(-3), -1, (4, False)),  # x > 3
        (Fraction(-1), Fraction(3), 1, (4, True)),  # x <= 3
        (Fraction(-1), Fraction(3), -1, (3, True)),  # x < 3
        (Fraction(2), Fraction(-5), 1, (3, False)),  # x >= 2.5
        (Fraction(-2), Fraction(5), 1, (3, True)),  # x <= 2.5
    ],
)
def test_bound_and_flip(mul, add, tie, expected):
    assert side(mul, add, tie) == expected


def test_huge_turning_point_stays_within_62_bits():
    bound, flip = side(Fraction(1, 10**30), Fraction(1), 1)
    assert abs(bound) < 1 << 62
    assert not flip
