"""How scales sink through what joins branches.

    Scale(s, a), Scale(t, b) -> Add      becomes   Affine(s / u), Affine(t / u) -> Add -> Scale(u, a + b)
    Scale(s, a), Scale(t, b) -> Concat   becomes   Concat -> Scale(s beside t, a beside b)

u is the largest rational of which s and t are whole multiples, channel by channel; a branch whose factor is 1 needs no
Affine. Where the multiples would be large, s and t are first rounded to 24 significant bits.
"""

from fractions import Fraction

import numpy as np

from binloom.compiler.exact import constant, integers, unit
from binloom.compiler.ir.graph import Node
from binloom.compiler.passes.fixed_point import LIMIT, SIGNIFICANT, Fixed, at, power_below
from binloom.compiler.passes.flow import Flow, Sweep


def add(s: Sweep, node: Node, *flows: Flow) -> Flow:
    total = sum((flow.add for flow in flows[1:]), flows[0].add)
    units = [unit(flow.mul[c] for flow in flows) for c in range(len(total))]
    step = np.array([*units, None], object)[:-1]
    multiples = [flow.mul / step for flow in flows]
    if all(abs(m) < LIMIT for multiple in multiples for m in multiple):
        fixed = [Fixed(integers(m), np.zeros(len(m), np.int64), step, True) for m in multiples]
    else:
        common = common_step(flows)
        fixed = [at(common, flow.mul, constant(0, len(flow.mul))) for flow in flows]
        step = constant(common, len(total))
    ready = [flow if (f.mul == 1).all() else s.affine(flow, f) for flow, f in zip(flows, fixed, strict=True)]
    return Flow(s.write(node.op, ready, node.name), node.tensor.shape, step, total)


def common_step(flows: tuple[Flow, ...]) -> Fraction:
    """A power of two that leaves the smallest branch 24 significant bits."""
    peaks = [max(abs(m) for m in flow.mul) for flow in flows]
    return power_below(min(peak for peak in peaks if peak)) / (1 << (SIGNIFICANT - 1))


def concat(s: Sweep, node: Node, *flows: Flow) -> Flow:
    mul, total = (np.concatenate([getattr(flow, field) for flow in flows]) for field in ("mul", "add"))
    name = s.write(node.op, list(flows), node.name)
    return Flow(name, node.tensor.shape, mul, total, all(flow.bit for flow in flows))
