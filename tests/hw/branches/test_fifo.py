"""The FIFO: order, exact capacity, full throughput at every depth."""

import pytest
from amaranth.sim import Simulator

from binloom.hw.branches.fifo import Fifo
from binloom.hw.element import BIT, Element
from binloom.hw.stream import Map
from tests.hw.bench import ENGINES, check_block, measure

MAP = Map(3, 3, 4, 2, Element(-3, 9))


@pytest.mark.parametrize("depth", [1, 2, 3, 4, 5, 8, 40])
def test_fifo(depth):
    check_block(Fifo(MAP, depth))
    measure(Fifo(MAP, depth))


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("depth", [1, 7])
def test_bits(depth, engine):
    block = Fifo(Map(3, 3, 4, 2, BIT), depth)
    check_block(block, engine=engine)
    measure(block, engine=engine)


@pytest.mark.parametrize("depth", [1, 2, 3, 4, 5, 8, 17])
def test_capacity(depth):
    fifo = Fifo(MAP, depth)

    async def bench(ctx):
        ctx.set(fifo.i.valid, 1)
        accepted = 0
        for _ in range(3 * depth + 5):
            accepted += ctx.get(fifo.i.ready)
            await ctx.tick()
        assert accepted == depth, f"got {accepted}, expected {depth}"

    simulator = Simulator(fifo)
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    simulator.run()


def test_depth():
    with pytest.raises(ValueError, match="a FIFO's depth must be at least 1, got 0"):
        Fifo(MAP, 0)
