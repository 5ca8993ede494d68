"""The 8-bit dataflow in front of a sign: whatever was learned, one comparison with 8 bits, and the same bits as before.

That a sum is clipped first costs nothing then: what the clip takes away lies on one side of every bound.
"""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from binloom.compiler.exact import rationals
from binloom.compiler.int8_norm import Places, int8_norm
from binloom.compiler.ir.builder import GraphBuilder
from binloom.compiler.ir.graph import Graph
from binloom.compiler.ir.infer import bounds
from binloom.compiler.ir.interpret import run
from binloom.compiler.ir.ops import FixedPoint, Threshold
from binloom.compiler.passes import run_passes
from tests.passes.compare import assert_equal, ops

SUM = 300
ALL = np.arange(-SUM, SUM + 1)
CONSTANT = {-SUM, SUM + 1}  # the bounds of which every sum, or none, is on one side

gammas = st.one_of(st.sampled_from([0.0, -1.0, 1.0, -2.0, 0.5]), st.floats(-4, 4, width=32))
offsets = st.one_of(st.sampled_from([0.0, 1.0, -4.0]), st.floats(-6, 6, width=32))
means = st.one_of(st.sampled_from([0.0, -127.0, 127.0, 128.0, -300.0]), st.floats(-200, 200, width=32))
variances = st.one_of(st.sampled_from([0.0, 1.0, 1024.0]), st.floats(0, 2000, width=32))
rows = st.lists(st.tuples(gammas, offsets, means, variances), min_size=1, max_size=8)


def clipped(channels: int) -> tuple[GraphBuilder, str]:
    b = GraphBuilder("eight_bits")
    return b, b.clip(b.input((1, 1, channels), -SUM, SUM), -127, 127)


def float_net(parameters: np.ndarray, tie: int) -> Graph:
    gamma, beta, mean, variance = parameters
    mul = rationals(gamma) / rationals(np.sqrt(variance + 1e-3))
    b, x = clipped(len(gamma))
    return b.output(b.sign(b.scale(x, mul, rationals(beta) - rationals(mean) * mul), tie))


def int8_net(parameters: np.ndarray, tie: int, at: Places) -> Graph:
    unit = int8_norm(*parameters.astype(np.float32), 1e-3, at)
    b, x = clipped(parameters.shape[1])
    x = b.node(FixedPoint(Fraction(1, 2) ** at.input, -127, 127), x)
    x = b.scale(x, Fraction(2) ** at.input)
    x = b.clip(b.affine(x, unit.mul, unit.add, unit.shift), -127, 127)
    return b.output(b.sign(b.scale(x, Fraction(1, 2) ** at.output), tie))


def check(graph: Graph) -> None:
    after = run_passes(graph)
    channels = after.inputs[0].tensor.shape[2]
    assert_equal(graph, after, np.repeat(ALL[:, None, None, None], channels, axis=3))
    assert ops(after) == ["Threshold"]
    (node,) = (node for node in after if isinstance(node.op, Threshold))
    assert all(-128 < bound < 128 or bound in CONSTANT for bound in node.op.bound.tolist()), node.op.bound


@given(rows, st.sampled_from([-1, 1]))
@settings(max_examples=60)
def test_a_clip_and_a_batch_normalisation_in_front_of_a_sign(learned, tie):
    check(float_net(np.array(learned, np.float32).T.astype(np.float64), tie))


@given(rows, st.sampled_from([-1, 1]), st.sampled_from([Places(0, 4), Places(0, 6, 3), Places(1, 2), Places(-1, 5, 4)]))
@settings(max_examples=60)
def test_a_clip_and_an_int8_unit_in_front_of_a_sign(learned, tie, at):
    check(int8_net(np.array(learned, np.float32).T, tie, at))


def test_a_unit_that_others_read_keeps_its_bits_and_the_sign_its_own_bound():
    b, x = clipped(2)
    y = b.affine(x, [3, -3], [8, 8], 4, name="unit")
    y = b.clip(y, -20, 20, name="saturated")
    b.output(b.add(y, x), "sum")
    after = run_passes(b.output(b.sign(y), "bits"))
    (sign,) = (node for node in after if isinstance(node.op, Threshold))
    assert sign.inputs == ("saturated",)
    found = run(after, np.repeat(ALL[:, None, None, None], 2, axis=3))
    want = np.clip((np.clip(ALL, -127, 127)[:, None] * [3, -3] + 8) >> 4, -20, 20)
    assert np.array_equal(found["bits"].reshape(-1, 2), want >= 0)


@pytest.mark.parametrize(("lo", "hi", "kept"), [(-127, 127, 1), (-300, 300, 0), (-999, 400, 0), (-299, 300, 1)])
def test_a_clip_that_never_acts_goes(lo, hi, kept):
    b = GraphBuilder("idle")
    after = run_passes(b.output(b.clip(b.input((1, 1, 2), -SUM, SUM), lo, hi)))
    assert ops(after).count("Clip") == kept
    element = bounds(after)[after.outputs[0].inputs[0]].element
    assert (element.lo, element.hi) == (max(lo, -SUM), min(hi, SUM))
