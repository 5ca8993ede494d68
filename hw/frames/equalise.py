"""Histogram equalisation of a frame."""

import numpy as np
from amaranth.hdl import Module, Mux, Signal
from amaranth.lib.memory import Memory

from binloom.hw.element import Element
from binloom.hw.frames.divider import Divider
from binloom.hw.frames.frame_table import Filling, FrameTable
from binloom.hw.stream import Map

TOP = 255
BITS = 8


class Equalise(FrameTable):
    """y = floor(TOP * (c[x] - c0) / (n - c0) + 1/2); of a frame's n pixels c[v] are at most v, and c0 the least one.

    A frame of equal pixels stays as it is. A memory counts the pixels of each value, a pixel a cycle; then each word
    takes 13 cycles: its count is read, added, cleared for the next frame, and divided.
    """

    clears = True

    def __init__(self, i_map: Map) -> None:
        super().__init__(i_map, Element(0, TOP))

    @property
    def divider(self) -> Divider:
        counts = self.i_map.pixels.bit_length()
        return Divider(counts + BITS + 3, counts + 1, BITS)

    @property
    def making(self) -> int:
        return 1 + self.words * (self.divider.cycles + 3)

    def table(self, frame: np.ndarray) -> np.ndarray:
        upto = np.bincount(frame, minlength=self.words).cumsum()
        n, least = len(frame), upto[frame.min()]
        if n == least:
            return np.arange(self.words)
        return (2 * TOP * (upto - least) + n - least) // (2 * (n - least))

    def gather(self, m: Module, filling: Filling) -> None:
        n, word = self.i_map.pixels, filling.word
        width = n.bit_length()
        m.submodules.counts = counts = Memory(shape=width, depth=self.words, init=[])
        write = counts.write_port()
        # A pixel equal to the one before finds the count that is just being written.
        read = counts.read_port(transparent_for=(write,))
        m.submodules.divider = divider = self.divider

        x, counted = Signal(len(filling.x)), Signal()
        m.d.sync += [x.eq(filling.x), counted.eq(filling.taken)]
        asked, added = Signal(), Signal()  # the count of `word` is read; it is there
        upto, least, seen = Signal(width), Signal(width), Signal()
        m.d.comb += [
            asked.eq(0),
            read.addr.eq(Mux(filling.taken, filling.x, word)),
            read.en.eq(filling.taken | asked),
            write.addr.eq(Mux(counted, x, word)),
            write.data.eq(Mux(counted, read.data + 1, 0)),
            write.en.eq(counted | added | filling.clear),
        ]
        rest, above = Signal(width), Signal(width)
        m.d.comb += [
            rest.eq(n - least),
            above.eq(upto - least),
            divider.number.eq((above << (BITS + 1)) - (above << 1) + rest),  # TOP is 2**BITS - 1
            divider.divisor.eq(rest << 1),
            filling.y.eq(Mux(rest == 0, word, divider.q)),
            filling.put.eq(divider.done),
        ]
        with m.FSM(name="make"):
            with m.State("IDLE"), m.If(filling.begin):
                m.d.sync += [upto.eq(0), least.eq(0), seen.eq(0)]
                m.next = "ASK"
            with m.State("ASK"):
                m.d.comb += asked.eq(1)
                m.next = "ADD"
            with m.State("ADD"):
                m.d.comb += added.eq(1)
                m.d.sync += upto.eq(upto + read.data)
                with m.If(~seen):
                    m.d.sync += [least.eq(read.data), seen.eq(read.data.any())]
                m.next = "START"
            with m.State("START"):
                m.d.comb += divider.start.eq(1)
                m.next = "DIVIDE"
            with m.State("DIVIDE"), m.If(divider.done):
                m.next = "ASK"
                with m.If(word == self.words - 1):
                    m.next = "IDLE"
