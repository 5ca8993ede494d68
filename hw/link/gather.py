"""Packets that are handed on whole: for a line that cannot wait, on which a gap in one would be read as its end."""

from amaranth.hdl import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from binloom.hw.link.format import DELIMITER
from binloom.hw.link.uart import BITS, BYTE

ROOM = 512  # bytes: a block RAM of an iCE40


class Gather(wiring.Component):
    """The bytes of `i` in their order, each packet once the delimiter behind it has come: no byte of it is then waited
    for longer than two cycles. A packet is shorter than ROOM.
    """

    def __init__(self) -> None:
        super().__init__({"i": In(BYTE), "o": Out(BYTE)})

    def elaborate(self, platform) -> Module:
        m = Module()
        m.submodules.buffer = buffer = Memory(shape=BITS, depth=ROOM, init=[])
        write, read = buffer.write_port(), buffer.read_port()
        came, gone, whole = Signal(range(ROOM)), Signal(range(ROOM)), Signal(range(ROOM))  # bytes, modulo ROOM
        after, taken = Signal.like(came), Signal()
        m.d.comb += [
            after.eq(came + 1),
            self.i.ready.eq(after != gone),
            write.addr.eq(came),
            write.data.eq(self.i.payload),
            write.en.eq(self.i.valid & self.i.ready),
            read.addr.eq(gone),
            self.o.payload.eq(read.data),
            taken.eq(self.o.valid & self.o.ready),
        ]
        m.d.sync += self.o.valid.eq((gone != whole) & ~taken)
        with m.If(write.en):
            m.d.sync += came.eq(after)
            with m.If(self.i.payload == DELIMITER):
                m.d.sync += whole.eq(after)
        with m.If(taken):
            m.d.sync += gone.eq(gone + 1)
        return m
