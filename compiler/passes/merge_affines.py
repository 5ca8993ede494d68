"""Affines that another op can take in.

x -> Affine(m, a) -> Affine(n, b, shift) -> y   becomes   x -> Affine(m * n, a * n + b, shift) -> y
x -> Conv(w) -> Affine(1, a) -> y               becomes   x -> Conv(w, bias a) -> y        (and so for Dense, OvsfConv)
"""

from dataclasses import replace

from binloom.compiler.ir.graph import Graph, Node
from binloom.compiler.ir.ops import Affine, Conv, Dense, OvsfConv
from binloom.compiler.passes.rewrite import Rewrite

# Bits of a factor that two others make: 62 hold its product with any sum that is worth a convolution.
WIDEST = 30


def merge_affines(graph: Graph) -> Graph:
    r = Rewrite(graph)
    for node in graph:
        before = graph[node.inputs[0]] if node.inputs else None
        if before is None or not isinstance(node.op, Affine) or len(graph.users[before.name]) > 1:
            r.keep(node)
            continue
        source = r.new(r.at[before.name])
        if isinstance(source.op, Affine) and not source.op.shift and stays_narrow(source.op, node.op):
            op = Affine(source.op.mul * node.op.mul, source.op.add * node.op.mul + node.op.add, node.op.shift)
            r.keep(node, op=op, inputs=source.inputs)
        elif isinstance(source.op, Conv | Dense | OvsfConv) and (node.op.mul == 1).all() and not node.op.shift:
            r.drop(node, with_bias(r, source, node))
        else:
            r.keep(node)
    return r.graph()


def stays_narrow(first: Affine, second: Affine) -> bool:
    """Whether a product with both factors is no wider than a rounding that is still to come is worth."""
    return not second.shift or int(abs(first.mul).max()) * int(abs(second.mul).max()) < 1 << WIDEST


def with_bias(r: Rewrite, product: Node, affine: Node) -> str:
    """The product rewritten in place with the affine's offset for a bias."""
    assert isinstance(product.op, Conv | Dense | OvsfConv)
    assert isinstance(affine.op, Affine)
    bias = affine.op.add if product.op.bias is None else product.op.bias + affine.op.add
    r.amend(product.name, replace(product.op, bias=bias))
    return product.name
