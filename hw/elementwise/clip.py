"""Saturation."""

from types import SimpleNamespace

import numpy as np
from amaranth.hdl import Mux, Value

from binloom.hw.element import Element
from binloom.hw.elementwise.base import Elementwise, Hold
from binloom.hw.stream import Map


class Clip(Elementwise):
    """y = min(max(x, lo), hi). Latency 1 cycle, one beat a cycle. The output is as narrow as the bounds allow.

    Bounds of -(2**n - 1) and 2**n - 1, as the 8-bit dataflow has them, need no comparison: a number is past them where
    its upper bits are not all its sign, or where the lower ones of a negative one are all 0.
    """

    def __init__(self, i_map: Map, lo: int, hi: int) -> None:
        if lo > hi:
            raise ValueError(f"the lower bound must not exceed the upper one, got {lo} > {hi}")
        self.lo, self.hi = lo, hi
        element = i_map.element
        super().__init__(i_map, Element(min(max(element.lo, lo), hi), min(max(element.hi, lo), hi)))

    def lane(self, x: Value, constant: SimpleNamespace, hold: Hold) -> Value:
        places = self.hi.bit_length()
        if self.hi == -self.lo == (1 << places) - 1 > 0 and self.i_map.element.signed and len(x) > places + 1:
            upper, lower, sign = x[places:-1], x[:places], x[-1]
            high, low = ~sign & upper.any(), sign & ~(upper.all() & lower.any())
            return Mux(high | low, Mux(sign, self.lo, self.hi), x)
        return Mux(x < self.lo, self.lo, Mux(x > self.hi, self.hi, x))

    def values(self, x: np.ndarray, constant: SimpleNamespace) -> np.ndarray:
        return np.clip(x, self.lo, self.hi)
