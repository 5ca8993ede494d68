"""Float kernels that are whole numbers times a factor lose nothing; the others are left for quantisation."""

from fractions import Fraction

import numpy as np
import pytest

from binloom.compiler.ir.builder import GraphBuilder
from binloom.compiler.passes.exact_kernels import exact_form, exact_kernels
from tests.passes.compare import assert_equal, ops, random_images

SIGNS = np.random.default_rng(0).choice([-1.0, 1.0], (3, 2, 4, 5))


def test_plus_and_minus_h_become_bits_and_a_scale():
    b = GraphBuilder()
    before = b.output(b.conv(b.input((4, 4, 4)), SIGNS * 0.375, name="conv"))
    after = exact_kernels(before)
    assert ops(after) == ["Conv", "Scale"]
    assert after["conv_whole"].op.binary
    assert set(after["conv"].op.mul) == {Fraction(3, 8)}
    assert_equal(before, after, random_images(before, 3, 1))


def test_one_h_a_filter_becomes_bits():
    weights, factor = exact_form(SIGNS * np.array([1, 0.5, 0.1, 3, 7]))
    assert np.array_equal(weights, SIGNS)
    assert list(factor) == [1, Fraction(1, 2), Fraction(0.1), 3, 7]


def test_whole_numbers_stay_as_they_are():
    b = GraphBuilder()
    weights = np.random.default_rng(1).integers(-6496, 6497, (6, 3)).astype(np.float64)
    before = b.output(b.dense(b.input((1, 1, 6)), weights))
    after = exact_kernels(before)
    assert ops(after) == ["Dense"]
    assert after["dense_1"].op.weights.dtype == np.int64
    assert_equal(before, after, random_images(before, 3, 2))


@pytest.mark.parametrize("step", [2.0**-7, float(np.float32(0.0173))])
def test_multiples_of_one_step_are_exact(step):
    wanted = np.random.default_rng(2).integers(-127, 128, (9, 4))
    wanted[0, 0] = 1
    weights, factor = exact_form((wanted * np.float32(step)).astype(np.float32).astype(np.float64))
    assert np.array_equal(weights * float(factor[0] / Fraction(step)), wanted)


def test_ternary_is_exact():
    weights, factor = exact_form(np.array([[0.3, 0.0], [-0.3, 0.3]]))
    assert weights.tolist() == [[1, 0], [-1, 1]]
    assert set(factor) == {Fraction(0.3)}


def test_zeros_are_exact():
    weights, _ = exact_form(np.zeros((2, 3)))
    assert weights.tolist() == [[0, 0, 0], [0, 0, 0]]


@pytest.mark.parametrize("scale", [1.0, 1e-30, 1e30])
def test_anything_else_is_not(scale):
    assert exact_form(np.random.default_rng(3).normal(size=(9, 4)) * scale) is None
    assert exact_form(np.array([[40000.0], [1.0]])) is None
