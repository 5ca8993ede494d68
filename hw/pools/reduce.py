"""What the circuits of pools share: how values become one, and the figures of a block with a value a window."""

from abc import ABC, abstractmethod
from dataclasses import replace

import numpy as np
from amaranth.hdl import Shape, Value

from binloom.hw.element import Element
from binloom.hw.stream import Block, Map, repeated
from binloom.hw.windows.places import Geometry


class Reduction(ABC):
    """What a pool does with two values; the order must not matter."""

    identity: int
    """A value that changes nothing, in place of a padded one."""

    @abstractmethod
    def shape(self, count: int) -> Shape:
        """The shape, of at least one bit, that holds any reduction of up to `count` elements."""

    @abstractmethod
    def combine(self, a: Value, b: Value) -> Value:
        """Two values become one."""

    def enter(self, value: Value) -> Value:
        """A stored element as a value."""
        return value

    def tree(self, values: list[Value]) -> Value:
        while len(values) > 1:
            pairs = zip(values[::2], values[1::2], strict=False)
            values = [self.combine(a, b) for a, b in pairs] + values[len(values) & ~1 :]
        return values[0]


class Reducer(Block):
    """Same channels and lanes in and out, one output position a window. Its model is that of the pool it serves."""

    def __init__(self, i_map: Map, geometry: Geometry, reduction: Reduction, o_element: Element) -> None:
        self.i_map, self.geometry, self.reduction = i_map, geometry, reduction
        self.o_map = replace(i_map, height=geometry.out_height, width=geometry.out_width, element=o_element)
        super().__init__()

    def needs(self) -> np.ndarray:
        return repeated(self.sweep_needs(), self.i_map.sweeps, self.i_map.plane.beats)

    def sweep_needs(self) -> np.ndarray:
        """`needs` of one sweep."""
        return self.geometry.needs(self.i_map.groups)
