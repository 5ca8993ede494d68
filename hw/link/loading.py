"""Weights on their way into the network, and what its memories hold of them, read back and summed up."""

from amaranth.hdl import Cat, Module, Mux, Signal, Value
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from binloom.hw.link.crc import Crc32
from binloom.hw.link.flash import PINS, FlashReader
from binloom.hw.link.format import BLOCK, LOAD_BLOCKS, Weights
from binloom.hw.link.uart import BITS, BYTE
from binloom.hw.part import Spare
from binloom.hw.stream import LOAD, LOAD_WIDTH

WORD = LOAD_WIDTH // BITS  # bytes


class Loading(Spare, wiring.Component):
    """Hands the bytes on `i` to the network as words of a load, and counts the blocks of them, by `block_end`.

    Behind the last block, and at `check`, it has the network's memories read back, word by word in the order of the
    load, and compares the CRC-32 with that of the build. `checking` is high meanwhile, `state` says what came of it.
    `following` is the block that comes next.

    With `flash_at` the first load after reset comes from there in a flash, whose pins are `flash`. `reading` is high
    until it has been checked: nothing may come on `i` before, and no `check`.
    """

    def __init__(self, words: int, crc32: int, flash_at: int | None = None) -> None:
        self.words, self.crc32 = words, crc32
        self.blocks = -(-words * WORD // BLOCK)
        if self.blocks > LOAD_BLOCKS:
            raise ValueError(f"a load is of {LOAD_BLOCKS} blocks at most, got {self.blocks}")
        self.reader = None if flash_at is None else FlashReader(flash_at, words * WORD)
        super().__init__(
            {
                "i": In(BYTE),
                "block_end": In(1),
                "check": In(1),
                "checking": Out(1),
                "state": Out(Weights, init=Weights.MISSING),
                "following": Out(range(self.blocks)),
                "crc": Out(32),
                "load": Out(LOAD),
                "read": Out(1),
                "back": In(LOAD_WIDTH),
                "reading": Out(1),
            }
            | ({"flash": Out(PINS)} if self.reader else {})
        )

    def elaborate(self, platform) -> Module:
        m = Module()
        m.submodules.sum = crc = Crc32()
        word, high = Signal(LOAD_WIDTH), Signal()  # and whether its second byte comes next
        left = Signal(range(self.words))
        i, block_end = self._source(m)
        m.d.comb += [
            self.load.payload.eq(Cat(word[:BITS], i.payload)),
            self.crc.eq(crc.crc),
            crc.i.payload.eq(word.word_select(high, BITS)),
        ]
        with m.FSM():
            with m.State("LOAD"):
                m.d.comb += [self.load.valid.eq(i.valid & high), i.ready.eq(~high | self.load.ready)]
                with m.If(i.valid & i.ready):
                    m.d.sync += [word.eq(i.payload), high.eq(~high), self.state.eq(Weights.MISSING)]
                with m.If(block_end):
                    m.d.sync += self.following.eq(self.following + 1)
                with m.If((block_end & (self.following == self.blocks - 1)) | self.check):
                    m.d.comb += crc.start.eq(1)
                    m.d.sync += [self.following.eq(0), left.eq(self.words - 1)]
                    m.next = "ASK"
            with m.State("ASK"):
                m.d.comb += [self.checking.eq(1), self.read.eq(1), self.load.valid.eq(1)]
                with m.If(self.load.ready):
                    m.next = "KEEP"
            with m.State("KEEP"):
                m.d.comb += [self.checking.eq(1), self.read.eq(1)]
                m.d.sync += word.eq(self.back)
                m.next = "SUM"
            with m.State("SUM"):
                m.d.comb += [self.checking.eq(1), self.read.eq(1), crc.i.valid.eq(1)]
                with m.If(crc.i.ready):
                    m.d.sync += high.eq(~high)
                    with m.If(high):
                        m.d.sync += left.eq(left - 1)
                        m.next = "ASK"
                        with m.If(left == 0):
                            m.next = "COMPARE"
            with m.State("COMPARE"):
                m.d.comb += self.checking.eq(1)
                with m.If(crc.i.ready):
                    m.d.sync += self.state.eq(Mux(crc.crc == self.crc32, Weights.GOOD, Weights.BAD))
                    m.next = "LOAD"
        return m

    def _source(self, m: Module) -> tuple[stream.Interface, Value]:
        """The bytes that are loaded, and the end of each block of them: the flash's until it has been read."""
        reader = self.reader
        if reader is None:
            return self.i, self.block_end
        m.submodules.reader = reader
        connect(m, reader.pins, flipped(self.flash))
        i = BYTE.create()
        m.d.comb += [
            i.payload.eq(Mux(reader.busy, reader.o.payload, self.i.payload)),
            i.valid.eq(Mux(reader.busy, reader.o.valid, self.i.valid)),
            reader.o.ready.eq(i.ready & reader.busy),
            self.i.ready.eq(i.ready & ~reader.busy),
            self.reading.eq(reader.busy | self.checking),
        ]
        return i, reader.block_end | self.block_end
