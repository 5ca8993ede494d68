"""Ops that change nothing.

    x -> Scale(1, 0) -> y        becomes        x -> y

and so for an affine of 1 and 0, a slope of 1 on both sides, a sign of bits, a window of one element, an empty border,
a reshape to the same shape or of a reshape, the sum of one plane.
"""

from binloom.compiler.ir.graph import Graph, Node
from binloom.compiler.ir.ops import (
    Add,
    Affine,
    Conv,
    Dense,
    MaxPool,
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
from binloom.compiler.passes.rewrite import Rewrite, bit_nodes

# They take bits as the numbers -1 and +1 without being told.
TAKE_BITS_AS_NUMBERS = (Conv, Dense, OvsfConv, Add, SumPool, Scale, Sign)


def drop_identities(graph: Graph) -> Graph:
    bits = bit_nodes(graph)
    r = Rewrite(graph)
    for node in graph:
        if changes_nothing(graph, node, bits):
            r.drop(node, r.at[node.inputs[0]])
        elif isinstance(node.op, Reshape) and isinstance(r.new(r.at[node.inputs[0]]).op, Reshape):
            r.keep(node, inputs=r.new(r.at[node.inputs[0]]).inputs)
        else:
            r.keep(node)
    return r.graph()


def changes_nothing(graph: Graph, node: Node, bits: set[str]) -> bool:
    op = node.op
    over_bits = bool(node.inputs) and node.inputs[0] in bits
    if isinstance(op, Scale | Affine):
        same = bool((op.mul == 1).all() and (op.add == 0).all() and getattr(op, "shift", 0) == 0)
        # Over bits it says that they are numbers from here on, which a border of zeros needs to be told.
        return same and (
            not over_bits or all(isinstance(user.op, TAKE_BITS_AS_NUMBERS) for user in graph.users[node.name])
        )
    if isinstance(op, ShiftAdd):
        return op.planes == 1 and not over_bits
    if isinstance(op, PiecewiseAffine):
        return bool((op.pos == 1).all() and (op.neg == 1).all())
    if isinstance(op, Sign):
        return over_bits
    if isinstance(op, Threshold):
        return over_bits and bool(((op.bound == 0) | (op.bound == 1)).all() and not op.flip.any())
    if isinstance(op, MaxPool):
        return op.size == op.stride == (1, 1) and not op.padding.any
    if isinstance(op, Pad):
        return not op.padding.any
    return isinstance(op, Reshape) and op.shape == graph[node.inputs[0]].tensor.shape
