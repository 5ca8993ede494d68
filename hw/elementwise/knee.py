"""Two straight lines that part at a number: RPReLU in fixed point, shift, slope and rounding in one block."""

from types import SimpleNamespace

import numpy as np
from amaranth.hdl import Mux, Value

from binloom.hw.element import Element
from binloom.hw.elementwise.base import Elementwise, Hold
from binloom.hw.stream import Map


class Knee(Elementwise):
    """y = floor((x * pos[c] + above[c]) / 2**shift) where x >= knee[c], floor((x * neg[c] + below[c]) / 2**shift) else.

    `o_element` must hold y for every `x`. Knees may lie outside of what `x` can be.
    Latency 3 cycles (side, product, sum), 4 where the channels take several beats a pixel; one beat a cycle.
    """

    stages = 3

    def __init__(
        self,
        i_map: Map,
        knee: np.ndarray,
        pos: np.ndarray,
        neg: np.ndarray,
        above: np.ndarray,
        below: np.ndarray,
        shift: int,
        o_element: Element,
    ) -> None:
        if shift < 0:
            raise ValueError(f"shift must not be negative, got {shift}")
        if o_element.bit:
            raise ValueError("a knee gives integers, got bits as its output element")
        self.shift = shift
        # Beyond one above the largest number every knee means the same: this keeps the stored ones narrow.
        knee = np.clip(np.asarray(knee, np.int64), i_map.element.lo, i_map.element.hi + 1)
        super().__init__(i_map, o_element, {"knee": knee, "pos": pos, "neg": neg, "above": above, "below": below})

    def lane(self, x: Value, constant: SimpleNamespace, hold: Hold) -> Value:
        side = x >= constant.knee
        slope = hold(Mux(side, constant.pos, constant.neg), "slope")
        addend = hold(Mux(side, constant.above, constant.below), "addend")
        product = hold(hold(x, "x") * slope, "product")
        return (product + hold(addend, "waiting")) >> self.shift

    def values(self, x: np.ndarray, constant: SimpleNamespace) -> np.ndarray:
        above = (x * constant.pos + constant.above) >> self.shift
        below = (x * constant.neg + constant.below) >> self.shift
        return np.where(x >= constant.knee, above, below)
