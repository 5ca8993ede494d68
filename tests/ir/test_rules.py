"""Each rule refuses its own offender, and names it; a good graph passes."""

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from binloom.compiler.ir.builder import GraphBuilder
from binloom.compiler.ir.defect import GraphError
from binloom.compiler.ir.graph import Graph, Node, Tensor
from binloom.compiler.ir.names import is_identifier
from binloom.compiler.ir.ops import (
    OPS,
    Add,
    Affine,
    ArgMax,
    Clip,
    Concat,
    Conv,
    Dense,
    Equalise,
    Fill,
    MaxPool,
    Op,
    Output,
    Pad,
    Padding,
    Reshape,
    Standardise,
    SumPool,
    Threshold,
)
from binloom.compiler.ir.rules import check
from binloom.hw.element import BIT, Element
from tests.ir.random_graphs import random_graph


def good() -> Graph:
    builder = GraphBuilder("net")
    x = builder.input((6, 6, 2), name="image")
    x = builder.conv(x, np.ones((3, 3, 2, 4), np.int64), padding="same", bias=[1, 2, 3, 4], name="conv")
    x = builder.threshold(x, [3, 4, 5, 6], name="bits")
    x = builder.max_pool(x, (2, 2), minimum=[True, False, True, False], name="pool")
    x = builder.sum_pool(x, (3, 3), (1, 1), name="sums")
    x = builder.affine(x, 3, 1, 2, name="scaled")
    x = builder.clip(x, -9, 9, name="clipped")
    x = builder.dense(x, np.ones((4, 3), np.int64), name="dense")
    return builder.output(x, "logits")


def changed(name: str, /, **changes: object) -> Graph:
    """The good graph with other fields in one node, or in its op where the node has no such field."""
    graph = good()
    node = graph[name]
    of_node = {key: value for key, value in changes.items() if key in ("name", "op", "inputs", "tensor")}
    of_op = {key: value for key, value in changes.items() if key not in of_node}
    node = replace(node, op=replace(node.op, **of_op)) if of_op else node
    node = replace(node, **of_node)
    return replace(graph, nodes=tuple(node if one.name == name else one for one in graph))


def with_node(op: Op, *inputs: str, shape: tuple[int, int, int] = (6, 6, 4), element: Element | None = None) -> Graph:
    """The good graph with one more node and its output."""
    graph = good()
    extra = Node("extra", op, inputs, Tensor(shape, element))
    end = Node("last", Output(), ("extra",), Tensor(shape, element))
    return replace(graph, nodes=(*graph.nodes, extra, end))


def standardised(places: int, bits: int, hi: int, *, infer: bool = True) -> Graph:
    """A frame of 0..hi, standardised; without inferring its elements."""
    builder = GraphBuilder("net")
    builder.node(Output(), builder.standardise(builder.input((2, 2, 1), 0, hi), places, bits), name="logits")
    return builder.graph() if infer else Graph("net", tuple(builder.nodes.values()))


class Unknown(Op):
    pass


def test_a_good_graph_passes() -> None:
    check(good(), integer=True)
    check(good(), integer=False)


