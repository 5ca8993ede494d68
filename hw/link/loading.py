"""Weights on their way into the network, and what its memories hold of them, read back and summed up."""

from amaranth.hdl import Cat, Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from binloom.hw.link.crc import Crc32
from binloom.hw.link.format import BLOCK, LOAD_BLOCKS, Weights
from binloom.hw.link.uart import BITS, BYTE
from binloom.hw.stream import LOAD, LOAD_WIDTH

WORD = LOAD_WIDTH // BITS  # bytes


class Loading(wiring.Component):
    """Hands the bytes on `i` to the network as words of a load, and counts the blocks of them, by `block_end`.

    Behind the last block, and at `check`, it has the network's memories read back, word by word in the order of the
    load, and compares the CRC-32 with that of the build. `checking` is high meanwhile, `state` says what came of it.
    `following` is the block that comes next.
    """

    def __init__(self, words: int, crc32: int) -> None:
        self.words, self.crc32 = words, crc32
        self.blocks = -(-words * WORD // BLOCK)
        if self.blocks > LOAD_BLOCKS:
            raise ValueError(f"a load is of {LOAD_BLOCKS} blocks at most, got {self.blocks}")
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
            }
        )

    def elaborate(self, platform) -> Module:
        m = Module()
        m.submodules.sum = crc = Crc32()
        word, high = Signal(LOAD_WIDTH), Signal()  # and whether its second byte comes next
        left = Signal(range(self.words))
        m.d.comb += [
            self.load.payload.eq(Cat(word[:BITS], self.i.payload)),
            self.crc.eq(crc.crc),
            crc.i.payload.eq(word.word_select(high, BITS)),
        ]
        with m.FSM():
            with m.State("LOAD"):
                m.d.comb += [self.load.valid.eq(self.i.valid & high), self.i.ready.eq(~high | self.load.ready)]
                with m.If(self.i.valid & self.i.ready):
                    m.d.sync += [word.eq(self.i.payload), high.eq(~high), self.state.eq(Weights.MISSING)]
                with m.If(self.block_end):
                    m.d.sync += self.following.eq(self.following + 1)
                with m.If((self.block_end & (self.following == self.blocks - 1)) | self.check):
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
