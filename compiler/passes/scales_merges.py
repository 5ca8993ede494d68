"""How scales sink through what joins branches.

    Scale(s, a), Scale(t, b) -> Add      becomes   Affine(s / u), Affine(t / u) -> Add -> Scale(u, a + b)
    Scale(s, a), Scale(t, b) -> Concat   becomes   Concat -> Scale(s beside t, a beside b)

u is the largest rational of which s and t are whole multiples, channel by channel; a branch whose factor is 1 needs no
Affine. Where the multiples would be large, s and t are first rounded to 24 significant bits.
"""

from collections.abc import Sequence

import numpy as np

from binloom.compiler.exact import constant, integers, unit
from binloom.compiler.ir.graph import Node
from binloom.compiler.passes.fixed_point import RESULT, Fixed, coarse, fine, power_below, to_grid
from binloom.compiler.passes.flow import ACCUMULATOR, Flow, Sweep

# How much finer or coarser than needed a branch's own unit may be.
SPARE = 16


def add(s: Sweep, node: Node, *flows: Flow) -> Flow:
    total = sum((flow.add for flow in flows[1:]), flows[0].add)
    flows = tuple(s.live(flow) for flow in flows)
    known = exactly(s, flows)
    if known is None:
        flows = tuple(slim(s, flow) for flow in flows)
        known = nearly(s, flows)
    step, fixed = known
    ready = [flow if f.trivial else s.affine(flow, f) for flow, f in zip(flows, fixed, strict=True)]
    return Flow(s.write(node.op, ready, node.name), node.tensor.shape, step, total)


def reach(s: Sweep, flows: Sequence[Flow]) -> np.ndarray:
    """The largest |sum| of each channel, the offsets aside."""
    return sum(abs(flow.mul) * s.largest(flow) for flow in flows)


def exactly(s: Sweep, flows: Sequence[Flow]) -> tuple[np.ndarray, list[Fixed]] | None:
    """What the sum owes and each branch's affine, if whole multiples of one unit a channel stay narrow."""
    channels = len(flows[0].mul)
    step = np.array([*(unit(flow.mul[c] for flow in flows) for c in range(channels)), None], object)[:-1]
    multiples = [flow.mul / step for flow in flows]
    if not all((m == 1).all() for m in multiples) and (reach(s, flows) / step >= 1 << RESULT).any():
        return None
    none = np.zeros(channels, np.int64)
    return step, [Fixed(integers(m), none, step) for m in multiples]


def nearly(s: Sweep, flows: Sequence[Flow]) -> tuple[np.ndarray, list[Fixed]]:
    """The same with one power of two as the unit: a branch's own if that serves, which then needs no affine."""
    most = max(reach(s, flows))
    step = coarse(most)
    own = [
        flow.mul[0] for flow in flows if flow.uniform and flow.mul[0] > 0 and flow.mul[0] == power_below(flow.mul[0])
    ]
    step = next((u for u in own if step / SPARE <= u <= step * SPARE), step)
    channels = len(flows[0].mul)
    none = constant(0, channels)
    return constant(step, channels), [to_grid(flow.mul, none, step, fine(most, s.largest(flow))) for flow in flows]


def slim(s: Sweep, flow: Flow) -> Flow:
    """The flow, no wider than a result may be."""
    return s.narrowed(flow, 1 << (ACCUMULATOR - RESULT))


def concat(s: Sweep, node: Node, *flows: Flow) -> Flow:
    mul, total = (np.concatenate([getattr(flow, field) for flow in flows]) for field in ("mul", "add"))
    name = s.write(node.op, list(flows), node.name)
    return Flow(name, node.tensor.shape, mul, total, all(flow.bit for flow in flows))
