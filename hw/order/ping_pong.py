"""Two halves of a memory in turn: while one is filled, the other is read."""

from amaranth.hdl import Module, Signal
from amaranth.lib.wiring import In, Out

from binloom.hw.part import Part


class PingPong(Part):
    """The control of a memory of two halves, between a stream that fills them and one that empties them.

    `write` is high in a cycle in which an input beat is taken into half `w_half`; `filled` says that it is the half's
    last. `read` is high in a cycle that fetches a word of half `r_half` for the output register, which holds it, and
    `o_valid` with it, from the next cycle on; `emptied` says that it is the half's last word. `i_ready` comes from
    registers alone.
    """

    def __init__(self) -> None:
        inputs, outputs = ("i_valid", "filled", "o_ready", "emptied"), ("i_ready", "write", "o_valid", "read")
        halves = ("w_half", "r_half")
        ports = {name: In(1) for name in inputs} | {name: Out(1) for name in (*outputs, *halves)}
        super().__init__(lambda: ports)

    def elaborate(self, platform) -> Module:
        m = Module()
        full = Signal(2)
        free = Signal()
        m.d.comb += [
            self.i_ready.eq(~full.bit_select(self.w_half, 1)),
            self.write.eq(self.i_valid & self.i_ready),
            free.eq(~self.o_valid | self.o_ready),
            self.read.eq(free & full.bit_select(self.r_half, 1)),
        ]
        with m.If(free):
            m.d.sync += self.o_valid.eq(self.read)
        with m.If(self.write & self.filled):
            m.d.sync += [full.bit_select(self.w_half, 1).eq(1), self.w_half.eq(~self.w_half)]
        with m.If(self.read & self.emptied):
            m.d.sync += [full.bit_select(self.r_half, 1).eq(0), self.r_half.eq(~self.r_half)]
        return m
