"""Exact rationals in arrays: what a scale, an offset or a slope is until the passes have made it an integer."""

import math
from collections.abc import Iterable
from fractions import Fraction

import numpy as np


def rationals(values: Iterable[object]) -> np.ndarray:
    """A one-dimensional object array of Fractions, each equal to the number given; a float counts as what it stores."""
    flat = [value if isinstance(value, Fraction) else Fraction(_plain(value)) for value in values]
    array = np.empty(len(flat), object)
    array[:] = flat
    return array


def constant(value: Fraction | int, length: int) -> np.ndarray:
    """`length` times the same Fraction."""
    return rationals([Fraction(value)] * length)


def uniform(values: np.ndarray) -> bool:
    """Whether all entries are equal."""
    return bool(np.all(values == values[0]))


def tidy(value: float) -> Fraction:
    """The simple fraction that a float was meant to be: 1/255 for 0.00392156862745098; else the float's own value."""
    exact = Fraction(value)
    simple = exact.limit_denominator(100_000)
    return simple if float(simple) == value else exact


def float32(value: float) -> Fraction:
    """What Keras calculates with where a configuration says `value`: the simple fraction of that float32, if any."""
    stored = np.float32(value)
    simple = Fraction(value).limit_denominator(1000)
    return simple if np.float32(float(simple)) == stored else Fraction(float(stored))


def unit(values: Iterable[Fraction], least: Fraction | int = 0) -> Fraction | None:
    """The largest rational that every value is a whole multiple of, 1 where all are 0; None if it is below `least`."""
    numerator, denominator = 0, 1
    for value in values:
        shared = math.gcd(numerator * value.denominator, value.numerator * denominator)
        numerator, denominator = shared, denominator * value.denominator
        common = math.gcd(numerator, denominator)
        numerator, denominator = numerator // common, denominator // common
        # It only shrinks from here on, and its parts grow: the thousands of digits to come need not be looked at.
        if numerator and numerator < least * denominator:
            return None
    return Fraction(numerator, denominator) if numerator else Fraction(1)


def integers(values: Iterable[Fraction]) -> np.ndarray:
    """Whole Fractions as int64; ValueError where one is not whole or does not fit."""
    found = []
    for value in values:
        if Fraction(value).denominator != 1 or abs(value) >= 1 << 62:
            raise ValueError(f"needs an integer below 2**62, got {value}")
        found.append(int(value))
    return np.array(found, np.int64)


def _plain(value: object) -> int | float:
    return value.item() if isinstance(value, np.generic) else value  # type: ignore[return-value]