ones = np.ones


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: with_node(Unknown(), "bits"), r"net\.extra: ops_are_known: Unknown is not in the op table"),
        (lambda: replace(good(), name="my net"), r"net\.my net: names_are_identifiers: 'my net' is not an identifier"),
        (lambda: changed("pool", name="wire"), "names_are_identifiers: 'wire' is not an identifier"),
        (lambda: changed("pool", name="always_ff"), "names_are_identifiers: 'always_ff'"),
        (lambda: changed("pool", name="2pool"), "names_are_identifiers: '2pool'"),
        (lambda: changed("pool", name=""), "names_are_identifiers: ''"),
        (lambda: changed("pool", name="sums"), r"net\.sums: names_are_unique: another node has this name"),
        (lambda: changed("pool", inputs=("sums",)), r"net\.pool: order_is_topological: reads 'sums', which does not"),
        (lambda: changed("pool", inputs=("nowhere",)), "order_is_topological: reads 'nowhere'"),
        (lambda: changed("pool", inputs=("pool",)), "order_is_topological: reads 'pool'"),
        (lambda: changed("pool", inputs=("bits", "bits")), "arities_agree: MaxPool takes 1 inputs, got 2"),
        (lambda: with_node(Add(), "bits"), "arities_agree: Add takes two or more inputs, got 1"),
        (lambda: with_node(Concat()), "arities_agree: Concat takes two or more inputs, got 0"),
        (lambda: with_node(good()["image"].op), "input_is_one: a graph has exactly one input, got image, extra"),
        (lambda: Graph("net", ()), r"net\.net: input_is_one: a graph has exactly one input, got none"),
        (lambda: replace(good(), nodes=good().nodes[:-1]), "outputs_exist: a graph has at least one output"),
        (
            lambda: with_node(Clip(0, 1), "logits"),
            r"net\.logits: outputs_are_last: an output has no readers, got extra",
        ),
        (lambda: changed("dense", inputs=("sums",)), r"net\.clipped: nothing_is_dead: nobody reads it"),
        (
            lambda: changed("pool", tensor=Tensor((3, 3, 5))),
            "shapes_agree: its shape is .3, 3, 4., but its tensor says",
        ),
        (lambda: changed("conv", weights=ones((3, 3, 3, 4), int)), "shapes_agree: weights .* do not fit 2 channels"),
        (
            lambda: changed("conv", weights=ones((3, 3, 2), int)),
            r"weights must be \(kh, kw, inputs / groups, outputs\)",
        ),
        (lambda: changed("conv", weights=ones((9, 3, 2, 4), int)), "a window of .9, 3., dilation .1, 1., does not fit"),
        (lambda: changed("conv", groups=2), "in 2 groups do not fit 2 channels"),
        (lambda: changed("conv", bias=ones(3, int)), r"bias must have shape \(4,\), got \(3,\)"),
        (lambda: changed("conv", stride=(0, 1)), "size, stride and dilation must be at least 1"),
        (lambda: changed("conv", padding=Padding(-1, 1, 1, 1)), "padding must not be negative"),
        (lambda: changed("bits", bound=ones(3, int)), r"bound must have shape \(4,\), got \(3,\)"),
        (lambda: changed("bits", flip=ones(5, bool)), r"flip must have shape \(4,\), got \(5,\)"),
        (lambda: changed("pool", minimum=ones(5, bool)), r"minimum must have shape \(4,\)"),
        (lambda: changed("pool", padding=Padding(2, 0, 0, 0)), "has windows that hold nothing"),
        (lambda: changed("sums", rows=ones(2, int)), r"rows must have shape \(1,\)"),
        (lambda: changed("scaled", mul=ones(2, int)), r"mul must have shape \(4,\)"),
        (
            lambda: changed("dense", weights=ones((5, 3), int)),
            r"weights \(5, 3\) do not fit a tensor of shape \(1, 1, 4\)",
        ),
        (lambda: with_node(Add(), "bits", "pool"), "all inputs must have one shape"),
        (lambda: with_node(Concat(), "bits", "pool"), "all inputs must have one height and width"),
        (lambda: with_node(Reshape((1, 1, 7)), "bits"), "hold different numbers of elements"),
        (lambda: with_node(ArgMax(1), "bits"), "k must lie between 1 and the length of a vector"),
        (lambda: with_node(ArgMax(5), "clipped"), "k must lie between 1 and the length of a vector, got k = 5"),
        (lambda: with_node(Equalise(), "bits"), "Equalise takes a frame of one channel, got 4"),
        (lambda: with_node(Standardise(), "clipped"), "Standardise takes a frame of one channel, got 4"),
        (
            lambda: standardised(8, 8, 255),
            r"settings_make_sense: bits must lie in 2\.\.16, and places in .*, got 8 and 8",
        ),
        (lambda: standardised(0, 17, 255), "settings_make_sense: bits must lie in 2"),
        (
            lambda: standardised(5, 8, 256, infer=False),
            r"accumulators_fit: .*one of numbers 0\.\.255, got u9\[0, 256\]",
        ),
        (lambda: changed("clipped", lo=10), "settings_make_sense: lo must not exceed hi, got 10 > 9"),
        (lambda: changed("scaled", shift=-1), r"settings_make_sense: shift must lie in 0\.\.62, got -1"),
        (lambda: changed("sums", rows=np.zeros(1, int)), "settings_make_sense: rows and cols must be at least 1"),
        (lambda: changed("bits", flip=ones(4, int)), "arrays_have_dtypes: flip must be bool, got int64"),
        (lambda: changed("scaled", mul=ones(4, np.int32)), "arrays_have_dtypes: mul must be int64, got int32"),
        (
            lambda: changed("dense", weights=np.full((4, 3), 1 << 61)),
            r"accumulators_fit: net\.dense: values reach 2\*\*",
        ),
        (
            lambda: with_node(Pad(Padding(1, 1, 1, 1)), "bits", shape=(8, 8, 4)),
            "accumulators_fit: .*border of zeros over",
        ),
    ],
)
def test_rules_of_every_graph(make: Callable[[], Graph], message: str) -> None:
    for integer in (False, True):
        with pytest.raises(GraphError, match=message):
            check(make(), integer=integer)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: changed("dense", weights=ones((4, 3))), r"net\.dense: nothing_is_real: Dense is real, or holds"),
        (lambda: changed("conv", bias=np.array([Fraction(1, 2)] * 4)), "nothing_is_real: Conv is real"),
        (lambda: changed("clipped", hi=Fraction(9)), r"net\.clipped: clips_are_integers: bounds must be int, got"),
        (lambda: changed("conv", bias=ones(4, np.int16)), "arrays_are_integers: bias must be int64, got int16"),
        (lambda: changed("pool", tensor=Tensor((3, 3, 4))), r"net\.pool: elements_are_known: its element is missing"),
        (lambda: changed("dense", tensor=Tensor((1, 1, 3), Element(-9, 27))), "elements_hold_values: .*too narrow for"),
        (lambda: changed("bits", tensor=Tensor((6, 6, 4), Element(-1, 1))), "elements_hold_values: its element is u?i"),
        (lambda: changed("clipped", tensor=Tensor((1, 1, 4), BIT)), "elements_hold_values: its element is bit"),
    ],
)
def test_rules_of_the_integer_graph(make: Callable[[], Graph], message: str) -> None:
    check(make(), integer=False)
    with pytest.raises(GraphError, match=message):
        check(make(), integer=True)


