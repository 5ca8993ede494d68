"""What planning asks of a matrix equals what its dot products say, and is not worked out before it is asked."""

import gc

import numpy as np
import pytest

from binloom.hw.arrays import matrix as module
from binloom.hw.arrays.array import MatrixArray
from binloom.hw.arrays.matrix import Matrix, matrix_of
from binloom.hw.element import BIT, Element
from binloom.hw.stream import Map
from tests.hw.arrays.test_array import FOLDS, KINDS, array


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("fold", range(len(FOLDS)))
def test_starts_and_bounds_are_those_of_the_dot_products(kind, fold):
    shape, simd, pe = FOLDS[fold]
    block = array(shape=shape, simd=simd, pe=pe, **KINDS[kind])
    (dot,) = block.dots
    assert dot.stages == block.stages
    folded = (block.turns, block.beats, block.groups, simd, pe)
    offset = np.broadcast_to(dot.offset_of(dot.weights), dot.weights.shape)
    start = block.bias.reshape(block.turns, block.groups, pe) + offset.reshape(folded).sum(axis=(1, 3))
    assert np.array_equal(block.starts.values.reshape(start.shape), start)
    ends = []
    for bound in dot.bounds_of(dot.element, dot.weights):
        shares = np.broadcast_to(bound, dot.weights.shape).reshape(folded).sum(axis=3)
        ends.append(start[:, np.newaxis] + shares.cumsum(axis=1))
    low, high = (min(start.min(), ends[0].min()), max(start.max(), ends[1].max()))
    assert block.sum_element == Element(int(low), int(high))


def test_an_order_of_the_inputs():
    weights = np.random.default_rng(1).integers(-9, 9, (2, 6, 3))
    order = np.array([3, 0, 5, 1, 2, 4])
    matrix = Matrix(weights)
    ordered = matrix.ordered(order)
    assert np.array_equal(ordered.weights, weights[:, order])
    assert matrix.ordered(order.tolist()) is ordered
    assert ordered.element == matrix.element == Element(int(weights.min()), int(weights.max()))


def test_one_matrix_for_as_long_as_its_weights_live():
    weights = np.ones((4, 2), np.int64)
    first = matrix_of(weights, lambda made: made[np.newaxis])
    assert matrix_of(weights, lambda made: made[np.newaxis]) is first
    key = id(weights), 1
    assert key in module._MATRICES
    del weights
    gc.collect()
    assert key not in module._MATRICES


def test_an_array_is_made_without_its_numbers():
    """Planning makes hundreds of arrays: what it asks of them must not touch the weights again and again."""
    matrix = Matrix(np.random.default_rng(1).choice([-1, 1], (1, 64, 16)))
    assert matrix.element == BIT
    block = MatrixArray(Map(4, 4, 64, 16, BIT), matrix, simd=16, pe=4, o_element=Element(-64, 64), storage="rom")
    assert (block.cycles, block.latency, block.sum_element) == (256, 6, Element(-64, 64))
    assert "weights" not in matrix.__dict__
    assert "dots" not in block.__dict__
    assert "signature" not in block.__dict__
