"""Affines that another op can take in.

x -> Affine(m, a) -> Affine(n, b, shift) -> y   becomes   x -> Affine(m * n, a * n + b, shift) -> y
x -> Conv(w) -> Affine(1, a) -> y               becomes   x -> Conv(w, bias a) -> y        (and so for Dense)
"""

from dataclasses import replace

from binloom.compiler.ir.graph import Graph, Node
from binloom.compiler.ir.ops import Affine, Conv, Dense
from binloom.compiler.passes.rewrite import Rewrite


def merge_affines(graph: Graph) -> Graph:
    r = Rewrite(graph)
    for node in graph:
        before = graph[node.inputs[0]] if node.inputs else None
        if before is None or not isinstance(node.op, Affine) or len(graph.users[before.name]) > 1:
            r.keep(node)
            continue
        source = r.new(r.at[before.name])
        if isinstance(source.op, Affine) and not source.op.shift:
            op = Affine(source.op.mul * node.op.mul, source.op.add * node.op.mul + node.op.add, node.op.shift)
            r.keep(node, op=op, inputs=source.inputs)
        elif isinstance(source.op, Conv | Dense) and (node.op.mul == 1).all() and not node.op.shift:
            r.drop(node, with_bias(r, source, node))
        else:
            r.keep(node)
    return r.graph()


def with_bias(r: Rewrite, product: Node, affine: Node) -> str:
    """The product rewritten in place with the affine's offset for a bias."""
    assert isinstance(product.op, Conv | Dense)
    assert isinstance(affine.op, Affine)
    bias = affine.op.add if product.op.bias is None else product.op.bias + affine.op.add
    r.amend(product.name, replace(product.op, bias=bias))
    return product.name
