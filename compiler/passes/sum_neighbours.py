"""Convolutions of codes that tell no neighbouring channels apart.

    x -> OvsfConv(the first quarter of all codes) -> y
                        becomes    x -> Conv(1 x 1, sums of 4 channels) -> OvsfConv(codes a quarter as long) -> y

The first 1/r of all codes are constant over every r consecutive elements, which are channels where the channels lie
side by side in a code: then the layer is a convolution over sums of neighbours. It is found out from the codes
themselves, whichever they are. A border of +1 or -1 would have to become one of +r or -r, and is left alone.
"""

from dataclasses import replace

import numpy as np

from binloom.compiler.ir.graph import Graph
from binloom.compiler.ir.ops import Conv, Fill, OvsfConv
from binloom.compiler.passes.rewrite import Rewrite
from binloom.hw.ovsf.codes import signs


def sum_neighbours(graph: Graph) -> Graph:
    r = Rewrite(graph)
    notes = []
    for node in graph:
        op = node.op
        if not isinstance(op, OvsfConv) or (op.padding.any and op.padding.fill is not Fill.ZERO):
            r.keep(node)
            continue
        run = alike(op)
        if run == 1:
            r.keep(node)
            continue
        groups = op.places.shape[2] // run
        sums = Conv(np.ones((1, 1, run, groups), np.int64), groups=groups)
        name = r.put(sums, [r.at[read] for read in node.inputs], f"{node.name}_neighbours", node.source)
        r.keep(node, op=shorter(op, run), inputs=[name])
        notes.append(f"{node.name}: its codes tell no {run} neighbouring channels apart, a convolution over their sums")
    made = r.graph()
    for note in notes:
        made = made.note(note)
    return made


def alike(op: OvsfConv) -> int:
    """Of how many consecutive channels each code says the same, the most that divide the channels."""
    elements = signs(op.codes, op.places, op.length)
    channels = op.places.shape[2]
    for run in range(channels, 1, -1):
        if channels % run == 0:
            runs = elements.reshape(*elements.shape[:3], channels // run, run)
            if (runs == runs[..., :1]).all():
                return run
    return 1


def shorter(op: OvsfConv, run: int) -> OvsfConv:
    """The op over one channel for each run, its codes only as long as they have to be."""
    places, length = op.places[..., ::run].copy(), op.length
    while length > 1 and not (places & 1).any() and op.codes.max() < length // 2:
        places, length = places >> 1, length // 2
    return replace(op, places=places, length=length)
