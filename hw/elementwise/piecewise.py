"""Another slope below zero: ReLU, leaky ReLU, PReLU with integer slopes."""

from types import SimpleNamespace

import numpy as np
from amaranth.hdl import Mux, Value

from binloom.hw.element import Element
from binloom.hw.elementwise.base import Elementwise, Hold
from binloom.hw.stream import Map


class PiecewiseAffine(Elementwise):
    """y = x * pos[c] where x >= 0, x * neg[c] elsewhere; `o_element` must hold it for every `x`.

    Latency 2 cycles (slope, product), 3 where the channels take several beats a pixel; one beat a cycle. A plain
    ReLU (every pos 1, every neg 0) multiplies nothing and takes 1 cycle.
    """

    def __init__(self, i_map: Map, pos: np.ndarray, neg: np.ndarray, o_element: Element) -> None:
        if o_element.bit:
            raise ValueError("a piecewise affine block gives integers, got bits as its output element")
        pos, neg = np.asarray(pos, np.int64), np.asarray(neg, np.int64)
        self.relu = bool((pos == 1).all() and (neg == 0).all() and pos.shape == neg.shape == (i_map.channels,))
        self.stages = 1 if self.relu else 2
        super().__init__(i_map, o_element, {} if self.relu else {"pos": pos, "neg": neg})

    def lane(self, x: Value, constant: SimpleNamespace, hold: Hold) -> Value:
        if self.relu:
            return Mux(x >= 0, x, 0)
        return hold(x, "x") * hold(Mux(x >= 0, constant.pos, constant.neg), "slope")

    def values(self, x: np.ndarray, constant: SimpleNamespace) -> np.ndarray:
        if self.relu:
            return np.maximum(x, 0)
        return np.where(x >= 0, x * constant.pos, x * constant.neg)
