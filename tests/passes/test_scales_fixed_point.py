"""Numbers of few bits out of scales: exact over grids, else as near as the note says; saturated on both sides."""

import re
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from binloom.compiler.exact import rationals
from binloom.compiler.ir.builder import GraphBuilder
from binloom.compiler.ir.interpret import run
from binloom.compiler.ir.ops import Affine
from binloom.compiler.passes.sink_scales import sink_scales
from tests.passes.compare import assert_equal, assert_results, ops, random_images


def made(mul, add, step=Fraction(1, 16), top=127, lo=-300, hi=300):
    """(before, after, every input in each channel)."""
    b = GraphBuilder()
    x = b.scale(b.input((1, 1, len(mul)), lo, hi), rationals(mul), rationals(add))
    before = b.output(b.fixed_point(x, step, -top, top))
    frames = np.repeat(np.arange(lo, hi + 1), len(mul)).reshape(-1, 1, 1, len(mul))
    return before, sink_scales(before), frames


def real(graph, frames):
    """The results as exact numbers."""
    return run(graph, frames, exact=True)["logits"]


def steps_apart(before, after, frames, step):
    scale = Fraction(after.meta["outputs"]["logits"]["scale"])
    return np.abs(real(after, frames) * scale - real(before, frames)) / step


GRID = st.fractions(-4, 4, max_denominator=1).flatmap(
    lambda whole: st.sampled_from([whole + Fraction(n, 64) for n in (0, 1, 5, 32, 63)])
)


@given(st.lists(st.tuples(GRID, GRID), min_size=1, max_size=4), st.integers(-3, 6), st.sampled_from([1, 127, 32767]))
@settings(max_examples=60, deadline=None)
def test_grids_are_exact(lines, fraction, top):
    step = Fraction(1, 2) ** fraction
    before, after, frames = made(*zip(*lines, strict=True), step, top)
    assert not after.meta["notes"]
    assert not steps_apart(before, after, frames, step).any()


ROUGH = st.floats(-30, 30, width=32).filter(lambda value: value == 0 or abs(value) > 1e-6)


@given(st.lists(st.tuples(ROUGH, ROUGH), min_size=1, max_size=4), st.integers(-3, 9), st.sampled_from([127, 32767]))
@settings(max_examples=60, deadline=None)
def test_rough_factors_move_values_as_little_as_the_note_says(lines, fraction, top):
    step = Fraction(1, 2) ** fraction
    before, after, frames = made(*zip(*lines, strict=True), step, top)
    apart = steps_apart(before, after, frames, step)
    if not after.meta["notes"]:
        assert not apart.any()
        return
    (note,) = after.meta["notes"]
    moved = float(re.search(r"at most (\S+)% of a step$", note).group(1)) / 100
    assert moved <= 0.13
    assert apart.max() <= 1
    # A value differs only where it lies so near to the middle between two steps.
    exact = rationals(
        m * x + a for x in frames[:, 0, 0, 0].tolist() for m, a in ((Fraction(m), Fraction(a)) for m, a in lines)
    )
    middle = np.abs((exact / step) % 1 - Fraction(1, 2)).reshape(apart.shape)
    assert not (apart * (middle > 1.06 * moved)).any()


def test_halves_go_up():
    before, after, frames = made([Fraction(1, 2)], [0], Fraction(1), 127, -3, 3)
    assert run(after, frames)["logits"].ravel().tolist() == [-1, -1, 0, 0, 1, 1, 2]
    assert_results(before, after, frames)


def test_saturates_on_both_sides_and_nowhere_else():
    _, after, frames = made([1, -1], [0, 0], Fraction(1), 127, -128, 300)
    got = run(after, frames)["logits"][:, 0, 0]
    assert got[:2].tolist() == [[-127, 127], [-127, 127]]
    assert got[-1].tolist() == [127, -127]
    assert ops(after) == ["Clip", "Affine"] or ops(after) == ["Affine", "Clip"]


def test_what_fits_is_left_alone():
    _, after, _ = made([1, 1], [0, 0], Fraction(1), 32767)
    assert ops(after) == []


def test_a_channel_that_always_saturates_is_a_constant():
    before, after, frames = made([Fraction(1, 3), Fraction(1, 1000)], [0, 10**9], Fraction(1), 127)
    (op,) = (node.op for node in after if isinstance(node.op, Affine))
    assert op.mul[1] == 0
    assert run(after, frames)["logits"][:, 0, 0, 1].tolist() == [127] * len(frames)
    assert (steps_apart(before, after, frames, 1) <= 1).all()


def test_bits_become_numbers():
    b = GraphBuilder()
    bits = b.threshold(b.input((2, 2, 2)), 100)
    before = b.output(b.add(b.fixed_point(bits, Fraction(1, 4), -127, 127), b.fixed_point(bits, Fraction(1), -1, 1)))
    assert_results(before, sink_scales(before), random_images(before, 4, 1))


@pytest.mark.parametrize("top", [127, 32767])
def test_a_saturating_sum_of_two_grids(top):
    """A shortcut on one grid, a branch on a finer one, their sum on the first."""
    b = GraphBuilder()
    x = b.input((2, 3, 4), -50_000, 50_000)
    shortcut = b.fixed_point(b.scale(x, np.full(4, Fraction(1, 8))), Fraction(1, 8), -top, top)
    branch = b.fixed_point(b.scale(x, rationals([3, -2, 1, 1]), np.full(4, Fraction(1))), Fraction(1, 32), -top, top)
    before = b.output(b.fixed_point(b.add(shortcut, branch), Fraction(1, 8), -top, top))
    after = sink_scales(before)
    assert not after.meta["notes"]
    assert_equal(before, b_scaled(after), random_images(before, 20, 3))


def b_scaled(graph):
    """The graph with its output in the numbers that it stands for."""
    b = GraphBuilder()
    b.nodes = {node.name: node for node in graph if node.name != "logits"}
    scale = Fraction(graph.meta["outputs"]["logits"]["scale"])
    last = graph["logits"].inputs[0]
    return b.output(b.scale(last, np.full(b.shape(last)[2], scale)))
