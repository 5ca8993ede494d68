"""Comparisons before a max pool instead of after it: the pool then stores and compares bits.

    x -> MaxPool -> Threshold(bound, flip) -> y
        becomes    x -> Threshold(bound, flip) -> MaxPool(minimum in the flipped channels) -> y

max(x) >= b is the OR of all x >= b; flipped, it is the AND of all x < b. The comparators see more pixels, but there are
as many of them, and each element that the pool keeps a row of shrinks to one bit.
"""

from dataclasses import replace

from binloom.compiler.ir.graph import Graph, Node
from binloom.compiler.ir.ops import MaxPool, Threshold
from binloom.compiler.passes.rewrite import Rewrite, bit_nodes


def exchange_pool_threshold(graph: Graph) -> Graph:
    while True:
        pool = next((node for node in graph if cheaper(graph, node)), None)
        if pool is None:
            return graph
        (threshold,) = graph.users[pool.name]
        r = Rewrite(graph)
        for node in graph:
            if node is pool:
                below = r.keep(threshold, inputs=[r.at[name] for name in pool.inputs])
                r.keep(pool, op=exchanged(pool, threshold), inputs=[below])
                r.drop(threshold, pool.name)
            elif node is not threshold:
                r.keep(node)
        graph = r.graph()


def cheaper(graph: Graph, node: Node) -> bool:
    users = graph.users[node.name]
    if not isinstance(node.op, MaxPool) or len(users) != 1 or not isinstance(users[0].op, Threshold):
        return False
    return node.inputs[0] not in bit_nodes(graph)


def exchanged(pool: Node, threshold: Node) -> MaxPool:
    """The pool over the threshold's bits."""
    assert isinstance(pool.op, MaxPool)
    assert isinstance(threshold.op, Threshold)
    minimum = threshold.op.flip if pool.op.minimum is None else pool.op.minimum ^ threshold.op.flip
    return replace(pool.op, minimum=minimum if minimum.any() else None)
