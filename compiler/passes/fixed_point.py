"""Scales that cannot vanish, as integer affines: exact where that stays narrow, else a factor of 24 significant bits.

A real scale mul * x + add of an integer x becomes unit * floor((M * x + A) / 2**shift), all but the unit integers.
24 bits are what Keras' float32 has; a result may take 32, so that what float32 would keep of a small value is kept.
"""

import math
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from binloom.compiler.exact import constant, integers, unit

SIGNIFICANT = 24  # bits of a rounded factor
RESULT = 32  # bits of a result that is not exact
FINEST = 1 << 16  # the largest factor that is worth its bits to have an offset exact


@dataclass(frozen=True, slots=True, eq=False)
class Fixed:
    """mul * x + add = unit * floor((M * x + A) / 2**shift), channel by channel, exactly or nearly."""

    mul: np.ndarray  # M, int64
    add: np.ndarray  # A, int64
    unit: np.ndarray  # Fractions
    shift: int = 0
    exact: bool = True

    @property
    def trivial(self) -> bool:
        return bool(self.shift == 0 and (self.mul == 1).all() and (self.add == 0).all())


def to_one_unit(mul: np.ndarray, add: np.ndarray, largest: np.ndarray) -> Fixed:
    """The same positive unit in all channels: what a sum over channels needs. `largest` is the largest |x| of each."""
    reach = max(abs(mul) * largest + abs(add))
    step = unit([*mul, *add], least=reach / (1 << RESULT))
    if step is not None:
        return Fixed(integers(mul / step), integers(add / step), constant(step, len(mul)))
    finest = fine(reach, largest)
    return to_grid(mul, add, max(finest, coarse(reach)), finest)


def to_grid(mul: np.ndarray, add: np.ndarray, step: Fraction, finest: Fraction) -> Fixed:
    """Rounded to whole multiples of a step, the factors to multiples of `finest`; both are powers of two."""
    finer = min(step, finest)
    factors, offsets = ([round(value / finer) for value in values] for values in (mul, add))
    shift = int(step / finer).bit_length() - 1
    exact = all(f * finer == value for f, value in zip([*factors, *offsets], [*mul, *add], strict=True))
    while shift and not any(value & 1 for value in (*factors, *offsets)):
        factors, offsets, shift = [f >> 1 for f in factors], [o >> 1 for o in offsets], shift - 1
    if shift:
        offsets = [offset + (1 << (shift - 1)) for offset in offsets]
    return Fixed(whole(factors), whole(offsets), constant(step, len(mul)), shift, exact and not shift)


def offset_only(mul: np.ndarray, add: np.ndarray, largest: np.ndarray) -> Fixed:
    """Units that differ by channel as mul does; only the offset becomes part of the integer. No mul may be 0."""
    offsets = add / mul
    reach = max(abs(offsets) + largest)
    step = unit([Fraction(1), *offsets], least=max(Fraction(1, FINEST), reach / (1 << RESULT)))
    if step is None:
        step = Fraction(1, 1 << max(0, SIGNIFICANT - math.ceil(reach).bit_length()))
    finer = int(1 / step)
    rounded = [round(offset * finer) for offset in offsets]
    exact = all(Fraction(near, finer) == offset for near, offset in zip(rounded, offsets, strict=True))
    return Fixed(np.full(len(mul), finer, np.int64), whole(rounded), mul / finer, exact=exact)


def whole(values: list[int]) -> np.ndarray:
    return integers(map(Fraction, values))


def fine(reach: Fraction, largest: np.ndarray) -> Fraction:
    """What factors of integers up to `largest` may be rounded to, for results up to `reach` of 24 significant bits."""
    return power_below(reach / max(1, *largest)) / (1 << (SIGNIFICANT - 1))


def coarse(reach: Fraction) -> Fraction:
    """The finest power of two in which values up to `reach` take no more than the bits of a result."""
    return power_below(reach) * 2 / (1 << (RESULT - 1))


def power_below(value: Fraction) -> Fraction:
    """The largest power of two that does not exceed a positive value."""
    exponent = value.numerator.bit_length() - value.denominator.bit_length()
    power = Fraction(2) ** exponent
    return power if power <= value else power / 2
