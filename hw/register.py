"""A register on a stream that costs no throughput."""

from amaranth.hdl import Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from binloom.hw.stream import Map


class StreamRegister(wiring.Component):
    """Cuts the forward path of a stream (payload and valid); ready stays combinational.

    Latency 1 cycle, one beat a cycle. `i.ready` is high when the register is empty or being read.
    """

    def __init__(self, map: Map) -> None:
        super().__init__({"i": In(map.signature), "o": Out(map.signature)})

    def elaborate(self, platform) -> Module:
        m = Module()
        m.d.comb += self.i.ready.eq(~self.o.valid | self.o.ready)
        with m.If(self.i.ready):
            m.d.sync += [self.o.valid.eq(self.i.valid), self.o.payload.eq(self.i.payload)]
        return m
