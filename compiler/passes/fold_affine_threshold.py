"""Affines and clips in front of a comparison that alone reads them: they only move its bound, exactly.

    x -> Affine(m, a, k) -> Clip(lo, hi) -> Threshold(b) -> y        becomes        x -> Threshold(b') -> y

floor((m * x + a) / 2**k) >= b is m * x + a >= b * 2**k: for m > 0 x >= ceil((b * 2**k - a) / m), for m < 0 the same
with <= and floor, which flips, and for m = 0 a constant. A clip makes a constant of a bound that it never lets through.
Behind Clip(-127, 127) every other bound lies from -126 to 127: 8 bits, however wide the sum.
"""

import numpy as np

from binloom.compiler.ir.graph import Graph, Node
from binloom.compiler.ir.ops import Affine, Clip, Threshold
from binloom.compiler.passes.fold_threshold import FAR
from binloom.compiler.passes.rewrite import Rewrite, bit_nodes

Side = tuple[int, bool]  # bound and flip of one channel


def fold_affine_threshold(graph: Graph) -> Graph:
    bits = bit_nodes(graph)
    r = Rewrite(graph)
    for node in graph:
        if not isinstance(node.op, Threshold):
            r.keep(node)
            continue
        sides: list[Side] = list(zip(node.op.bound.tolist(), node.op.flip.tolist(), strict=True))
        source = graph[node.inputs[0]]
        while alone(graph, source) and source.inputs[0] not in bits:
            sides = [before(source, channel, side) for channel, side in enumerate(sides)]
            source = graph[source.inputs[0]]
        bound, flip = zip(*sides, strict=True)
        r.keep(node, op=Threshold(np.array(bound, np.int64), np.array(flip, bool)), inputs=[r.at[source.name]])
    return r.graph()


def alone(graph: Graph, node: Node) -> bool:
    """Whether it can be folded, and nobody but one comparison asks for it."""
    return isinstance(node.op, Affine | Clip) and len(graph.users[node.name]) == 1


def before(node: Node, channel: int, side: Side) -> Side:
    """(bound, flip) for what the node reads, where these are for what it gives."""
    op, (bound, flip) = node.op, side
    if abs(bound) >= FAR:
        return side
    if isinstance(op, Clip):
        return constant(bound <= op.lo, flip) if not op.lo < bound <= op.hi else side
    assert isinstance(op, Affine)
    mul, rest = int(op.mul[channel]), (bound << op.shift) - int(op.add[channel])
    if mul == 0:
        return constant(rest <= 0, flip)
    at = -(-rest // mul) if mul > 0 else rest // mul + 1
    return max(-FAR, min(FAR, at)), flip != (mul < 0)


def constant(above: bool, flip: bool) -> Side:
    """What every number is above of, or none."""
    return (-FAR if above else FAR), flip
