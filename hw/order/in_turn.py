"""What gathers and scatters have in common: groups of positions that come in while those before leave."""

from amaranth.hdl import Module
from amaranth.lib import wiring

from binloom.hw.order.adapt import LaneAdapter
from binloom.hw.order.ping_pong import PingPong
from binloom.hw.stream import Block


class InTurn(Block):
    """Positions of several beats go through memories of two halves in turn, and the block is `buffered`: latency 2.

    Those of one beat go through the registers of `adapter`: latency 1.
    """

    @property
    def latency(self) -> int:
        return 1 + self.buffered

    @property
    def settled(self) -> bool:
        return self.buffered

    @property
    def adapter(self) -> LaneAdapter:
        raise NotImplementedError

    def memories(self, m: Module, turns: PingPong) -> None:
        """The memories, and what says that a half is filled or emptied."""
        raise NotImplementedError

    def elaborate(self, platform) -> Module:
        m = Module()
        if not self.buffered:
            m.submodules.adapter = adapter = self.adapter
            wiring.connect(m, wiring.flipped(self.i), adapter.i)
            wiring.connect(m, adapter.o, wiring.flipped(self.o))
            return m
        m.submodules.turns = turns = PingPong()
        m.d.comb += [
            turns.i_valid.eq(self.i.valid),
            self.i.ready.eq(turns.i_ready),
            turns.o_ready.eq(self.o.ready),
            self.o.valid.eq(turns.o_valid),
        ]
        self.memories(m, turns)
        return m
