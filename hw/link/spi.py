"""A network behind a link on an SPI bus, as its slave: for a microcontroller that has no UART to spare."""

from amaranth.hdl import Cat, Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.cdc import FFSynchronizer
from amaranth.lib.wiring import In, Out, connect, flipped

from binloom.hw.link.flash import PINS
from binloom.hw.link.format import DELIMITER
from binloom.hw.link.gather import Gather
from binloom.hw.link.linked import Linked
from binloom.hw.link.uart import BITS, BYTE

SCK_CYCLES = 8  # of the clock, for a bit at least


class SpiSlave(wiring.Component):
    """Bytes over `sck`, `copi`, `cipo` and `cs_n` in mode 0: both sides change a bit when `sck` falls and read it when
    it rises, the highest first. The wires are sampled, so each level of `sck` has to last four cycles or more, and
    `cs_n` has to fall four cycles before it rises: 3 MHz of a clock of 24.

    Every byte goes both ways. What the master sends shows on `o` for a cycle and waits for nobody. What it reads is
    the next byte of `i`, or a delimiter where there is none: that one means nothing. A selection may end behind any
    byte. `cipo` is to be driven while `driven` is high.
    """

    def __init__(self) -> None:
        super().__init__(
            {
                "sck": In(1),
                "copi": In(1),
                "cs_n": In(1, init=1),
                "cipo": Out(1),
                "driven": Out(1),
                "i": In(BYTE),
                "o": Out(BYTE),
            }
        )

    def elaborate(self, platform) -> Module:
        m = Module()
        sck, copi, cs_n, before = Signal(), Signal(), Signal(init=1), Signal()
        m.submodules += [
            FFSynchronizer(self.sck, sck),
            FFSynchronizer(self.copi, copi),
            FFSynchronizer(self.cs_n, cs_n, init=1),
        ]
        taken, given = Signal(BITS), Signal(BITS)  # the bits that have come, those that are still to go
        left = Signal(range(BITS), init=BITS - 1)
        begin = Signal()  # a byte begins: the one that goes out is chosen
        m.d.sync += [before.eq(sck), self.o.valid.eq(0)]
        m.d.comb += [
            self.driven.eq(~cs_n),
            self.cipo.eq(given[-1]),
            self.o.payload.eq(taken),
            self.i.ready.eq(begin),
        ]
        fresh = Signal(init=1)
        waits = Signal()  # the byte that was chosen as the last selection ended: it goes first in the next one
        with m.If(cs_n):
            m.d.sync += [left.eq(BITS - 1), fresh.eq(1)]
        with m.Elif(fresh):
            m.d.comb += begin.eq(~waits)
            m.d.sync += fresh.eq(0)
        with m.Elif(~before & sck):
            m.d.sync += [taken.eq(Cat(copi, taken)), left.eq(left - 1), self.o.valid.eq(left == 0), waits.eq(0)]
        with m.Elif(before & ~sck):
            m.d.sync += given.eq(given << 1)
            m.d.comb += begin.eq(left == BITS - 1)
        with m.If(begin):
            m.d.sync += [given.eq(Mux(self.i.valid, self.i.payload, DELIMITER)), waits.eq(self.i.valid)]
        return m


class SpiNetwork(wiring.Component):
    """The same around a link; `ready` and `trouble` are those of the link, and so is `flash` where it reads one. A byte
    takes 64 cycles or more, so the link has taken each before the next one is there. The other way it may take longer
    than that over a byte, so its packets are gathered first: on the bus a gap would be a delimiter."""

    def __init__(self, linked: Linked) -> None:
        self.linked = linked
        pins = {} if linked.flash_at is None else {"flash": Out(PINS)}
        super().__init__(
            {
                "sck": In(1),
                "copi": In(1),
                "cs_n": In(1, init=1),
                "cipo": Out(1),
                "driven": Out(1),
                "ready": Out(1),
                "trouble": Out(1),
                **pins,
            }
        )

    def elaborate(self, platform) -> Module:
        m = Module()
        m.submodules.slave = slave = SpiSlave()
        m.submodules.linked = linked = self.linked
        connect(m, slave.o, linked.i)
        m.submodules.gather = gather = Gather()
        connect(m, linked.o, gather.i)
        connect(m, gather.o, slave.i)
        if linked.flash_at is not None:
            connect(m, linked.flash, flipped(self.flash))
        m.d.comb += [
            *(getattr(slave, name).eq(getattr(self, name)) for name in ("sck", "copi", "cs_n")),
            *(getattr(self, name).eq(getattr(slave, name)) for name in ("cipo", "driven")),
            self.ready.eq(linked.ready),
            self.trouble.eq(linked.trouble),
        ]
        return m
