"""A quotient, a bit a cycle."""

from amaranth.hdl import Cat, Module, Signal, signed
from amaranth.lib.wiring import In, Out

from binloom.hw.part import Part


class Divider(Part):
    """q = floor(number / divisor), saturated to 0 .. 2**bits - 1.

    `start` takes the number, which is signed, and the divisor; `done` is high for one cycle, `bits` + 2 cycles later,
    and q stays until the next `start`, which must not come before. A divisor of 0 gives what nobody may use.
    """

    def __init__(self, number: int, divisor: int, bits: int) -> None:
        self.widths, self.bits = (number, divisor), bits
        ports = {"start": In(1), "number": In(signed(number)), "divisor": In(divisor)}
        super().__init__(lambda: ports | {"done": Out(1), "q": Out(bits)})

    @property
    def cycles(self) -> int:
        """From `start` to `done`."""
        return self.bits + 2

    def elaborate(self, platform) -> Module:
        m = Module()
        number, divisor = Signal(signed(self.widths[0])), Signal(self.widths[1])
        steps = Signal(self.cycles)  # one runs through: first what saturates is told apart, then a bit a cycle
        m.d.sync += steps.eq(Cat(self.start, steps[:-1]))
        m.d.comb += self.done.eq(steps[-1])
        with m.If(self.start):
            m.d.sync += [number.eq(self.number), divisor.eq(self.divisor)]

        left = Signal(self.widths[1] + self.bits)
        below, above = Signal(), Signal()
        quotient = Signal(self.bits)
        high = left[self.bits - 1 :]
        fits = Signal()
        m.d.comb += fits.eq(high >= divisor)
        with m.If(steps[0]):
            m.d.sync += [left.eq(number), below.eq(number < 0), above.eq(number >= (divisor << self.bits))]
        with m.Elif(steps[1:-1].any()):
            rest = Signal(len(high))
            m.d.comb += rest.eq(high - divisor)
            following = Cat(left[: self.bits - 1], rest)
            m.d.sync += quotient.eq(Cat(fits, quotient[:-1]))
            with m.If(fits):
                m.d.sync += left.eq(following << 1)
            with m.Else():
                m.d.sync += left.eq(left << 1)
        with m.If(below):
            m.d.comb += self.q.eq(0)
        with m.Elif(above):
            m.d.comb += self.q.eq(~0)
        with m.Else():
            m.d.comb += self.q.eq(quotient)
        return m
