"""Counters of many events in one memory, which costs a few cells for each where a counter of its own costs 32."""

from amaranth.hdl import Array, Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from binloom.hw.link.uart import BITS
from binloom.hw.part import Spare

WIDTH = 32
BYTES = WIDTH // BITS
TURN = 2  # cycles


class Events(Spare, wiring.Component):
    """Counts, for each wire of `happens`, the cycles in which it is high, modulo 2^32.

    The bytes of the counters, four each, the low one first, are asked for by `addr`: when `valid` is high, every other
    cycle, `data` is what was asked for when it was so last. Those of a counter belong together where they are asked for
    in their order: the first has all four kept. A counter is as old as a round of all, two cycles each: each wire has a
    small counter of what came since its last turn, which is added in its next.
    """

    def __init__(self, events: int) -> None:
        if events < 2:
            raise ValueError(f"the memory is for two events or more, got {events}")
        self.events = events
        super().__init__({"happens": In(events), "addr": In(range(events * BYTES)), "data": Out(BITS), "valid": Out(1)})

    def elaborate(self, platform) -> Module:
        m = Module()
        m.submodules.memory = memory = Memory(shape=WIDTH, depth=self.events, init=[])
        write, read = memory.write_port(), memory.read_port()
        turn, adds = Signal(range(self.events)), Signal()  # whose turn it is, and whether its sum has been read
        cleared = Signal()  # the first round writes zeros: a reset leaves a memory as it is
        recent = Array(Signal(range(TURN * self.events + 1), name=f"recent_{n}") for n in range(self.events))
        share = Signal.like(recent[0])  # what is added in this turn
        kept, low = Signal(WIDTH), Signal(range(BYTES))  # the counter that is read, and which byte of it
        m.d.comb += [
            read.addr.eq(Mux(adds, self.addr[len(low) :], turn)),
            write.addr.eq(turn),
            write.data.eq(Mux(cleared, read.data, 0) + share),
            write.en.eq(adds),
            self.valid.eq(adds & cleared),
            self.data.eq(kept.word_select(low, BITS)),
        ]
        m.d.sync += adds.eq(~adds)
        with m.If(adds):
            m.d.sync += [low.eq(self.addr[: len(low)]), turn.eq(turn + 1)]
            with m.If(turn == self.events - 1):
                m.d.sync += [turn.eq(0), cleared.eq(1)]
        with m.Else():
            m.d.sync += share.eq(recent[turn])
            with m.If(low == 0):
                m.d.sync += kept.eq(read.data)
        happened = Signal(self.events)  # a cycle ago: what happens is known at the end of long paths
        m.d.sync += happened.eq(self.happens)
        for n in range(self.events):
            m.d.sync += recent[n].eq(Mux(~adds & (turn == n), 0, recent[n]) + happened[n])
        return m
