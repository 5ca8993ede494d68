"""A queue on a stream: room for a branch that has to wait for its longer sibling."""

import numpy as np
from amaranth.hdl import Module, Value
from amaranth.lib import fifo, wiring

from binloom.hw.register import StreamRegister
from binloom.hw.stream import Block, Map

# A queue this short is a chain of registers: a memory's addresses would cost more, and its own register.
MAX_REGISTERS = 2


class Fifo(Block):
    """Holds up to `depth` beats. One beat a cycle; latency 2, or 1 for a depth of 1.

    A short one is registers; a longer one is a memory, of the kind that synthesis finds fit for its size, with a
    register behind it that counts in `depth`.
    """

    def __init__(self, map: Map, depth: int) -> None:
        if depth < 1:
            raise ValueError(f"a FIFO's depth must be at least 1, got {depth}")
        self.i_map = self.o_map = map
        self.depth = depth
        super().__init__()

    @property
    def latency(self) -> int:
        return min(self.depth, MAX_REGISTERS)

    def needs(self) -> np.ndarray:
        return np.arange(self.o_map.beats) + 1

    def model(self, beats: np.ndarray) -> np.ndarray:
        return np.asarray(beats)

    def elaborate(self, platform) -> Module:
        m = Module()
        if self.depth <= MAX_REGISTERS:
            stream = wiring.flipped(self.i)
            for _ in range(self.depth):
                m.submodules += (register := StreamRegister(self.i_map))
                wiring.connect(m, stream, register.i)
                stream = register.o
            wiring.connect(m, stream, wiring.flipped(self.o))
            return m

        m.submodules.queue = queue = fifo.SyncFIFOBuffered(
            width=self.i_map.stored_width * self.i_map.lanes, depth=self.depth
        )
        m.d.comb += [
            queue.w_data.eq(Value.cast(self.i.payload)),
            queue.w_en.eq(self.i.valid),
            self.i.ready.eq(queue.w_rdy),
            Value.cast(self.o.payload).eq(queue.r_data),
            self.o.valid.eq(queue.r_rdy),
            queue.r_en.eq(self.o.ready),
        ]
        return m
