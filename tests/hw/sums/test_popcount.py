"""Counting ones: widths up to several levels of full adders, one row and more, with and without registers."""

import numpy as np
import pytest
from amaranth.sim import Simulator

from binloom.hw.sums.popcount import Popcount, levels


def counts(dut: Popcount, patterns: np.ndarray) -> np.ndarray:
    """What comes out for each pattern (n, width, rows), one a cycle."""
    seen = []

    async def bench(ctx):
        ctx.set(dut.en, 1)
        for number in range(len(patterns) + dut.stages):
            bits = patterns[min(number, len(patterns) - 1)].ravel()
            ctx.set(dut.bits, sum(int(bit) << place for place, bit in enumerate(bits)))
            if not dut.stages:
                seen.append([ctx.get(count) for count in dut.count])
                await ctx.delay(1e-7)
                continue
            if number >= dut.stages:
                seen.append([ctx.get(count) for count in dut.count])
            await ctx.tick()

    simulator = Simulator(dut)
    if dut.stages:
        simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    simulator.run()
    return np.array(seen)


@pytest.mark.parametrize("width", [*range(1, 20), 63, 64, 65, 288])
@pytest.mark.parametrize(("rows", "per_stage"), [(1, 99), (3, 99), (2, 4), (2, 3)])
def test_counts(width, rows, per_stage):
    rng = np.random.default_rng(width)
    patterns = rng.integers(0, 2, (6, width, rows))
    patterns[0], patterns[1] = 0, 1
    got = counts(Popcount(width, rows, per_stage=per_stage), patterns)
    assert got.tolist() == patterns.sum(axis=1).tolist()


def test_stages():
    assert [levels(width) for width in (1, 2, 3, 4, 9, 288)] == [0, 0, 1, 1, 2, 11]
    assert [Popcount(288, per_stage=per_stage).registered for per_stage in (4, 5, 12, 13, 14)] == [
        [3, 7, 11],
        [4, 9],
        [11],
        [11],
        [],
    ]
    assert [Popcount(width, per_stage=4).stages for width in (1, 2, 3, 5, 9)] == [0, 0, 0, 1, 1]


def test_refuses_no_bits_and_no_levels():
    with pytest.raises(ValueError, match=r"^a popcount takes at least one bit and one row, got 0 and 1$"):
        Popcount(0)
    with pytest.raises(ValueError, match=r"^a stage must have at least three levels, got 2$"):
        Popcount(3, per_stage=2)
