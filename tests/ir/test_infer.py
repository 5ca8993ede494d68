"""Elements by interval arithmetic: tight where each bound can be reached, and never too narrow."""

import numpy as np
import pytest

from binloom.compiler.ir.builder import GraphBuilder
from binloom.compiler.ir.defect import GraphError
from binloom.compiler.ir.graph import Graph, Node, Tensor
from binloom.compiler.ir.infer import bounds, infer, infer_shapes
from binloom.compiler.ir.interpret import trace
from binloom.compiler.ir.ops import Clip, Fill, Input, Padding
from binloom.hw.element import BIT, Element


def element(graph: Graph, name: str) -> Element:
    found = graph[name].tensor.element
    assert found is not None
    return found


def test_conv_splits_positive_from_negative_weights() -> None:
    builder = GraphBuilder()
    x = builder.input((3, 3, 1), 0, 10)
    weights = np.array([[2, -3], [-1, -1]]).reshape(1, 2, 1, 2)
    graph = builder.output(builder.conv(x, weights, bias=[5, 0], name="conv"))
    found = bounds(graph)["conv"]
    assert found is not None
    assert found.lo.tolist() == [-5, -40]
    assert found.hi.tolist() == [25, 0]
    assert element(graph, "conv") == Element(-40, 25)


@pytest.mark.parametrize(("fill", "border"), [(Fill.ZERO, 0), (Fill.PLUS_ONE, 1), (Fill.MINUS_ONE, -1)])
def test_padding_joins_only_the_taps_that_it_meets(fill: Fill, border: int) -> None:
    """Of a 3x3 kernel padded on the left, the left column meets the border; two columns always meet pixels of 5..7."""
    builder = GraphBuilder()
    x = builder.input((3, 4, 1), 5, 7)
    weights = np.ones((3, 3, 1, 1), np.int64)
    graph = builder.output(builder.conv(x, weights, padding=Padding(0, 0, 1, 0, fill), name="conv"))
    assert element(graph, "conv") == Element(6 * 5 + 3 * border, 63)


def test_thresholds_that_cannot_be_crossed_are_constants() -> None:
    builder = GraphBuilder()
    x = builder.input((1, 1, 4), 0, 9)
    bits = builder.threshold(x, [0, 10, 0, 5], [False, False, True, False])
    graph = builder.output(builder.dense(bits, np.ones((4, 1), np.int64), name="dense"))
    # Channels are +1, -1, -1 and either.
    assert element(graph, "dense") == Element(-2, 0)


def test_elementwise_intervals() -> None:
    builder = GraphBuilder()
    x = builder.input((1, 1, 2), -4, 6)
    builder.output(builder.affine(x, [3, -1], [1, 0], 1, name="affine"), "a")
    builder.output(builder.piecewise(x, [1, -2], [0, -3], name="piecewise"), "b")
    builder.output(builder.clip(x, -2, 100, name="clip"), "c")
    builder.output(builder.add(x, builder.threshold(x, 0), name="add"), "d")
    builder.output(builder.concat(x, builder.threshold(x, 0), name="concat"), "e")
    builder.output(builder.argmax(x, name="argmax"), "f")
    graph = builder.graph()
    assert element(graph, "affine") == Element(-6, 9)
    assert element(graph, "piecewise") == Element(-12, 12)
    assert element(graph, "clip") == Element(-2, 6)
    assert element(graph, "add") == Element(-5, 7)
    assert element(graph, "concat") == Element(-4, 6)
    assert element(graph, "argmax") == Element(0, 1)


@pytest.mark.parametrize("lo_hi", [(-4, 6), (2, 6), (-6, -2), (0, 3), (-3, 0), (-1, -1), (0, 0)])
@pytest.mark.parametrize(("pos", "neg"), [(1, 0), (-2, 3), (2, -3), (0, 0), (-1, -1)])
def test_piecewise_intervals_are_tight(lo_hi: tuple[int, int], pos: int, neg: int) -> None:
    builder = GraphBuilder()
    graph = builder.output(builder.piecewise(builder.input((1, 1, 1), *lo_hi), pos, neg, name="bent"))
    values = [x * (pos if x >= 0 else neg) for x in range(lo_hi[0], lo_hi[1] + 1)]
    assert element(graph, "bent") == Element(min(values), max(values))


