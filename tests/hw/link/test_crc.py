"""The circuit's CRC-32 against zlib's."""

import random
import struct

import pytest
from amaranth.sim import Simulator

from binloom.hw.link.crc import CYCLES, Crc32


@pytest.mark.parametrize("size", [0, 1, 5, 60])
def test_sums_and_matches(size):
    rng, seen = random.Random(size), []
    texts = [rng.randbytes(size) for _ in range(3)]
    dut = Crc32()

    async def pour(ctx, data):
        for byte in data:
            ctx.set(dut.i.payload, byte)
            ctx.set(dut.i.valid, 1)
            await ctx.tick().until(dut.i.ready)
            ctx.set(dut.i.valid, 0)
            await ctx.tick().repeat(CYCLES - 1)
            assert ctx.get(dut.i.ready)

    async def bench(ctx):
        for text in texts:
            ctx.set(dut.start, 1)
            await ctx.tick()
            ctx.set(dut.start, 0)
            await pour(ctx, text)
            seen.append(ctx.get(dut.crc))
            await pour(ctx, struct.pack("<I", dut.model(text)))
            assert ctx.get(dut.match)
            await pour(ctx, b"\x01")
            assert not ctx.get(dut.match)

    simulator = Simulator(dut)
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    simulator.run()
    assert seen == list(map(dut.model, texts))
