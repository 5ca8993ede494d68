"""A sign as early as it can be had, so that what moves or compares elements does so with bits.

x -> Reshape  -> Sign -> y   becomes   x -> Sign -> Reshape                    -> y
x -> MaxPool  -> Sign -> y   becomes   x -> Sign -> MaxPool                    -> y   (sign is monotone)
x -> Pad(0)   -> Sign -> y   becomes   x -> Sign -> Pad(what the tie becomes)  -> y
a, b -> Concat -> Sign -> y  becomes   a -> Sign, b -> Sign -> Concat          -> y
"""

from dataclasses import replace

from binloom.compiler.ir.graph import Graph, Node
from binloom.compiler.ir.ops import Concat, Fill, MaxPool, Pad, Reshape, Sign
from binloom.compiler.passes.rewrite import Rewrite, bit_nodes, gives_bits


def hoist_signs(graph: Graph) -> Graph:
    while True:
        hoisted = hoist_once(graph)
        if hoisted is graph:
            return graph
        graph = hoisted


def hoist_once(graph: Graph) -> Graph:
    bits = bit_nodes(graph)
    r = Rewrite(graph)
    written: set[str] = set()  # new nodes whose values are bits
    seen = 0
    changed = False
    for node in graph:
        written.update(new.name for new in r.nodes[seen:] if gives_bits(new, written))
        seen = len(r.nodes)
        tie = tie_of_users(graph, node)
        if tie is None or node.name in bits or not isinstance(node.op, Reshape | MaxPool | Pad | Concat):
            if isinstance(node.op, Sign) and r.at[node.inputs[0]] in written:
                r.drop(node, r.at[node.inputs[0]])
            else:
                r.keep(node)
            continue
        changed = True
        sign = graph.users[node.name][0]
        signed = [
            r.at[name] if name in bits else r.put(Sign(tie), [r.at[name]], sign.name, sign.source, instead=True)
            for name in node.inputs
        ]
        op = node.op
        if isinstance(op, Pad):
            fill = Fill.PLUS_ONE if tie > 0 else Fill.MINUS_ONE
            op = Pad(replace(op.padding, fill=op.padding.fill if op.padding.fill is not Fill.ZERO else fill))
        r.keep(node, op=op, inputs=signed)
    return r.graph() if changed else graph


def tie_of_users(graph: Graph, node: Node) -> int | None:
    """What 0 becomes in the signs that are this node's only readers; None where there are others."""
    ties = {user.op.tie if isinstance(user.op, Sign) else None for user in graph.users[node.name]}
    return ties.pop() if len(ties) == 1 else None
