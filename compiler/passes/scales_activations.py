"""How a scale sinks through activations, and where it stops: in front of a sign.

    Scale(s, 0)  -> PiecewiseAffine(p, n)   becomes   PiecewiseAffine(p, n) -> Scale(s, 0)
    Scale(-s, 0) -> PiecewiseAffine(p, n)   becomes   PiecewiseAffine(n, p) -> Scale(-s, 0)
    Scale(s, 0)  -> Clip(lo, hi)            becomes   Clip(lo / s, hi / s) -> Scale(s, 0)

Slopes become whole numbers over one step a channel. An offset is made part of the integer first. A Clip whose bounds no
value reaches goes.
"""

from fractions import Fraction

import numpy as np

from binloom.compiler.exact import integers, unit
from binloom.compiler.ir.graph import Node
from binloom.compiler.ir.ops import Clip, PiecewiseAffine, Scale
from binloom.compiler.passes.fixed_point import Fixed
from binloom.compiler.passes.flow import Flow, Sweep

SLOPE_BITS = 20
CLIP_BITS = 16


def piecewise(s: Sweep, node: Node, flow: Flow) -> Flow:
    op = node.op
    assert isinstance(op, PiecewiseAffine)
    if not flow.offsetless or (flow.mul == 0).any():
        flow = s.settled(flow, one_unit=False)
    falling = flow.mul < 0
    pos, neg = np.where(falling, op.neg, op.pos), np.where(falling, op.pos, op.neg)
    pairs = [whole_slopes(Fraction(p), Fraction(n)) for p, n in zip(pos.tolist(), neg.tolist(), strict=True)]
    if not all(exact for _, _, _, exact in pairs):
        s.notes.append(f"{node.name}: slopes rounded to {SLOPE_BITS} bits")
    flow = s.narrowed(flow, max(int(max(abs(p), abs(n))) for p, n, *_ in pairs))
    ints = PiecewiseAffine(integers([p for p, *_ in pairs]), integers([n for _, n, *_ in pairs]))
    steps = np.array([*(step for _, _, step, _ in pairs), None], object)[:-1]
    return Flow(s.write(ints, [flow], node.name), node.tensor.shape, flow.mul * steps, flow.add)


def whole_slopes(pos: Fraction, neg: Fraction) -> tuple[Fraction, Fraction, Fraction, bool]:
    """(pos, neg) as whole numbers, the step they are multiples of, and whether that is exact."""
    top = 1 << SLOPE_BITS
    step = unit([pos, neg], least=max(abs(pos), abs(neg)) / top)
    if step is not None:
        return pos / step, neg / step, step, True
    step = max(abs(pos), abs(neg)) / top
    return Fraction(round(pos / step)), Fraction(round(neg / step)), step, False


def clip(s: Sweep, node: Node, flow: Flow) -> Flow:
    op = node.op
    assert isinstance(op, Clip)
    if not flow.offsetless or not flow.uniform or flow.mul[0] <= 0 or flow.bit:
        flow = s.settled(flow, one_unit=True)
    at = s.bounds(flow)
    if op.lo <= int(min(at.lo)) * flow.mul[0] and int(max(at.hi)) * flow.mul[0] <= op.hi:
        s.r.drop(node, flow.name)
        return flow
    flow = s.narrowed(flow, 1 << CLIP_BITS)
    lo, hi = nearest_bounds(op, flow.mul[0], int(max(s.largest(flow))))
    finer = finer_by(lo, hi)
    if finer > 1:
        fixed = Fixed(np.full(len(flow.mul), finer), np.zeros(len(flow.mul), np.int64), flow.mul / finer)
        flow = s.affine(flow, fixed)
        lo, hi = lo * finer, hi * finer
    if lo.denominator > 1 or hi.denominator > 1:
        s.notes.append(f"{node.name}: its bounds are rounded to {CLIP_BITS} bits or more")
    return Flow(s.write(Clip(round(lo), round(hi)), [flow], node.name), node.tensor.shape, flow.mul, flow.add)


def nearest_bounds(op: Clip, mul: Fraction, largest: int) -> tuple[Fraction, Fraction]:
    """The bounds in integers; one that lies beyond every value, so that it never acts, comes back to them."""
    lo, hi = Fraction(op.lo) / mul, Fraction(op.hi) / mul
    return max(lo, min(hi, Fraction(-largest))), min(hi, max(lo, Fraction(largest)))


def finer_by(lo: Fraction, hi: Fraction) -> int:
    """By which power of two, or exact factor, the integers have to grow for the bounds to be whole, or nearly so."""
    step = unit([lo, hi, Fraction(1)], least=Fraction(1, 256))
    if step is not None:
        return int(1 / step)
    grown, finer = max(abs(lo), abs(hi)), 1
    while grown * finer < 1 << CLIP_BITS:
        finer *= 2
    return finer


def sign(s: Sweep, node: Node, flow: Flow) -> Flow:
    name = flow.name
    if not flow.plain:
        name = s.r.put(Scale(flow.mul, flow.add), [flow.name], f"{node.name}_scale", node.source)
    s.r.keep(node, inputs=[name])
    return s.bits(node)