def test_sum_pool_counts_what_exists() -> None:
    builder = GraphBuilder()
    x = builder.input((3, 3, 1), 2, 5)
    graph = builder.output(builder.sum_pool(x, (2, 2), padding="same", name="sums"))
    assert element(graph, "sums") == Element(2, 20)
    y = builder.sum_pool(x, (2, 2), padding="same", rows=[1, 2], cols=[1, 2], name="even")
    assert element(builder.output(y, "evened"), "even") == Element(8, 20)


def test_reshape_and_pools_keep_bits() -> None:
    builder = GraphBuilder()
    x = builder.threshold(builder.input((4, 4, 2)), 9)
    x = builder.max_pool(builder.pad(x, Padding(1, 1, 1, 1, Fill.MINUS_ONE)), (2, 2))
    graph = builder.output(builder.flatten(x))
    assert all(element(graph, node.name) == BIT for node in graph.nodes[1:])


def test_channels_keep_their_own_bounds_through_reshape() -> None:
    builder = GraphBuilder()
    x = builder.affine(builder.input((2, 2, 2), 0, 1), [1, 100])
    graph = builder.output(builder.dense(builder.flatten(x), np.array([[1], [0]] * 4), name="dense"))
    assert element(graph, "dense") == Element(0, 4)


def test_elements_stop_at_a_real_number_and_start_at_a_bit() -> None:
    builder = GraphBuilder()
    x = builder.scale(builder.input((1, 1, 2)), 0.5, name="scale")
    clipped = builder.clip(x, 0, 1, name="clip")
    graph = builder.output(builder.sign(clipped, name="sign"))
    assert [graph[name].tensor.element for name in ("scale", "clip", "sign", "logits")] == [None, None, BIT, BIT]


def test_shapes_are_worked_out_anew() -> None:
    wrong = Tensor((9, 9, 9), Element(0, 3))
    nodes = (Node("image", Input((2, 3, 1)), (), wrong), Node("clip", Clip(0, 1), ("image",), wrong))
    assert [node.tensor for node in infer_shapes(Graph("net", nodes))] == [Tensor((2, 3, 1))] * 2
    assert infer(Graph("net", nodes))["clip"].tensor == Tensor((2, 3, 1), Element(0, 1))


def test_bounds_are_reached_by_a_dense_layer() -> None:
    random = np.random.default_rng(0)
    weights = random.integers(-9, 10, (12, 4))
    builder = GraphBuilder()
    graph = builder.output(builder.dense(builder.input((1, 1, 12), -3, 7), weights, name="dense"))
    found = bounds(graph)["dense"]
    assert found is not None
    for output in range(4):
        highest = np.where(weights[:, output] > 0, 7, -3)
        lowest = np.where(weights[:, output] > 0, -3, 7)
        made = trace(graph, np.stack([highest, lowest]).reshape(2, 1, 1, 12))["dense"]
        assert made[0, 0, 0, output] == found.hi[output]
        assert made[1, 0, 0, output] == found.lo[output]


def test_a_bit_that_no_number_changes_is_constant():
    b = GraphBuilder()
    graph = b.output(b.bit_planes(b.input((1, 1, 2), 64, 79), name="bits"))
    found = bounds(graph)["bits"]
    assert found is not None
    always, never, both = (1, 1), (-1, -1), (-1, 1)
    one = [both] * 4 + [never, never, always, never]
    assert list(zip(found.lo.tolist(), found.hi.tolist(), strict=True)) == one * 2


@pytest.mark.parametrize(("lo", "hi"), [(-1, 255), (0, 256)])
def test_planes_are_of_numbers_that_they_hold(lo, hi):
    b = GraphBuilder()
    with pytest.raises(GraphError, match=r"planes of 8 bits are those of numbers 0\.\.255, got "):
        b.output(b.bit_planes(b.input((1, 1, 1), lo, hi)))
