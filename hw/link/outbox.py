"""One packet on its way out: its bytes are collected, summed up, and sent in COBS while others work."""

from amaranth.hdl import Array, Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from binloom.hw.link.crc import Crc32
from binloom.hw.link.format import CHECK, DELIMITER, LONGEST, RUN
from binloom.hw.link.uart import BITS, BYTE
from binloom.hw.part import Spare

ROOM = 512  # bytes: a block RAM of an iCE40


class Outbox(Spare, wiring.Component):
    """While `idle` each byte that comes with `put` is one more of a packet; `send`, behind the last, lets it go.

    It is then not `idle` until the last byte has left on `o`. The CRC is added here, and a delimiter on both sides.
    """

    def __init__(self) -> None:
        super().__init__(
            {"idle": Out(1), "put": In(1), "byte": In(BITS), "send": In(1), "o": Out(BYTE)},
        )

    def elaborate(self, platform) -> Module:
        m = Module()
        m.submodules.crc = crc = Crc32()
        m.submodules.buffer = buffer = Memory(shape=BITS, depth=ROOM, init=[])
        write, read = buffer.write_port(), buffer.read_port()
        size = Signal(range(LONGEST + 1))
        at, ahead = Signal.like(size), Signal.like(size)  # what is sent next, and how far the run is known
        place = Signal.like(size)
        run = Signal(BITS)
        zero = Signal()  # a zero ends the run
        blank = Signal()  # what has been read is a zero
        # What comes is taken a cycle later: it is known at the end of long paths, out of memories.
        came, byte, last = Signal(), Signal(BITS), Signal()
        m.d.sync += [came.eq(self.put), byte.eq(self.byte), last.eq(self.send)]
        m.d.comb += [write.addr.eq(size), write.data.eq(byte), read.addr.eq(place)]
        m.d.comb += [crc.i.payload.eq(read.data), self.o.payload.eq(read.data)]

        with m.FSM() as fsm:
            m.d.comb += self.idle.eq(fsm.ongoing("IDLE") & ~last)
            with m.State("IDLE"):
                m.d.comb += write.en.eq(came)
                m.d.sync += [at.eq(0), ahead.eq(0)]
                with m.If(came):
                    m.d.sync += size.eq(size + 1)
                with m.If(last):
                    m.d.comb += crc.start.eq(1)
                    m.next = "FETCH"
            with m.State("FETCH"):
                m.d.comb += place.eq(ahead)
                m.next = "SUM"
            with m.State("SUM"):
                m.d.comb += [crc.i.valid.eq(1), place.eq(ahead)]
                with m.If(crc.i.ready):
                    m.d.sync += ahead.eq(ahead + 1)
                    m.next = "FETCH"
                    with m.If(ahead == size - 1):
                        m.d.sync += ahead.eq(0)
                        m.next = "CRC"
            with m.State("CRC"), m.If(crc.i.ready):
                m.d.comb += [
                    write.en.eq(1),
                    write.data.eq(Array(crc.crc.word_select(n, BITS) for n in range(CHECK))[ahead[:2]]),
                ]
                m.d.sync += [size.eq(size + 1), ahead.eq(ahead + 1)]
                with m.If(ahead == CHECK - 1):
                    m.d.sync += ahead.eq(0)
                    m.next = "OPEN"
            with m.State("OPEN"):
                m.d.comb += [self.o.payload.eq(DELIMITER), self.o.valid.eq(1)]
                m.d.sync += run.eq(0)
                with m.If(self.o.ready):
                    m.next = "LOOK"
            with m.State("LOOK"):
                m.d.comb += place.eq(ahead)
                m.next = "SEE"
            with m.State("SEE"):
                m.d.sync += blank.eq(read.data == 0)
                m.next = "SCAN"
            with m.State("SCAN"):
                m.d.sync += zero.eq(0)
                with m.If(run == RUN):
                    m.next = "CODE"
                with m.Elif(ahead == size):
                    m.next = "CODE"
                with m.Elif(blank):
                    m.d.sync += [zero.eq(1), ahead.eq(ahead + 1)]
                    m.next = "CODE"
                with m.Else():
                    m.d.sync += [ahead.eq(ahead + 1), run.eq(run + 1)]
                    m.next = "LOOK"
            with m.State("CODE"):
                m.d.comb += [self.o.payload.eq(run + 1), self.o.valid.eq(1), place.eq(at)]
                with m.If(self.o.ready):
                    m.next = "RUN"
            with m.State("RUN"):
                m.d.comb += [self.o.valid.eq(run != 0), place.eq(Mux(self.o.ready, at + 1, at))]
                with m.If(run == 0):
                    m.d.sync += at.eq(ahead)
                    m.next = "LOOK"
                    with m.If((ahead == size) & ~zero):
                        m.next = "CLOSE"
                with m.Elif(self.o.ready):
                    m.d.sync += [at.eq(at + 1), run.eq(run - 1)]
            with m.State("CLOSE"):
                m.d.comb += [self.o.payload.eq(DELIMITER), self.o.valid.eq(1)]
                with m.If(self.o.ready):
                    m.d.sync += size.eq(0)
                    m.next = "IDLE"
        return m
