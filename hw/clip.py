"""Saturation."""

from types import SimpleNamespace

import numpy as np
from amaranth.hdl import Mux, Value

from binloom.hw.element import Element
from binloom.hw.elementwise import Elementwise, Hold
from binloom.hw.stream import Map


class Clip(Elementwise):
    """y = min(max(x, lo), hi). Latency 1 cycle, one beat a cycle. The output is as narrow as the bounds allow."""

    def __init__(self, i_map: Map, lo: int, hi: int) -> None:
        if lo > hi:
            raise ValueError(f"the lower bound must not exceed the upper one, got {lo} > {hi}")
        self.lo, self.hi = lo, hi
        element = i_map.element
        super().__init__(i_map, Element(min(max(element.lo, lo), hi), min(max(element.hi, lo), hi)))

    def lane(self, x: Value, constant: SimpleNamespace, hold: Hold) -> Value:
        return Mux(x < self.lo, self.lo, Mux(x > self.hi, self.hi, x))

    def values(self, x: np.ndarray, constant: SimpleNamespace) -> np.ndarray:
        return np.clip(x, self.lo, self.hi)
