"""A stream's ready, cut: what the reader says reaches the writer a cycle later, and nothing is lost meanwhile."""

import numpy as np
from amaranth.hdl import Module, Mux, Signal, Value

from binloom.hw.stream import Block, Map


class Skid(Block):
    """Hands each beat on at once; one beat that its reader does not take waits in a register.

    `i.ready` comes out of a register, so that a chain of blocks does not make one long path of their readies, from
    the last block to the first. Payload and valid pass through. Latency 0, one beat a cycle.
    """

    latency = 0

    def __init__(self, map: Map) -> None:
        self.i_map = self.o_map = map
        super().__init__()

    def needs(self) -> np.ndarray:
        return np.arange(self.o_map.beats) + 1

    def model(self, beats: np.ndarray) -> np.ndarray:
        return np.asarray(beats)

    def elaborate(self, platform) -> Module:
        m = Module()
        full = Signal()
        payload = Value.cast(self.i.payload)
        waiting = Signal(len(payload), reset_less=True)
        m.d.comb += [
            self.i.ready.eq(~full),
            self.o.valid.eq(self.i.valid | full),
            Value.cast(self.o.payload).eq(Mux(full, waiting, payload)),
        ]
        m.d.sync += full.eq(self.o.valid & ~self.o.ready)
        # What comes while the register is free is kept in any case: that way its enable needs no ready either.
        with m.If(~full):
            m.d.sync += waiting.eq(payload)
        return m
