"""Where a scale ends: at a result. One positive factor for all channels drops, since only the order counts.

    x -> Scale(s, b) -> Output      becomes      x -> Affine(2**f, round up(2**f * b / s)) -> Output,  scale s / 2**f

f is the smallest number of binary places that keeps apart what b / s keeps apart: the order of the channels, ties
included, and where 0 lies among them, are then the same for every x. Factors that differ are rounded to 24 bits first.
"""

import math
from fractions import Fraction

import numpy as np

from binloom.compiler.exact import constant, integers
from binloom.compiler.ir.graph import Node
from binloom.compiler.passes.fixed_point import Fixed
from binloom.compiler.passes.flow import Flow, Sweep

# Past so many places channels are as good as equal.
MOST_PLACES = 30

# Bits of a result, its places included.
WIDEST = 60

# Their value 0 means something: the middle between yes and no.
CENTRED = frozenset({"sigmoid", "log_sigmoid", "tanh"})


def output(s: Sweep, node: Node, flow: Flow) -> Flow:
    says = dict(s.graph.meta.get("outputs", {})).get(node.name, {})  # type: ignore[call-overload]
    centred = says.get("activation") in CENTRED or len(flow.mul) == 1
    if not flow.plain and not (flow.uniform and flow.mul[0] > 0):
        flow = s.settled(flow, one_unit=True)
    dropped = flow.add[0] if not centred and (flow.add == flow.add[0]).all() else Fraction(0)
    if not dropped and s.offset_dwarfs(flow):
        flow = s.settled(flow, one_unit=True)
    offsets = flow.add / flow.mul if not dropped else constant(0, len(flow.add))
    if not (offsets == 0).all():
        flow = with_offsets(s, flow, offsets)
    s.outputs[node.name] = {"scale": str(flow.mul[0]), "offset": str(dropped)}
    s.write(node.op, [flow], node.name)
    return flow


def with_offsets(s: Sweep, flow: Flow, offsets: np.ndarray) -> Flow:
    """The integers with their offsets added, in as few binary places as the order of the channels needs."""
    width = math.ceil(max(s.largest(flow) + abs(offsets))).bit_length()
    most = min(MOST_PLACES, max(0, WIDEST - width))
    places = next((f for f in range(most) if keeps_order(offsets, f)), most)
    if not keeps_order(offsets, places):
        s.notes.append(f"{flow.name}: offsets of results rounded to {places} binary places")
    whole = integers([Fraction(math.ceil(offset * (1 << places))) for offset in offsets])
    return s.affine(flow, Fixed(np.full(len(whole), 1 << places), whole, flow.mul / (1 << places)))


def keeps_order(offsets: np.ndarray, places: int) -> bool:
    """Whether fractional parts that differ still differ, modulo 1, once rounded up to so many places."""
    parts = {offset % 1 for offset in offsets}
    return len({math.ceil(part * (1 << places)) % (1 << places) for part in parts}) == len(parts)
