"""Which block multiplies and adds a channel: a multiplier, a table, or additions."""

import numpy as np

from binloom.hw.element import Element
from binloom.hw.elementwise.affine import Affine
from binloom.hw.elementwise.lookup import Lookup
from binloom.hw.elementwise.shift_affine import ShiftAffine
from binloom.hw.stream import Map

# Numbers up to so many bits are looked up rather than multiplied: sums of bits under kernels of up to 7 x 7.
LOOKED_UP = 7

# What products are made of where it is a choice: what synthesis takes for them, or additions alone.
MULTIPLY = ("dsp", "logic")


def multiplies(element: Element, mul: np.ndarray) -> bool:
    """Whether there is such a choice: not for a few values, nor for factors that only shift."""
    sizes = np.abs(np.asarray(mul, np.int64))
    return element.width > LOOKED_UP and bool((sizes & (sizes - 1) != 0).any())


def scaled(
    i_map: Map, mul: np.ndarray, add: np.ndarray, shift: int, o_element: Element, multiply: str = "dsp"
) -> Affine | Lookup:
    """The block that does what an `Affine` does: one without a multiplier where `i` takes few values, or as asked."""
    element = i_map.element
    if multiplies(element, mul):
        return (Affine if multiply == "dsp" else ShiftAffine)(i_map, mul, add, shift, o_element)
    sizes = np.abs(np.asarray(mul, np.int64))
    if (sizes & (sizes - 1) == 0).all():
        return Affine(i_map, mul, add, shift, o_element)
    numbers = np.array([-1, 1]) if element.bit else np.arange(element.lo, element.hi + 1)
    products = np.asarray(mul, np.int64)[:, np.newaxis] * numbers
    values = (products + np.asarray(add, np.int64)[:, np.newaxis]) >> shift
    # A number that only other channels hold may give anything.
    return Lookup(i_map, np.clip(values, o_element.lo, o_element.hi), o_element)
