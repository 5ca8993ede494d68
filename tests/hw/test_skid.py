"""The skid buffer: order, full throughput, room for one beat, and a ready that depends on nothing of the same cycle."""

import pytest
from amaranth.sim import Simulator

from binloom.hw.element import BIT, Element
from binloom.hw.skid import Skid
from binloom.hw.stream import Map
from tests.hw.bench import ENGINES, check_block, measure


def test_skid():
    check_block(Skid(Map(3, 3, 4, 2, Element(-3, 9))))
    measure(Skid(Map(3, 3, 4, 2, Element(-3, 9))))


@pytest.mark.parametrize("engine", ENGINES)
def test_bits(engine):
    check_block(Skid(Map(3, 3, 4, 2, BIT)), engine=engine)


def test_ready_follows_a_cycle_later():
    skid = Skid(Map(1, 1, 1, 1, Element(0, 9)))

    async def bench(ctx):
        ctx.set(skid.i.valid, 1)
        seen = []
        for ready in (0, 1, 0, 0, 1, 1, 1):
            ctx.set(skid.o.ready, ready)
            seen.append(ctx.get(skid.i.ready))
            await ctx.tick()
        assert seen == [1, 0, 1, 0, 0, 1, 1]

    simulator = Simulator(skid)
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    simulator.run()
