"""A bit from a number: batch normalisation and sign, folded into one comparison a channel."""

from types import SimpleNamespace

import numpy as np
from amaranth.hdl import Value

from binloom.hw.element import BIT
from binloom.hw.elementwise.base import Elementwise, Hold
from binloom.hw.stream import Map


class Threshold(Elementwise):
    """bit = (x >= bound[c]) xor flip[c].

    Latency 1 cycle, 2 where the channels take several beats a pixel; one beat a cycle. Bounds may lie outside of
    what `x` can be: then the bit is a constant.
    """

    def __init__(self, i_map: Map, bound: np.ndarray, flip: np.ndarray) -> None:
        # Beyond one above the largest number every bound means the same: this keeps the stored ones narrow.
        bound = np.clip(np.asarray(bound, np.int64), i_map.element.lo, i_map.element.hi + 1)
        super().__init__(i_map, BIT, {"bound": bound, "flip": np.asarray(flip, bool)})

    def lane(self, x: Value, constant: SimpleNamespace, hold: Hold) -> Value:
        return (x >= constant.bound) ^ constant.flip

    def values(self, x: np.ndarray, constant: SimpleNamespace) -> np.ndarray:
        return (x >= constant.bound) ^ (constant.flip == 1)