@pytest.mark.parametrize(
    ("padding", "dilation", "message"),
    [
        (Padding(2, 1, 0, 0), (1, 1), r"top \+ bottom must be at most 2 for a window of 3, got 3"),
        (Padding(0, 0, 3, 2), (1, 2), r"left \+ right must be at most 4 for a window of 3, got 5"),
    ],
)
def test_borders_are_narrow(padding: Padding, dilation: tuple[int, int], message: str) -> None:
    builder = GraphBuilder("net")
    x = builder.input((9, 9, 1))
    graph = builder.output(builder.conv(x, ones((3, 3, 1, 1), int), padding=padding, dilation=dilation))
    check(graph, integer=False)
    with pytest.raises(GraphError, match=f"borders_are_narrow: {message}"):
        check(graph, integer=True)


def test_a_wider_element_is_allowed() -> None:
    check(changed("dense", tensor=Tensor((1, 1, 3), Element(-1000, 1000))), integer=True)


def test_every_op_is_known_to_every_table() -> None:
    from binloom.compiler.ir import infer, interpret, shapes

    real = {name for name, op in OPS.items() if op.real}
    for table, missing in ((shapes.SHAPES, set()), (interpret.MEANING, {"Input"}), (infer.BOUNDS, real)):
        assert {op.__name__ for op in table} == set(OPS) - missing


def test_identifiers() -> None:
    assert is_identifier("conv2d_1")
    assert is_identifier("_x")
    for name in ("module", "logic", "1x", "a b", "a$", "é", "", "x\n"):
        assert not is_identifier(name), name


def test_random_graphs_keep_the_rules() -> None:
    from random import Random

    kinds = {type(node.op) for seed in range(150) for node in random_graph(Random(seed))}
    # What the generator leaves out, no stage that relies on it is tested on.
    assert {Conv, Dense, Threshold, Affine, Clip, MaxPool, SumPool, Pad, Add, Concat, Reshape, ArgMax} <= kinds
    assert Fill.ZERO in {
        node.op.padding.fill
        for seed in range(50)
        for node in random_graph(Random(seed))
        if isinstance(node.op, Conv) and node.op.padding.any
    }
