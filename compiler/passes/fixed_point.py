"""Scales that cannot vanish, as integer affines: exact where that takes few bits, else to 24 significant ones.

A real scale y = mul * x + add of an integer x becomes y = unit * (M * x + A), M and A integers. 24 bits are what
Keras' float32 has: a result can differ from Keras' only where float32 itself is undecided.
"""

import math
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from binloom.compiler.exact import constant, integers, uniform, unit

SIGNIFICANT = 24
LIMIT = 1 << SIGNIFICANT

# The largest factor that is worth its bits to have an offset exact.
FINEST = 1 << 16


@dataclass(frozen=True, slots=True, eq=False)
class Fixed:
    """mul * x + add = unit * (M * x + A), channel by channel, exactly or nearly."""

    mul: np.ndarray  # M, int64
    add: np.ndarray  # A, int64
    unit: np.ndarray  # Fractions
    exact: bool


def to_one_unit(mul: np.ndarray, add: np.ndarray) -> Fixed:
    """The same positive unit in all channels: what a sum over channels needs."""
    step = unit([*mul, *add])
    if max(abs(m) for m in mul) < LIMIT * step:
        return Fixed(integers(mul / step), integers(add / step), constant(step, len(mul)), True)
    if uniform(mul):
        return offset_only(mul, add)
    return at(power_below(max(abs(m) for m in mul)) / (1 << (SIGNIFICANT - 1)), mul, add)


def offset_only(mul: np.ndarray, add: np.ndarray) -> Fixed:
    """Units that differ by channel as mul does; only the offset becomes part of the integer. No mul may be 0."""
    offsets = add / mul
    finer = finer_by(offsets)
    whole = [round(offset * finer) for offset in offsets]
    exact = all(Fraction(w, finer) == offset for w, offset in zip(whole, offsets, strict=True))
    return Fixed(np.full(len(mul), finer, np.int64), integers(map(Fraction, whole)), mul / finer, exact)


def finer_by(offsets: np.ndarray) -> int:
    """By how much the integers grow so that all offsets are whole; else so that the largest has 24 significant bits."""
    exact = math.lcm(*(offset.denominator for offset in offsets))
    if exact <= FINEST:
        return exact
    return 1 << max(0, SIGNIFICANT - int(max(abs(offset) for offset in offsets)).bit_length())


def at(step: Fraction, mul: np.ndarray, add: np.ndarray) -> Fixed:
    """Rounded to whole multiples of a step."""
    wholes = [integers([Fraction(round(value / step)) for value in values]) for values in (mul, add)]
    exact = all(
        m * step == w
        for values, whole in zip((mul, add), wholes, strict=True)
        for m, w in zip(values, whole.tolist(), strict=True)
    )
    return Fixed(*wholes, constant(step, len(mul)), exact)


def power_below(value: Fraction) -> Fraction:
    """The largest power of two that does not exceed a positive value."""
    exponent = value.numerator.bit_length() - value.denominator.bit_length()
    power = Fraction(2) ** exponent
    return power if power <= value else power / 2
