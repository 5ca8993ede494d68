"""Widths come from the values that can occur, and so do the bounds of comparisons."""

import numpy as np

from binloom.compiler.ir.builder import GraphBuilder
from binloom.compiler.passes.infer_widths import infer_widths
from binloom.hw.element import Element
from tests.passes.compare import assert_equal


def test_bounds_come_back_to_values_that_occur():
    b = GraphBuilder()
    x = b.conv(b.input((1, 1, 1), 0, 100), np.array([1, -2]).reshape(1, 1, 1, 2), name="conv")
    before = b.output(b.threshold(b.concat(x, x), [9000, 9000, -9000, -9000], [False, True, False, True], name="bits"))
    after = infer_widths(before)
    assert after["bits"].op.bound.tolist() == [101, 1, 0, -200]
    assert after["conv"].tensor.element == Element(-200, 100)
    assert_equal(before, after, np.arange(101).reshape(-1, 1, 1, 1))
