"""How scales sink through the sum over planes.

    Scale(s and a, by filter) -> ShiftAdd      becomes      ShiftAdd -> Scale(s, sum of 2**p * a)

where s is one for all planes of a filter; else integers of one unit come before the sum. Offsets need not be alike.
"""

import numpy as np

from binloom.compiler.ir.graph import Node
from binloom.compiler.ir.ops import ShiftAdd
from binloom.compiler.passes.flow import Flow, Sweep


def shift_add(s: Sweep, node: Node, flow: Flow) -> Flow:
    op = node.op
    assert isinstance(op, ShiftAdd)
    if not (planes_of(op, flow.mul) == planes_of(op, flow.mul)[:, :1]).all():
        flow = s.settled(flow, one_unit=True)
    flow = s.narrowed(flow, (1 << op.planes) - 1)
    weights = np.array([1 << p for p in range(op.planes)], object)[:, np.newaxis]
    add = (planes_of(op, flow.add) * weights).sum(axis=1).reshape(-1)
    name = s.write(op, [flow], node.name)
    return Flow(name, node.tensor.shape, planes_of(op, flow.mul)[:, 0].reshape(-1), add)


def planes_of(op: ShiftAdd, values: np.ndarray) -> np.ndarray:
    """Values of its input's channels, (channel, plane, filter)."""
    return values.reshape(-1, op.planes, op.filters)
