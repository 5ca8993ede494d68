"""A scale sinks through a sum over planes: one factor a filter as it is, others as integers of one unit."""

from fractions import Fraction

import numpy as np
import pytest

from binloom.compiler.exact import rationals
from binloom.compiler.ir.builder import GraphBuilder
from binloom.compiler.ir.interpret import run
from binloom.compiler.ir.ops import ShiftAdd
from binloom.compiler.passes import run_passes


@pytest.mark.parametrize("alike", [True, False])
def test_equals_the_real_graph(alike):
    """Two planes with three filters each; what stays before the sum is an affine only where factors differ by plane."""
    rng = np.random.default_rng(3)
    b = GraphBuilder()
    x = b.depthwise(b.bit_planes(b.input((4, 3, 2)), 2), rng.choice([-1, 1], (3, 3, 4, 3)), padding="same")
    factors = [Fraction(int(n), 8) for n in rng.choice([-3, -1, 2, 5], 3 if alike else 12)]
    x = b.scale(x, rationals(factors * (12 // len(factors))), rationals(rng.integers(-9, 9, 12)))
    graph = b.output(b.sign(b.shift_add(x, 2, 3)), "signs")
    images = rng.integers(0, 256, (5, 4, 3, 2))
    made = run_passes(graph)
    assert np.array_equal(run(made, images)["signs"], run(graph, images, exact=True)["signs"])
    kinds = [type(node.op).__name__ for node in made]
    assert ("Affine" in kinds[: kinds.index("ShiftAdd")]) == (not alike)


def test_the_sum_of_one_plane_is_what_it_sums():
    b = GraphBuilder()
    graph = b.output(b.shift_add(b.input((2, 2, 3)), 1, 3))
    assert not any(isinstance(node.op, ShiftAdd) for node in run_passes(graph))
