"""Comparisons go before the max pool, whose OR becomes an AND in the channels they flip."""

import numpy as np
import pytest

from binloom.compiler.ir.builder import GraphBuilder
from binloom.compiler.passes.exchange_pool_threshold import exchange_pool_threshold
from tests.passes.compare import assert_equal, ops, random_images


@pytest.mark.parametrize("minimum", [None, [False, True, False, True]])
def test_or_becomes_and_where_the_threshold_flips(minimum):
    b = GraphBuilder()
    x = b.input((5, 5, 4), -4, 4)
    x = b.max_pool(x, (3, 2), (2, 2), padding="same", minimum=minimum, name="pool")
    before = b.output(b.threshold(x, [1, 1, -2, 0], [False, False, True, True], name="bits"))
    after = exchange_pool_threshold(before)
    assert ops(after) == ["Threshold", "MaxPool"]
    wanted = np.array([False, False, True, True]) ^ (False if minimum is None else np.array(minimum))
    assert np.array_equal(after["pool"].op.minimum, wanted)
    assert_equal(before, after, random_images(before, 20, 1))


def test_without_flips_the_pool_stays_an_or():
    b = GraphBuilder()
    before = b.output(b.threshold(b.max_pool(b.input((4, 4, 2)), (2, 2), name="pool"), 100))
    after = exchange_pool_threshold(before)
    assert after["pool"].op.minimum is None
    assert_equal(before, after, random_images(before, 5, 2))


def test_pool_over_bits_stays_where_it_is():
    b = GraphBuilder()
    x = b.max_pool(b.threshold(b.input((4, 4, 2)), 9), (2, 2))
    before = b.output(b.threshold(x, 1, True))
    assert exchange_pool_threshold(before) is before


def test_pool_that_others_read_stays_where_it_is():
    b = GraphBuilder()
    x = b.max_pool(b.input((4, 4, 2)), (2, 2))
    before = b.output(b.add(b.threshold(x, 9), x))
    assert exchange_pool_threshold(before) is before
