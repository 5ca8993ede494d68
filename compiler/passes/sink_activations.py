"""A rising activation behind the max pool that reads it: fewer elements to work on, and nearer to a sign to vanish in.

    x -> PiecewiseAffine(rising) -> MaxPool -> y        becomes        x -> MaxPool -> PiecewiseAffine -> y

and so for Clip.
"""

from binloom.compiler.ir.graph import Graph, Node
from binloom.compiler.ir.ops import Clip, MaxPool, PiecewiseAffine
from binloom.compiler.passes.rewrite import Rewrite


def sink_activations(graph: Graph) -> Graph:
    while True:
        node = next((node for node in graph if can_sink(graph, node)), None)
        if node is None:
            return graph
        (pool,) = graph.users[node.name]
        r = Rewrite(graph)
        for each in graph:
            if each is node:
                r.drop(each, r.at[each.inputs[0]])
            elif each is pool:
                r.drop(pool, r.put(node.op, [r.keep(pool)], node.name, node.source, instead=True))
            else:
                r.keep(each)
        graph = r.graph()


def can_sink(graph: Graph, node: Node) -> bool:
    op, users = node.op, graph.users[node.name]
    rising = isinstance(op, Clip) or (
        isinstance(op, PiecewiseAffine) and bool((op.pos >= 0).all() and (op.neg >= 0).all())
    )
    return rising and len(users) == 1 and isinstance(users[0].op, MaxPool) and users[0].op.minimum is None
