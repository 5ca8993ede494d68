"""A scale and a sign over integers as one comparison with an integer, exactly.

    x -> Scale(m, a) -> Sign -> y        becomes        x -> Threshold(bound, flip) -> y

m * x + a >= 0 is x >= -a/m, that is x >= ceil(-a/m); with m < 0 it is x <= -a/m, that is not (x >= floor(-a/m) + 1);
with m = 0 it is a constant. Where a tie becomes -1 it is > instead, and floor and ceil change places.
"""

import math
from fractions import Fraction

import numpy as np

from binloom.compiler.ir.graph import Graph
from binloom.compiler.ir.ops import Scale, Sign, Threshold
from binloom.compiler.passes.rewrite import Rewrite

# Beyond what 62 bits can hold: always, or (flipped) never. `infer_widths` brings it back to the values that occur.
FAR = 1 << 61


def fold_threshold(graph: Graph) -> Graph:
    r = Rewrite(graph)
    for node in graph:
        if not isinstance(node.op, Sign):
            r.keep(node)
            continue
        source = r.new(r.at[node.inputs[0]])
        if isinstance(source.op, Scale):
            sides = [side(m, a, node.op.tie) for m, a in zip(source.op.mul, source.op.add, strict=True)]
            head = source.inputs[0]
        else:
            sides = [side(Fraction(1), Fraction(0), node.op.tie)] * node.tensor.shape[2]
            head = source.name
        bound, flip = (np.array(column) for column in zip(*sides, strict=True))
        r.keep(node, op=Threshold(np.clip(bound, -FAR, FAR).astype(np.int64), flip.astype(bool)), inputs=[head])
    return r.graph()


def side(mul: Fraction, add: Fraction, tie: int) -> tuple[int, bool]:
    """(bound, flip) with (x >= bound) xor flip equal to the sign of mul * x + add for every integer x."""
    if mul == 0:
        return -FAR, not (add > 0 or (add == 0 and tie > 0))
    turn = -add / mul
    # The turning point itself belongs to +1 if a tie does: above it for a rising scale, below it for a falling one.
    at_or_above = (tie > 0) == (mul > 0)
    bound = math.ceil(turn) if at_or_above else math.floor(turn) + 1
    return max(-FAR, min(FAR, bound)), mul < 0
