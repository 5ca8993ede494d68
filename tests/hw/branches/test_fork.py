"""The fork: each branch gets each beat once, whatever the others do."""

import pytest
from amaranth.sim import Simulator

from binloom.hw.branches.fork import Fork
from binloom.hw.element import BIT, Element
from binloom.hw.stream import Map
from tests.hw.bench import ENGINES, check_block, measure


@pytest.mark.parametrize("ways", [1, 2, 3])
def test_fork(ways):
    block = Fork(Map(2, 3, 4, 2, Element(-3, 9)), ways)
    check_block(block)
    measure(block)


@pytest.mark.parametrize("engine", ENGINES)
def test_bits(engine):
    check_block(Fork(Map(2, 3, 4, 4, BIT), 2), engine=engine)


def test_a_branch_does_not_wait_for_its_sibling():
    fork = Fork(Map(1, 1, 1, 1, Element(0, 9)), 2)

    async def bench(ctx):
        ctx.set(fork.i.valid, 1)
        ctx.set(fork.o0.ready, 1)
        seen = []
        for sibling in (0, 0, 1, 0):
            ctx.set(fork.o1.ready, sibling)
            seen.append((ctx.get(fork.o0.valid), ctx.get(fork.o1.valid), ctx.get(fork.i.ready)))
            await ctx.tick()
        assert seen == [(1, 1, 0), (0, 1, 0), (0, 1, 1), (1, 1, 0)]

    simulator = Simulator(fork)
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    simulator.run()


def test_ways():
    with pytest.raises(ValueError, match="a fork has at least 1 way, got 0"):
        Fork(Map(1, 1, 1, 1, BIT), 0)
