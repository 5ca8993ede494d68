"""A byte at a time over two wires: one start bit, eight bits, lowest first, and one stop bit; idle is high."""

from amaranth.hdl import Cat, Module, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.cdc import FFSynchronizer
from amaranth.lib.wiring import In, Out

BITS = 8
SHORTEST = 4  # cycles of a bit

BYTE = stream.Signature(BITS)


def check_divisor(divisor: int) -> None:
    if divisor < SHORTEST:
        raise ValueError(f"a bit must take {SHORTEST} cycles or more, got {divisor}")


class Receiver(wiring.Component):
    """Bytes from the wire `rx`, `divisor` cycles a bit; no wire waits for anybody.

    A byte shows on `o` once its stop bit has been seen, and stays until it is taken. `lost` is high for a cycle when
    the next one finds it still there: the newer one is dropped. A byte without a stop bit is dropped as well, and the
    next one begins after the wire has been high.
    """

    def __init__(self, divisor: int) -> None:
        check_divisor(divisor)
        self.divisor = divisor
        super().__init__({"rx": In(1, init=1), "o": Out(BYTE), "lost": Out(1)})

    def elaborate(self, platform) -> Module:
        m = Module()
        line = Signal(init=1)
        m.submodules.synchronizer = FFSynchronizer(self.rx, line, init=1)
        timer = Signal(range(self.divisor))
        left = Signal(range(BITS))
        byte = Signal(BITS)

        with m.If(self.o.ready):
            m.d.sync += self.o.valid.eq(0)
        with m.FSM():
            with m.State("IDLE"):
                m.d.sync += timer.eq(self.divisor // 2 - 1)
                with m.If(~line):
                    m.next = "START"
            with m.State("START"):
                m.d.sync += timer.eq(timer - 1)
                with m.If(timer == 0):
                    m.d.sync += [timer.eq(self.divisor - 1), left.eq(BITS - 1)]
                    m.next = "BITS"
                    with m.If(line):  # too short for a start bit
                        m.next = "IDLE"
            with m.State("BITS"):
                m.d.sync += timer.eq(timer - 1)
                with m.If(timer == 0):
                    m.d.sync += [timer.eq(self.divisor - 1), byte.eq(Cat(byte[1:], line)), left.eq(left - 1)]
                    with m.If(left == 0):
                        m.next = "STOP"
            with m.State("STOP"):
                m.d.sync += timer.eq(timer - 1)
                with m.If(timer == 0):
                    m.next = "HIGH"
                    with m.If(line):
                        m.next = "IDLE"
                        m.d.comb += self.lost.eq(self.o.valid & ~self.o.ready)
                        with m.If(~self.lost):
                            m.d.sync += [self.o.payload.eq(byte), self.o.valid.eq(1)]
            with m.State("HIGH"), m.If(line):
                m.next = "IDLE"
        return m


class Transmitter(wiring.Component):
    """Bytes to the wire `tx`, `divisor` cycles a bit, without a gap while there are any."""

    def __init__(self, divisor: int) -> None:
        check_divisor(divisor)
        self.divisor = divisor
        super().__init__({"i": In(BYTE), "tx": Out(1, init=1)})

    def elaborate(self, platform) -> Module:
        m = Module()
        timer = Signal(range(self.divisor))
        left = Signal(range(BITS + 2))
        rest = Signal(BITS + 1, init=-1)
        m.d.comb += self.i.ready.eq((left == 0) & (timer == 0))
        with m.If(timer != 0):
            m.d.sync += timer.eq(timer - 1)
        with m.Elif(left != 0):
            m.d.sync += [timer.eq(self.divisor - 1), left.eq(left - 1), self.tx.eq(rest[0]), rest.eq(Cat(rest[1:], 1))]
        with m.Elif(self.i.valid):
            m.d.sync += [timer.eq(self.divisor - 1), left.eq(BITS + 1), self.tx.eq(0), rest.eq(Cat(self.i.payload, 1))]
        return m
