"""What stands around a slope, taken into it: a shift, two slopes, another shift and a rounding are one op.

    x -> Affine(m, a) -> PiecewiseAffine(pos, neg) -> Affine(n, b, shift) -> y
        becomes    x -> Knee(at, pos * m * n, neg * m * n, ..., shift) -> y

Either affine may be missing, not both. m * x + a >= 0 is x >= ceil(-a / m); with m < 0 it is x < floor(-a / m) + 1, and
the sides change places; with m = 0 it is always or never so.
"""

import numpy as np

from binloom.compiler.ir.graph import Graph, Node
from binloom.compiler.ir.ops import Affine, Knee, PiecewiseAffine
from binloom.compiler.passes.rewrite import Rewrite

# Beyond what 62 bits can hold, so that every number lies on one side.
FAR = 1 << 61

# No factor or addend may be wider than this: the product with a value has to fit as well.
WIDEST = 1 << 40


def merge_knees(graph: Graph) -> Graph:
    inner = {node.name: before(graph, node) for node in graph if isinstance(node.op, PiecewiseAffine)}
    outer = {name: behind(graph, graph[name]) for name in inner}
    knees = {}
    for name in inner:
        op = knee(graph[name], inner[name], outer[name])
        if (inner[name] or outer[name]) and op is not None:
            knees[name] = op
    r = Rewrite(graph)
    gone = {node.name for name in knees if (node := inner[name]) is not None}
    last = {node.name: name for name in knees if (node := outer[name]) is not None}
    for node in graph:
        if node.name in gone:
            r.drop(node, r.at[node.inputs[0]])
        elif node.name in last:
            r.drop(node, last[node.name])
        elif node.name in knees:
            r.keep(node, op=knees[node.name])
        else:
            r.keep(node)
    return r.graph()


def before(graph: Graph, node: Node) -> Node | None:
    """The affine that only this node reads, if it rounds nothing."""
    source = graph[node.inputs[0]]
    alone = isinstance(source.op, Affine) and not source.op.shift and len(graph.users[source.name]) == 1
    return source if alone else None


def behind(graph: Graph, node: Node) -> Node | None:
    """The affine that is this node's only reader."""
    users = graph.users[node.name]
    return users[0] if len(users) == 1 and isinstance(users[0].op, Affine) else None


def knee(node: Node, inner: Node | None, outer: Node | None) -> Knee | None:
    """All of them as one; None where its numbers would be wide."""
    op = node.op
    assert isinstance(op, PiecewiseAffine)
    channels = len(op.pos)
    m, a = (inner.op.mul, inner.op.add) if inner else (np.ones(channels, np.int64), np.zeros(channels, np.int64))  # type: ignore[attr-defined]
    n, b = (outer.op.mul, outer.op.add) if outer else (np.ones(channels, np.int64), np.zeros(channels, np.int64))  # type: ignore[attr-defined]
    shift = outer.op.shift if outer else 0  # type: ignore[attr-defined]
    sides = [turn(int(mul), int(add)) for mul, add in zip(m, a, strict=True)]
    at, up = np.array([side for side, _ in sides], np.int64), np.array([rising for _, rising in sides])
    lines = []
    for slope in (np.where(up, op.pos, op.neg), np.where(up, op.neg, op.pos)):
        total = slope.astype(object) * n
        lines.append((total * m, total * a + b))
    if max(abs(value) for line in lines for column in line for value in column) >= WIDEST:
        return None
    pos, above, neg, below = (column.astype(np.int64) for line in lines for column in line)
    return Knee(at, pos, neg, above, below, shift)


def turn(mul: int, add: int) -> tuple[int, bool]:
    """(at, rising): mul * x + add >= 0 where x >= at if rising, where x < at otherwise."""
    if mul == 0:
        return -FAR, add >= 0
    return (-(add // mul), True) if mul > 0 else (add // -mul + 1, False)
