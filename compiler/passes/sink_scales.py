"""Every scale downwards, as far as exact algebra carries it: the ops it passes become ops on integers.

    pixels -> Scale(1/255, 0) -> Conv -> MaxPool -> Dense -> Output
                                becomes    pixels -> Conv -> MaxPool -> Dense -> Output, scale 1/255

One walk from the input to the outputs. With each node travels the scale that its integers still owe; each op has a rule
(`scales_*.py`) that says what the op becomes and what its result owes. Where a rule needs less debt than there is, an
integer Affine pays it: exactly if that takes few bits, else to 24 significant bits. Kernels that are still float64 are
quantised when the walk reaches them, after they took in what their inputs owe. What is left is one Scale in front of
each Sign.
"""

from collections.abc import Callable
from dataclasses import replace

from binloom.compiler.exact import constant
from binloom.compiler.ir.graph import Graph, Node
from binloom.compiler.ir.ops import (
    Add,
    BitPlanes,
    Clip,
    Concat,
    Conv,
    Dense,
    FixedPoint,
    Input,
    MaxPool,
    Op,
    Output,
    OvsfConv,
    Pad,
    PiecewiseAffine,
    Reshape,
    Scale,
    ShiftAdd,
    Sign,
    SumPool,
    Threshold,
)
from binloom.compiler.passes import (
    scales_activations,
    scales_fixed_point,
    scales_merges,
    scales_outputs,
    scales_planes,
    scales_products,
    scales_shapes,
)
from binloom.compiler.passes.flow import Flow, Sweep


def sink_scales(graph: Graph) -> Graph:
    s = Sweep(graph)
    for node in graph:
        s.flows[node.name] = RULES.get(type(node.op), integer)(s, node, *(s.flows[name] for name in node.inputs))
    stated: dict[str, dict[str, object]] = dict(graph.meta.get("outputs", {}))  # type: ignore[call-overload]
    outputs = {node.name: {**stated.get(node.name, {}), **s.outputs[node.name]} for node in graph.outputs}
    sunk = s.r.graph()
    notes = [*graph.meta.get("notes", ()), *s.notes]  # type: ignore[misc]
    return replace(sunk, meta={**graph.meta, "outputs": outputs, "notes": notes})


def input_(s: Sweep, node: Node) -> Flow:
    channels = node.tensor.shape[2]
    return Flow(s.write(node.op, [], node.name), node.tensor.shape, constant(1, channels), constant(0, channels))


def scale(s: Sweep, node: Node, flow: Flow) -> Flow:
    op = node.op
    assert isinstance(op, Scale)
    s.r.drop(node, flow.name)
    return replace(flow, mul=op.mul * flow.mul, add=op.mul * flow.add + op.add)


def integer(s: Sweep, node: Node, *flows: Flow) -> Flow:
    """An op that takes integers and gives integers, and stands where nothing is owed."""
    if not all(flow.plain for flow in flows):
        raise ValueError(f"{node.name}: {type(node.op).__name__} cannot take a scale")
    channels = node.tensor.shape[2]
    bit = isinstance(node.op, Threshold | BitPlanes)
    return Flow(
        s.write(node.op, flows, node.name), node.tensor.shape, constant(1, channels), constant(0, channels), bit
    )


RULES: dict[type[Op], Callable[..., Flow]] = {
    Input: input_,
    Scale: scale,
    ShiftAdd: scales_planes.shift_add,
    Conv: scales_products.conv,
    Dense: scales_products.dense,
    OvsfConv: scales_products.ovsf_conv,
    MaxPool: scales_shapes.max_pool,
    SumPool: scales_shapes.sum_pool,
    Reshape: scales_shapes.reshape,
    Pad: scales_shapes.pad,
    Add: scales_merges.add,
    Concat: scales_merges.concat,
    PiecewiseAffine: scales_activations.piecewise,
    Clip: scales_activations.clip,
    FixedPoint: scales_fixed_point.fixed_point,
    Sign: scales_activations.sign,
    Output: scales_outputs.output,
}
