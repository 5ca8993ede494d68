"""A fixed-point multiply and add a channel: scales that no threshold swallowed, and requantisation."""

from types import SimpleNamespace

import numpy as np
from amaranth.hdl import Value

from binloom.hw.element import Element
from binloom.hw.elementwise.base import Elementwise, Hold
from binloom.hw.stream import Map


class Affine(Elementwise):
    """y = floor((x * mul[c] + add[c]) / 2**shift), which `o_element` must hold for every `x`.

    Latency 2 cycles (product, sum), 3 where the channels take several beats a pixel; one beat a cycle.
    """

    stages = 2

    def __init__(self, i_map: Map, mul: np.ndarray, add: np.ndarray, shift: int, o_element: Element) -> None:
        if shift < 0:
            raise ValueError(f"shift must not be negative, got {shift}")
        if o_element.bit:
            raise ValueError("an affine block gives integers, got bits as its output element")
        self.shift = shift
        super().__init__(i_map, o_element, {"mul": mul, "add": add})

    def lane(self, x: Value, constant: SimpleNamespace, hold: Hold) -> Value:
        product = hold(x * constant.mul, "product")
        # A stored addend belongs to the beat of its product: it waits with it.
        addend = hold(constant.add, "addend") if self.stored else constant.add
        return (product + addend) >> self.shift

    def values(self, x: np.ndarray, constant: SimpleNamespace) -> np.ndarray:
        return (x * constant.mul + constant.add) >> self.shift
