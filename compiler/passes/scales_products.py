"""How a scale sinks through Conv and Dense: factor through the sum, offset as a constant, signs into the kernel.

    Scale(s, a) -> Conv(w)      becomes      Conv(w) -> Scale(s, sum of w * a)

A kernel still in float64 takes in whatever its input owes, and is quantised on the spot.
"""

from dataclasses import replace
from fractions import Fraction

import numpy as np

from binloom.compiler.exact import constant, rationals
from binloom.compiler.ir.graph import Node
from binloom.compiler.ir.ops import Conv, Dense, OvsfConv
from binloom.compiler.passes.flow import Flow, Sweep
from binloom.compiler.passes.quantise import quantise, tolerates_channels

# By how much the integers of one channel may exceed those of another for both to be weighed on one grid.
EVEN = 16


def conv(s: Sweep, node: Node, flow: Flow) -> Flow:
    op = node.op
    assert isinstance(op, Conv)
    weights, flow, mul, add = product(s, node, flow, op.weights, op.groups, op.padding.any)
    add = add if op.bias is None else add + rationals(op.bias)
    name = s.write(replace(op, weights=weights, bias=None), [flow], node.name)
    return Flow(name, node.tensor.shape, mul, add)


def dense(s: Sweep, node: Node, flow: Flow) -> Flow:
    op = node.op
    assert isinstance(op, Dense)
    weights, flow, mul, add = product(s, node, flow, op.weights[None, None], 1, padded=False)
    add = add if op.bias is None else add + rationals(op.bias)
    name = s.write(replace(op, weights=weights[0, 0], bias=None), [flow], node.name)
    return Flow(name, node.tensor.shape, mul, add)


def ovsf_conv(s: Sweep, node: Node, flow: Flow) -> Flow:
    """Codes are added up over all inputs alike, so that these must owe one factor, signs included."""
    op = node.op
    assert isinstance(op, OvsfConv)
    weights = op.plain.weights
    if not flow.uniform or (op.padding.any and not flow.offsetless):
        flow = s.settled(flow, one_unit=not flow.uniform)
    flow = s.narrowed(flow, growth(weights, s.weight_bits))
    add = offsets(weights, flow.add, 1)
    add = add if op.bias is None else add + rationals(op.bias)
    outputs = weights.shape[3]
    name = s.write(replace(op, bias=None), [flow], node.name)
    return Flow(name, node.tensor.shape, constant(flow.mul[0], outputs), add)


def product(
    s: Sweep, node: Node, flow: Flow, weights: np.ndarray, groups: int, padded: bool
) -> tuple[np.ndarray, Flow, np.ndarray, np.ndarray]:
    """(integer weights, the flow to apply them to, what the result owes: mul and add)."""
    real = weights.dtype.kind == "f"
    # A float kernel takes in factors that differ, where no channel's integers dwarf another's.
    takes_in = real and even(s.largest(flow))
    if padded and not flow.offsetless:
        # A border of zeros is 0 in reals: an offset that stays outside the sum would be missing there.
        flow = s.settled(flow, one_unit=not takes_in and not alike(abs(flow.mul), groups))
    if not takes_in and not alike(abs(flow.mul), groups):
        flow = s.settled(flow, one_unit=True)
    flow = s.narrowed(flow, growth(weights, s.weight_bits))
    add = offsets(weights, flow.add, groups)
    if alike(abs(flow.mul), groups):
        mul = np.repeat(abs(flow.mul.reshape(groups, -1)[:, 0]), weights.shape[3] // groups)
        weights = times_inputs(weights, np.where(flow.mul < 0, -1, 1), groups)
    else:
        mul = constant(1, weights.shape[3])
        weights = times_inputs(weights, flow.mul.astype(np.float64), groups)
    if real:
        weights, factor = quantised(s, node, weights)
        mul = mul * factor
    return weights, flow, mul, add


def even(largest: np.ndarray) -> bool:
    """Whether the largest integers of all channels are of one order of magnitude."""
    some = [most for most in largest if most]
    return not some or max(some) <= EVEN * min(some)


def growth(weights: np.ndarray, weight_bits: int) -> int:
    """By how much a sum of products may exceed its largest input; a float kernel counts as it will be quantised."""
    if weights.dtype.kind == "f":
        return int(np.prod(weights.shape[:3])) << (weight_bits - 1)
    return int(np.abs(weights).astype(np.float64).sum(axis=(0, 1, 2)).max())


def quantised(s: Sweep, node: Node, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Integer weights and a factor an output, with a note of what that costs."""
    per_channel = tolerates_channels(s.graph, node)
    whole, factor, error = quantise(weights, s.weight_bits, per_channel)
    share = "one step a filter" if per_channel else "one step for all"
    cost = f"largest error {100 * error:.2f}% of the largest weight"
    s.notes.append(f"{node.name}: float kernel quantised to {s.weight_bits} bits, {share}, {cost}")
    return whole, factor


def alike(values: np.ndarray, groups: int) -> bool:
    """Whether the channels of each group have one value."""
    grouped = values.reshape(groups, -1)
    return bool((grouped == grouped[:, :1]).all())


def times_inputs(weights: np.ndarray, factors: np.ndarray, groups: int) -> np.ndarray:
    """Weights (kh, kw, inputs / groups, outputs), each multiplied by its input channel's factor."""
    if (factors == 1).all():
        return weights
    kh, kw, inputs, outputs = weights.shape
    split = weights.reshape(kh, kw, inputs, groups, outputs // groups)
    return (split * factors.reshape(groups, inputs).T[None, None, :, :, None]).reshape(weights.shape)


def offsets(weights: np.ndarray, add: np.ndarray, groups: int) -> np.ndarray:
    """What constant inputs of these values add to each output where no border cuts the window."""
    _, _, inputs, outputs = weights.shape
    if (add == 0).all():
        return constant(0, outputs)
    sums = weights.sum(axis=(0, 1)).reshape(inputs, groups, outputs // groups)
    grouped = add.reshape(groups, inputs)
    if weights.dtype.kind == "f":
        found = np.einsum("igo,gi->go", sums, grouped.astype(np.float64))
        return rationals(found.reshape(-1))
    found = [sums[:, g].T.astype(object) @ grouped[g] for g in range(groups)]
    return rationals(Fraction(value) for row in found for value in row)
