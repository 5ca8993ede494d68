"""The whole list: in order, checked after each, from the real graph to the integer one."""

from fractions import Fraction

import numpy as np
import pytest

from binloom.compiler.errors import InputError
from binloom.compiler.exact import rationals
from binloom.compiler.ir.builder import GraphBuilder
from binloom.compiler.ir.defect import GraphError
from binloom.compiler.ir.graph import Graph
from binloom.compiler.ir.interpret import run
from binloom.compiler.ir.ops import Output
from binloom.compiler.passes import PASSES, PassOptions, demand_rules, run_passes
from tests.passes.compare import assert_equal, ops, random_images


def binary_net():
    """Pixels, convolution, pool, batch normalisation with a negative and a zero gamma, sign, flatten, dense."""
    b = GraphBuilder()
    rng = np.random.default_rng(0)
    x = b.scale(b.input((6, 6, 1)), np.full(1, Fraction(1, 255)))
    x = b.max_pool(b.conv(x, rng.choice([-1.0, 1.0], (3, 3, 1, 4)), padding="same"), (2, 2))
    x = b.scale(x, rationals([0.7, -1.3, 0.0, 2.1]), rationals([-0.4, 0.9, -1.0, 0.3]))
    x = b.sign(b.flatten(x), -1)
    return b.output(b.dense(x, rng.choice([-1.0, 1.0], (36, 5))))


def test_batch_normalisation_vanishes_into_comparisons():
    before = binary_net()
    after = run_passes(before)
    assert ops(after) == ["Conv", "Threshold", "MaxPool", "Reshape", "Dense"]
    minimum = next(node.op.minimum for node in after if hasattr(node.op, "minimum"))
    assert minimum[1]
    assert not minimum[[0, 3]].any()
    assert_equal(before, after, random_images(before, 30, 1))


def test_each_pass_is_shown_in_order():
    shown = []
    run_passes(binary_net(), on_pass=lambda name, graph: shown.append((name, graph)))
    assert [name for name, _ in shown] == [each.__name__ for each in PASSES]
    assert all(node.tensor.element is not None for node in shown[-1][1])


def test_passes_leave_an_integer_graph_alone():
    once = run_passes(binary_net())
    twice = run_passes(once)
    assert [(n.name, type(n.op), n.tensor) for n in once] == [(n.name, type(n.op), n.tensor) for n in twice]


@pytest.mark.parametrize("bits", [1, 17])
def test_weight_bits_have_bounds(bits):
    with pytest.raises(InputError, match=f"weight bits must lie between 2 and 16, got {bits}"):
        run_passes(binary_net(), PassOptions(weight_bits=bits))


def test_weight_bits_are_those_asked_for():
    b = GraphBuilder()
    graph = b.output(b.dense(b.input((1, 1, 4)), np.random.default_rng(0).normal(size=(4, 2)), name="dense"))
    for bits in (2, 4, 8):
        weights = run_passes(graph, PassOptions(weight_bits=bits))["dense"].op.weights
        assert np.abs(weights).max() == 2 ** (bits - 1) - 1


def test_products_of_pixels_as_they_are_stay_within_an_accumulator():
    b = GraphBuilder()
    x = b.input((1, 1, 1))
    for _ in range(60):
        x = b.dense(x, np.array([[101]]))
    b.node(Output(), x, name="logits")
    after = run_passes(Graph("deep", tuple(b.nodes.values())))
    assert max(node.tensor.element.width for node in after) <= 49
    scale = float(Fraction(after.meta["outputs"]["logits"]["scale"]))
    result = run(after, np.full((1, 1, 1, 1), 200))["logits"].item() * scale
    assert abs(result / (200 * 101.0**60) - 1) < 1e-3


def test_numbers_too_wide_for_any_accumulator_are_the_user_s_to_mend():
    b = GraphBuilder()
    x = b.clip(b.scale(b.input((1, 1, 1)), rationals([1e30])), 0, 6)
    with pytest.raises(
        InputError, match=r"the numbers of layer 'image_fixed' grow too wide: .*; put a sign or a clipped"
    ):
        run_passes(b.output(x))


def test_only_a_rule_itself_is_excused_and_not_its_name_in_a_layer():
    b = GraphBuilder()
    x = b.input((1, 1, 1))
    unread = b.dense(x, np.array([[1]]), name="accumulators_fit")
    with pytest.raises(GraphError, match=f"net.{unread}: nothing_is_dead: ") as caught:
        demand_rules(b.output(x), integer=False, narrowed=False)
    assert caught.value.rule == "nothing_is_dead"


def test_long_sums_of_branches_stay_within_an_accumulator():
    b = GraphBuilder()
    x = b.scale(b.input((1, 1, 2)), rationals([Fraction(1, 255), Fraction(1, 100)]))
    for _ in range(60):
        x = b.add(x, b.sum_pool(x, (1, 1), rows=3))
    before = b.output(x)
    after = run_passes(before)
    assert max(node.tensor.element.width for node in after) <= 60
    images = random_images(before, 9, 2)
    want = run(before, images)["logits"]
    got = run(after, images)["logits"] * float(Fraction(after.meta["outputs"]["logits"]["scale"]))
    assert np.abs(got - want).max() < 1e-6 * np.abs(want).max()
