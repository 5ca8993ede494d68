"""Weights that come at boot: a memory that is written through a stream, word by word, and then only read."""

from collections.abc import Sequence

import numpy as np
from amaranth.hdl import Array, Cat, Module, Mux, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from binloom.hw.counter import counter
from binloom.hw.element import Element
from binloom.hw.stream import LOAD, LOAD_WIDTH, Map

# What nobody has written holds anything: the attribute of a memory that no bitstream has to fill.
UNINITIALISED = "uninitialised"

# Bits from which on a piece is worth a single-port RAM, where the chip has such: eight block RAMs of an iCE40.
HUGE_BITS = 32 << 10


class LoadedStore(wiring.Component):
    """`data` is word `addr`, two cycles with `en` high later, once a load has brought it; it holds while `en` is low.

    A load is every word in turn, each in as many pieces of 16 bits as hold it, the lowest first. Each piece has a
    memory of its own with one port, so that nothing is put together on the way: what UP5K's SPRAM is made for, and
    block RAM elsewhere. `last` is high while the last piece passes. A platform that is `huge` has such RAMs.

    `loading` is high from reset until a load has ended, and the store answers for nothing meanwhile. Another load may
    come at any time: its first piece waits until `open` is high, which says that no word that was asked for is still
    to be seen, and `loading` follows. As long as a piece is offered, whoever reads has to ask for nothing new.

    While `check` is high a load changes nothing: for each piece that passes, the one that is stored in its place shows
    on `back` a cycle later.
    """

    latency = 2

    def __init__(self, depth: int, width: int) -> None:
        if depth < 2:
            raise ValueError(f"a loaded store holds at least two words, got {depth}")
        if width < 1:
            raise ValueError(f"a word must have at least one bit, got {width}")
        self.depth, self.width = depth, width
        super().__init__(
            {
                "addr": In(range(depth)),
                "en": In(1),
                "data": Out(width),
                "load": In(LOAD),
                "open": In(1),
                "loading": Out(1, init=1),
                "last": Out(1),
                "check": In(1),
                "back": Out(LOAD_WIDTH),
            }
        )

    def elaborate(self, platform) -> Module:
        m = Module()
        pieces = pieces_of(self.width)
        passes = Signal()
        piece, word_done = counter(m, "piece", pieces, passes)
        word, _ = counter(m, "word", self.depth, word_done)
        m.d.comb += [
            self.load.ready.eq(self.loading),
            passes.eq(self.loading & self.load.valid),
            self.last.eq(word_done & (word == self.depth - 1)),
        ]
        with m.If(self.last):
            m.d.sync += self.loading.eq(0)
        with m.Elif(self.open & self.load.valid):
            m.d.sync += self.loading.eq(1)

        addr = Signal.like(self.addr)
        m.d.comb += addr.eq(Mux(self.loading, word, self.addr))
        seen = []
        for index in range(pieces):
            width = min(LOAD_WIDTH, self.width - index * LOAD_WIDTH)
            huge = getattr(platform, "huge", False) and width * self.depth >= HUGE_BITS
            attrs = {UNINITIALISED: 1, **({"ram_style": "huge"} if huge else {})}
            memory = Memory(shape=width, depth=self.depth, init=[], attrs=attrs)
            m.submodules[f"piece_{index}"] = memory
            write, read = memory.write_port(), memory.read_port()
            m.d.comb += [
                write.addr.eq(addr),
                write.data.eq(self.load.payload),
                write.en.eq(passes & ~self.check & (piece == index)),
                read.addr.eq(addr),
                read.en.eq(Mux(self.loading, passes & self.check, self.en)),
            ]
            seen.append(read.data)
        with m.If(self.en):
            m.d.sync += self.data.eq(Cat(seen))
        shown = Signal.like(Value.cast(piece))
        with m.If(passes):
            m.d.sync += shown.eq(piece)
        m.d.comb += self.back.eq(Array(seen)[shown])
        return m


def pieces_of(width: int) -> int:
    """Words of a load that make one word of so many bits."""
    return -(-width // LOAD_WIDTH)


def load_of(words: Sequence[int], width: int) -> np.ndarray:
    """The load that fills a store of so wide words, as uint16."""
    size = 2 * pieces_of(width)
    return np.frombuffer(b"".join(word.to_bytes(size, "little") for word in words), "<u2")


def load_map(words: int) -> Map:
    """The stream of a load of so many words: one pixel with a channel for each."""
    return Map(1, 1, words, 1, Element(0, (1 << LOAD_WIDTH) - 1))


class LoadOrder(wiring.Component):
    """Hands a load to several stores, one after the other: `i` to `o0` until `last[0]`, then to `o1`, and so on.

    Behind the last store comes the first again, with the next load. Costs no cycle. What the store of the last word
    shows of itself, on its `back`, is on `back`.
    """

    def __init__(self, stores: int) -> None:
        if stores < 2:
            raise ValueError(f"an order is between at least two stores, got {stores}")
        self.stores = stores
        super().__init__(
            {"i": In(LOAD), "last": In(stores), "back": Out(LOAD_WIDTH)}
            | {f"o{index}": Out(LOAD) for index in range(stores)}
            | {f"back{index}": In(LOAD_WIDTH) for index in range(stores)}
        )

    def elaborate(self, platform) -> Module:
        m = Module()
        turn, _ = counter(m, "turn", self.stores, self.last.any())
        for index in range(self.stores):
            out = getattr(self, f"o{index}")
            m.d.comb += [out.payload.eq(self.i.payload), out.valid.eq(self.i.valid & (turn == index))]
            with m.If(turn == index):
                m.d.comb += self.i.ready.eq(out.ready)
        shown = Signal.like(turn)
        with m.If(self.i.valid & self.i.ready):
            m.d.sync += shown.eq(turn)
        m.d.comb += self.back.eq(Array(getattr(self, f"back{index}") for index in range(self.stores))[shown])
        return m
