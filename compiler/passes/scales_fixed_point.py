"""How a scale ends in a number of few bits: one integer affine that rounds, and a clip that saturates.

    x -> Scale(s, a) -> FixedPoint(step, lo, hi)
        becomes    x -> Affine(s / step * 2**f, (a / step + 1/2) * 2**f, shift f) -> Clip(lo, hi) -> Scale(step)

That is exact where s / step is a whole number of 2**-f: a sum of numbers on grids, say. Other factors are rounded, to
FACTOR bits with their sign (what a multiplier of an ECP5 takes), or to as many more as keep every value within
1 / NEAR of a step of where it was before it is rounded; a note says how many and how far. A channel that saturates
whatever its input is becomes a constant.
"""

import math
from fractions import Fraction

import numpy as np

from binloom.compiler.exact import constant
from binloom.compiler.ir.graph import Node
from binloom.compiler.ir.ops import Affine, Clip, FixedPoint
from binloom.compiler.passes.fixed_point import RESULT, Fixed, power_below, whole
from binloom.compiler.passes.flow import Flow, Sweep

FACTOR = 18
NEAR = 8
HALF = Fraction(1, 2)


def fixed_point(s: Sweep, node: Node, flow: Flow) -> Flow:
    op = node.op
    assert isinstance(op, FixedPoint)
    flow = s.narrowed(s.live(flow), 1 << FACTOR)
    slopes, offsets = flow.mul / op.step, flow.add / op.step + constant(HALF, len(flow.add))
    slopes, offsets = saturated(s, flow, op, slopes, offsets)
    largest = s.largest(flow)
    shift = dyadic(slopes)
    exact = shift is not None
    if shift is None:
        shift = places(slopes, largest)
    factors = [round(slope * (1 << shift)) for slope in slopes]
    # A fraction of an addend cannot change what is rounded down after whole numbers.
    addends = [math.floor(offset * (1 << shift) + (0 if exact else HALF)) for offset in offsets]
    if not exact:
        bits = max(abs(factor) for factor in factors).bit_length() + 1
        moved = max(
            abs(Fraction(f, 1 << shift) - slope) * most + abs(Fraction(a, 1 << shift) - offset)
            for f, a, slope, offset, most in zip(factors, addends, slopes, offsets, largest, strict=True)
        )
        s.notes.append(
            f"{node.name}: factors rounded to {bits} bits; before it is rounded, a value moves by at most "
            f"{100 * float(moved):.2g}% of a step"
        )
    fixed = Fixed(whole(factors), whole(addends), constant(Fraction(op.step), len(factors)), shift)
    return written(s, node, flow, fixed)


def written(s: Sweep, node: Node, flow: Flow, fixed: Fixed) -> Flow:
    """The affine and the clip, as far as they do anything; the last of them has the node's name."""
    op = node.op
    assert isinstance(op, FixedPoint)
    at = s.bounds(flow)
    ends = np.stack([(end.astype(object) * fixed.mul + fixed.add) >> fixed.shift for end in (at.lo, at.hi)])
    saturates = bool((ends < op.lo).any() or (ends > op.hi).any())
    if fixed.trivial and not saturates and not flow.bit:
        s.r.drop(node, flow.name)
        name = flow.name
    elif not saturates:
        name = s.write(Affine(fixed.mul, fixed.add, fixed.shift), [flow], node.name)
    else:
        flow = flow if fixed.trivial and not flow.bit else s.affine(flow, fixed)
        name = s.write(Clip(op.lo, op.hi), [flow], node.name)
    return Flow(name, node.tensor.shape, fixed.unit, constant(0, len(fixed.unit)))


def saturated(
    s: Sweep, flow: Flow, op: FixedPoint, slopes: np.ndarray, offsets: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The same for every input, without slopes and offsets of channels that never leave one end."""
    at = s.bounds(flow)
    ends = np.stack([slopes * end.astype(object) + offsets for end in (at.lo, at.hi)])
    low, high = (ends < op.lo + 1).all(axis=0), (ends >= op.hi).all(axis=0)
    none = constant(0, len(slopes))
    slopes = np.where(low | high, none, slopes)
    return slopes, np.where(low, none + op.lo, np.where(high, none + op.hi, offsets))


def dyadic(values: np.ndarray) -> int | None:
    """The fewest binary places in which all values are exact; None where there are none, or where they are wide."""
    denominators = [Fraction(value).denominator for value in values]
    if any(d & (d - 1) for d in denominators):
        return None
    shift = max(denominators).bit_length() - 1
    return shift if shift < RESULT and max(abs(values)) * (1 << shift) < 1 << RESULT else None


def places(slopes: np.ndarray, largest: np.ndarray) -> int:
    """Binary places of the factors: FACTOR bits for the largest, and NEAR kept."""
    steepest = max(abs(slopes))
    exponent = power_below(steepest).numerator.bit_length() - power_below(steepest).denominator.bit_length()
    near = (NEAR * int(max(largest))).bit_length()
    return max(0, FACTOR - 2 - exponent, near)
