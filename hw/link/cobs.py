"""COBS taken off a line: bytes without zeros in, what they stand for out, and where a packet ends."""

from amaranth.hdl import Module, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from binloom.hw.link.format import DELIMITER, RUN
from binloom.hw.link.uart import BITS, BYTE

# A byte of a packet; or the end of one, and then whether it was no COBS.
TOKEN = stream.Signature(data.StructLayout({"byte": BITS, "end": 1, "bad": 1}))


class CobsDecoder(wiring.Component):
    """Tokens of the bytes on `i`. Latency 0, a byte a cycle, at most one token for each.

    An end comes for every delimiter that is not the first after another. Whatever came before, the packet behind a
    delimiter is decoded right.
    """

    def __init__(self) -> None:
        super().__init__({"i": In(BYTE), "o": Out(TOKEN)})

    def elaborate(self, platform) -> Module:
        m = Module()
        token = self.o.payload
        begun, zero = Signal(), Signal()  # a packet is under way; a zero stood behind its last run
        left = Signal(BITS)
        end, code = Signal(), Signal()
        m.d.comb += [
            end.eq(self.i.payload == DELIMITER),
            code.eq(~end & (left == 0)),
            token.end.eq(end),
            token.bad.eq(left != 0),
            token.byte.eq(self.i.payload),
            self.o.valid.eq(self.i.valid),
            self.i.ready.eq(self.o.ready),
        ]
        with m.If(code):
            m.d.comb += token.byte.eq(0)
        with m.If((end & ~begun) | (code & ~(begun & zero))):  # nothing to say
            m.d.comb += [self.o.valid.eq(0), self.i.ready.eq(1)]
        with m.If(self.i.valid & self.i.ready):
            m.d.sync += begun.eq(~end)
            with m.If(end):
                m.d.sync += left.eq(0)
            with m.Elif(code):
                m.d.sync += [left.eq(self.i.payload - 1), zero.eq(self.i.payload != RUN + 1)]
            with m.Else():
                m.d.sync += left.eq(left - 1)
        return m
