"""Packets out of the bytes of a line: whole ones wait in one of two buffers until they have been dealt with."""

from amaranth.hdl import Array, Cat, Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out, connect, flipped

from binloom.hw.link.cobs import CobsDecoder
from binloom.hw.link.crc import Crc32
from binloom.hw.link.format import CHECK, HEAD, LONGEST
from binloom.hw.link.uart import BITS, BYTE
from binloom.hw.part import Spare

ROOM = 512  # bytes of a buffer: a block RAM of an iCE40


class Inbox(Spare, wiring.Component):
    """While `valid`, byte `addr` of a packet of `length` bytes, its CRC not among them, shows on `data` a cycle later;
    `done` lets it go.

    A byte of the line is taken every ten cycles at least, whatever happens. What is no packet is dropped, and so is one
    that finds both buffers full; each of `malformed`, `crc_error` and `overrun` is high for a cycle then, and
    `accepted` where a packet was whole and had room.
    """

    def __init__(self) -> None:
        super().__init__(
            {
                "i": In(BYTE),
                "valid": Out(1),
                "length": Out(range(LONGEST + 1)),
                "addr": In(range(ROOM)),
                "data": Out(BITS),
                "done": In(1),
                "accepted": Out(1),
                "malformed": Out(1),
                "crc_error": Out(1),
                "overrun": Out(1),
            }
        )

    def elaborate(self, platform) -> Module:
        m = Module()
        m.submodules.cobs = cobs = CobsDecoder()
        m.submodules.crc = crc = Crc32()
        m.submodules.buffers = buffers = Memory(shape=BITS, depth=2 * ROOM, init=[])
        write, read = buffers.write_port(), buffers.read_port()
        full = Array(Signal(name=f"full_{n}") for n in range(2))
        lengths = Array(Signal(range(LONGEST + 1), name=f"length_{n}") for n in range(2))
        mine, theirs = Signal(), Signal()  # the buffer that is filled, the one that is read
        count = Signal(range(LONGEST + 2))  # one more than the longest: too many
        lost, losing = Signal(), Signal()  # the packet that comes in finds no room: from its first byte on
        token = cobs.o.payload
        passes = cobs.o.valid & cobs.o.ready
        first = count == 0

        connect(m, flipped(self.i), cobs.i)
        m.d.comb += [
            cobs.o.ready.eq(crc.i.ready),
            crc.i.payload.eq(token.byte),
            crc.i.valid.eq(cobs.o.valid & ~token.end),
            crc.start.eq(passes & token.end),
            write.addr.eq(Cat(count, mine)),
            write.data.eq(token.byte),
            losing.eq(Mux(first, full[mine], lost)),
            write.en.eq(passes & ~token.end & ~losing & (count <= LONGEST)),
            read.addr.eq(Cat(self.addr, theirs)),
            self.data.eq(read.data),
            self.valid.eq(full[theirs]),
            self.length.eq(lengths[theirs]),
        ]
        with m.If(self.done):
            m.d.sync += [full[theirs].eq(0), theirs.eq(~theirs)]
        with m.If(passes & ~token.end):
            with m.If(count <= LONGEST):
                m.d.sync += count.eq(count + 1)
            m.d.sync += lost.eq(losing)
        with m.If(passes & token.end):
            m.d.sync += [count.eq(0), lost.eq(0)]
            with m.If(token.bad | (count < HEAD + CHECK) | (count > LONGEST)):
                m.d.comb += self.malformed.eq(1)
            with m.Elif(~crc.match):
                m.d.comb += self.crc_error.eq(1)
            with m.Elif(lost):
                m.d.comb += self.overrun.eq(1)
            with m.Else():
                m.d.comb += self.accepted.eq(1)
                m.d.sync += [full[mine].eq(1), lengths[mine].eq(count - CHECK), mine.eq(~mine)]
        return m
