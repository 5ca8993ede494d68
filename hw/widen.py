"""The same numbers in another element: wires only."""

import numpy as np
from amaranth.hdl import Module

from binloom.hw.element import Element
from binloom.hw.stream import Block, Map, decode


class Widen(Block):
    """Each number as an `o_element`, which must hold every value that can come: bits become -1 and +1.

    Combinational: latency 0, one beat a cycle, no register.
    """

    def __init__(self, i_map: Map, o_element: Element) -> None:
        element = i_map.element
        if i_map.masked:
            raise ValueError("only a map without a mask can change its element, got a masked one")
        if element != o_element and (o_element.bit or not o_element.lo <= element.lo <= element.hi <= o_element.hi):
            raise ValueError(f"the output element must hold every {element}, got {o_element}")
        self.i_map = i_map
        self.o_map = Map(i_map.height, i_map.width, i_map.channels, i_map.lanes, o_element)
        super().__init__()

    @property
    def latency(self) -> int:
        return 0

    def needs(self) -> np.ndarray:
        return np.arange(1, self.o_map.beats + 1)

    def model(self, beats: np.ndarray) -> np.ndarray:
        return widen(np.asarray(beats, np.int64), self.i_map.element, self.o_map.element)

    def elaborate(self, platform) -> Module:
        m = Module()
        m.d.comb += [self.o.valid.eq(self.i.valid), self.i.ready.eq(self.o.ready)]
        for target, source in zip(self.o.payload, self.i.payload, strict=True):
            m.d.comb += target.eq(convert(source, self.i_map.element, self.o_map.element))
        return m


def convert(value, element: Element, o_element: Element):
    """An element's wires as another element's: bits stay bits, and become numbers beside numbers."""
    return value if o_element.bit else decode(value, element)


def widen(values: np.ndarray, element: Element, o_element: Element) -> np.ndarray:
    """What `convert` does to stored numbers."""
    return 2 * values - 1 if element.bit and not o_element.bit else values
