"""Verilator and Amaranth's own simulator are one: the same beats, the same cycles, the same complaints."""

import random

import pytest
from amaranth.back import rtlil
from amaranth.hdl import Module
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from binloom.hw.element import BIT, Element
from binloom.hw.register import StreamRegister
from binloom.hw.stream import Map
from binloom.sim import pysim, verilator
from binloom.sim.failures import ProtocolError, Stuck

WIDTHS = {
    "1 bit": Map(1, 1, 1, 1, BIT),
    "8 bits": Map(1, 1, 1, 1, Element(0, 255)),
    "12 bits": Map(1, 1, 3, 3, Element(-8, 7)),
    "32 bits": Map(1, 1, 32, 32, BIT),
    "33 bits": Map(1, 1, 11, 11, Element(-4, 3)),
    "64 bits": Map(1, 1, 64, 64, BIT),
    "65 bits": Map(1, 1, 65, 65, BIT),
    "400 bits": Map(1, 1, 40, 40, Element(-300, 300)),
}


def payloads(map: Map, count: int, seed: int) -> list[int]:
    rng = random.Random(seed)
    return [rng.getrandbits(map.lanes * map.stored_width) for _ in range(count)]


@pytest.mark.parametrize("map", WIDTHS.values(), ids=WIDTHS.keys())
def test_free_running_equals_pysim_to_the_cycle(map):
    dut, sent = StreamRegister(map), payloads(map, 60, seed=1)
    assert verilator.simulate(dut, {"i": sent}, {"o": 60}) == pysim.simulate(dut, {"i": sent}, {"o": 60})


def test_stalls_change_the_cycles_and_never_the_beats():
    map = WIDTHS["33 bits"]
    dut, sent = StreamRegister(map), payloads(map, 300, seed=2)
    runs = [verilator.simulate(dut, {"i": sent}, {"o": 300}, stall=0.4, seed=seed) for seed in (1, 2, 1)]
    assert all(run.payloads["o"] == sent for run in runs)
    assert runs[0] == runs[2] != runs[1]
    assert len(sent) * 1.4 < runs[0].cycles["o"][-1] < len(sent) * 4


class TwoWays(wiring.Component):
    """Adds two streams and offers sum and difference: several ports on each side, and no register."""

    def __init__(self) -> None:
        byte = stream.Signature(8)
        super().__init__({"a": In(byte), "b": In(byte), "sum": Out(stream.Signature(9)), "less": Out(byte)})

    def elaborate(self, platform) -> Module:
        m = Module()
        both = self.a.valid & self.b.valid
        m.d.comb += [
            self.sum.payload.eq(self.a.payload + self.b.payload),
            self.less.payload.eq(self.a.payload - self.b.payload),
            # Each output's valid looks at the other's ready: both beats pass together. Not a pattern to copy.
            self.sum.valid.eq(both & self.less.ready),
            self.less.valid.eq(both & self.sum.ready),
            self.a.ready.eq(both & self.sum.ready & self.less.ready),
            self.b.ready.eq(both & self.sum.ready & self.less.ready),
        ]
        return m


def test_several_ports():
    rng = random.Random(3)
    a, b = ([rng.randrange(256) for _ in range(50)] for _ in range(2))
    run = verilator.simulate(TwoWays(), {"a": a, "b": b}, {"sum": 50, "less": 50})
    assert run.payloads["sum"] == [x + y for x, y in zip(a, b, strict=True)]
    assert run.payloads["less"] == [(x - y) % 256 for x, y in zip(a, b, strict=True)]


def test_stuck_says_how_far_it_came():
    dut = StreamRegister(WIDTHS["8 bits"])
    with pytest.raises(Stuck, match="stuck after 501 cycles: beats accepted, i 2 of 2; delivered, o 2 of 3"):
        verilator.simulate(dut, {"i": [1, 2]}, {"o": 3}, limit=500)


class Fickle(StreamRegister):
    """Forgets an offered beat when nobody takes it at once."""

    def elaborate(self, platform) -> Module:
        m = super().elaborate(platform)
        with m.If(~self.i.ready):
            m.d.sync += self.o.valid.eq(0)
        return m


def test_a_withdrawn_beat_is_told():
    dut = Fickle(WIDTHS["8 bits"])
    with pytest.raises(ProtocolError, match="o: valid or payload changed before the beat was accepted, cycle"):
        verilator.simulate(dut, {"i": list(range(50))}, {"o": 50}, stall=0.5)


def test_a_component_of_bare_wires_is_refused():
    class Bare(wiring.Component):
        x: In(1)

        def elaborate(self, platform):
            return Module()

    bare = Bare()
    rtlil.convert(bare)  # Amaranth warns of components that nobody elaborates
    with pytest.raises(ValueError, match="every member of a simulated component must be a stream, got x"):
        verilator.simulate(bare, {}, {})
