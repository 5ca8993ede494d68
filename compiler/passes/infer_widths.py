"""Every width, by interval arithmetic over the real weights; bounds of comparisons brought back to values that occur.

Threshold(bound 9000) over x in 0..100       becomes      Threshold(bound 101) over x in 0..100
"""

from dataclasses import replace

import numpy as np

from binloom.compiler.ir.graph import Graph
from binloom.compiler.ir.infer import bounds, infer
from binloom.compiler.ir.ops import Threshold


def infer_widths(graph: Graph) -> Graph:
    found = bounds(graph)
    nodes = []
    for node in graph:
        op = node.op
        if isinstance(op, Threshold):
            x = found[node.inputs[0]]
            assert x is not None
            node = replace(node, op=replace(op, bound=np.clip(op.bound, x.lo, x.hi + 1)))
        nodes.append(node)
    return infer(replace(graph, nodes=tuple(nodes)))
