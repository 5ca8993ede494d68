"""How a scale sinks through what moves, compares or sums the elements of a channel.

Scale(-s, a) -> MaxPool  becomes  MaxPool(minimum) -> Scale(-s, a)
Scale(s, a)  -> SumPool  becomes  SumPool -> Scale(s, a * elements a window)
Scale(s, a)  -> Reshape  becomes  Reshape -> Scale(s and a, spread over the new channels)
Scale(s, 0)  -> Pad(0)   becomes  Pad(0) -> Scale(s, 0)
"""

from dataclasses import replace

import numpy as np

from binloom.compiler.ir.graph import Node
from binloom.compiler.ir.infer import counts
from binloom.compiler.ir.ops import Fill, MaxPool, Pad, Reshape, SumPool
from binloom.compiler.passes.flow import Flow, Sweep


def max_pool(s: Sweep, node: Node, flow: Flow) -> Flow:
    op = node.op
    assert isinstance(op, MaxPool)
    falling = (flow.mul < 0).astype(bool)
    minimum = falling if op.minimum is None else op.minimum ^ falling
    name = s.write(replace(op, minimum=minimum if minimum.any() else None), [flow], node.name)
    return Flow(name, node.tensor.shape, flow.mul, flow.add, flow.bit)


def sum_pool(s: Sweep, node: Node, flow: Flow) -> Flow:
    op = node.op
    assert isinstance(op, SumPool)
    height, width, _ = flow.shape
    rows = op.rows * counts(op.size[0], op.stride[0], op.padding.top, len(op.rows), height)
    cols = op.cols * counts(op.size[1], op.stride[1], op.padding.left, len(op.cols), width)
    if not flow.offsetless and not ((rows == rows[0]).all() and (cols == cols[0]).all()):
        flow = s.settled(flow, one_unit=False)
    flow = s.narrowed(flow, int(rows.max()) * int(cols.max()))
    name = s.write(op, [flow], node.name)
    return Flow(name, node.tensor.shape, flow.mul, flow.add * int(rows[0]) * int(cols[0]))


def reshape(s: Sweep, node: Node, flow: Flow) -> Flow:
    op = node.op
    assert isinstance(op, Reshape)
    if spread(flow.mul, flow, op) is None or spread(flow.add, flow, op) is None:
        flow = s.settled(flow, one_unit=True)
    mul, add = spread(flow.mul, flow, op), spread(flow.add, flow, op)
    assert mul is not None
    assert add is not None
    return Flow(s.write(op, [flow], node.name), op.shape, mul, add, flow.bit)


def spread(values: np.ndarray, flow: Flow, op: Reshape) -> np.ndarray | None:
    """A value for each channel of the new shape; None where a new channel would need several."""
    height, width, channels = flow.shape
    if (values == values[0]).all():
        return np.full(op.shape[2], values[0], object)
    if channels == op.shape[2]:
        return values
    rows = np.tile(values, height * width).reshape(-1, op.shape[2])
    return rows[0] if (rows == rows[0]).all() else None


def pad(s: Sweep, node: Node, flow: Flow) -> Flow:
    op = node.op
    assert isinstance(op, Pad)
    if op.padding.fill is not Fill.ZERO:
        if not (flow.bit and flow.plain):
            raise ValueError(f"{node.name}: a border of -1 or +1 needs bits")
    elif flow.bit:
        flow = s.settled(flow, one_unit=True)
    elif not flow.offsetless:
        flow = s.settled(flow, one_unit=False)
    return Flow(s.write(op, [flow], node.name), node.tensor.shape, flow.mul, flow.add, flow.bit)
