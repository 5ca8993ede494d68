"""The delay line: taps at exact distances, whatever it is made of, and only on steps."""

import random

import pytest
from amaranth.sim import Simulator

from binloom.hw.delay import DelayLine


@pytest.mark.parametrize("depth", [1, 2, 3, 4, 7, 8])
@pytest.mark.parametrize("taps", [1, 3])
def test_taps(depth, taps):
    line, rng = DelayLine(8, depth, taps), random.Random(5)
    steps = [rng.randrange(1, 256) for _ in range(6 * depth * taps)]

    async def bench(ctx):
        for now, value in enumerate(steps):
            for stalled in (*[True] * rng.randint(0, 2), False):
                ctx.set(line.step, not stalled)
                ctx.set(line.i, value)
                for tap in range(taps):
                    then = now - depth * (tap + 1)
                    got, expected = ctx.get(line.o) >> (8 * tap) & 255, steps[then] if then >= 0 else 0
                    assert got == expected, f"step {now} tap {tap}: got {got}, expected {expected}"
                await ctx.tick()

    simulator = Simulator(line)
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    simulator.run()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((0, 1, 1), "width must be at least 1, got 0"),
        ((1, 0, 1), "depth must be at least 1, got 0"),
        ((1, 1, 0), "taps must be at least 1, got 0"),
    ],
)
def test_wrong_parameters(arguments, message):
    with pytest.raises(ValueError, match=message):
        DelayLine(*arguments)
