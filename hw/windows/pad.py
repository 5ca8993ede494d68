"""A border of its own, where no window can take it in."""

from dataclasses import replace

import numpy as np
from amaranth.hdl import Module

from binloom.hw.counter import counter
from binloom.hw.element import Element
from binloom.hw.stream import Block, Map, check_order
from binloom.hw.windows.places import WindowPadding


class Pad(Block):
    """Inserts `padding` around each frame, every element of it the stored value `padding.fill`.

    The output element is widened to hold the fill. One output beat a cycle, latency 0: inside the image payload and
    valid pass straight through, on the border valid is always high. The border before a frame's first pixel comes
    before the frame does.
    """

    latency = 0

    def __init__(self, i_map: Map, padding: WindowPadding) -> None:
        element, fill = i_map.element, padding.fill
        check_order(i_map)
        if fill is None or (element.bit and fill not in (0, 1)):
            raise ValueError(f"a border needs a stored value, over bits 0 or 1, got {fill}")
        if not element.bit:
            element = Element(min(element.lo, fill), max(element.hi, fill))
        self.i_map, self.padding, self.fill = i_map, padding, fill
        height = i_map.height + padding.top + padding.bottom
        width = i_map.width + padding.left + padding.right
        self.o_map = replace(i_map, height=height, width=width, element=element)
        super().__init__()

    def needs(self) -> np.ndarray:
        inside = self._around(np.ones((1, self.i_map.height, self.i_map.width, self.i_map.groups), np.int64), 0)
        return np.tile(inside.ravel(), self.i_map.sweeps).cumsum()

    def model(self, beats: np.ndarray) -> np.ndarray:
        return self.o_map.to_beats(self._around(self.i_map.to_frames(beats), self.fill))

    def _around(self, frames: np.ndarray, fill: int) -> np.ndarray:
        pad = self.padding
        borders = ((0, 0), (pad.top, pad.bottom), (pad.left, pad.right), (0, 0))
        return np.pad(frames, borders, constant_values=fill)

    def elaborate(self, platform) -> Module:
        m = Module()
        pad, i_map, o_map = self.padding, self.i_map, self.o_map
        _, carry = counter(m, "group", o_map.groups, self.o.valid & self.o.ready)
        x, carry = counter(m, "x", o_map.width, carry)
        y, _ = counter(m, "y", o_map.height, carry)
        inside = (x >= pad.left) & (x < pad.left + i_map.width) & (y >= pad.top) & (y < pad.top + i_map.height)
        with m.If(inside):
            m.d.comb += [self.o.valid.eq(self.i.valid), self.i.ready.eq(self.o.ready)]
            m.d.comb += [self.o.payload[lane].eq(self.i.payload[lane]) for lane in range(i_map.lanes)]
        with m.Else():
            m.d.comb += self.o.valid.eq(1)
            m.d.comb += [self.o.payload[lane].eq(self.fill) for lane in range(i_map.lanes)]
        return m
