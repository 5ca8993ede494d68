"""Images and results on the chip, and the counters in their memory."""

import random

import numpy as np
import pytest
from amaranth.sim import Simulator

from binloom.hw.element import BIT, Element
from binloom.hw.link.elements import bytes_of, to_bytes
from binloom.hw.link.events import Events
from binloom.hw.link.image_store import ImageStore, block_bytes
from binloom.hw.link.results import Results
from binloom.hw.stream import Map
from binloom.sim.beats import pack
from tests.hw.bench import random_beats

IMAGES = {
    "bytes": Map(18, 20, 1, 1, Element(0, 255)),
    "three lanes, blocks of 255": Map(10, 11, 3, 3, Element(0, 255)),
    "two bytes": Map(1, 5, 4, 2, Element(-300, 300)),
    "bits": Map(3, 3, 8, 4, BIT),
    "nine lanes of three bytes": Map(2, 9, 9, 9, Element(0, 1 << 17)),
}


@pytest.mark.parametrize("name", IMAGES)
@pytest.mark.parametrize("slots", [2, 4])
def test_blocks_in_any_order_beats_in_theirs(name, slots):
    map = IMAGES[name]
    rng = random.Random(slots)
    beats = random_beats(map, slots, np.random.default_rng(3)).reshape(slots, map.beats, map.lanes)
    dut, got = ImageStore(map, slots), []
    each = block_bytes(map)
    order = [slots - 1, *range(slots)] * 2

    async def write(ctx):
        blocks = [(slot, block) for slot in range(slots) for block in range(dut.blocks)]
        rng.shuffle(blocks)
        for slot, block in blocks:
            ctx.set(dut.slot, slot)
            ctx.set(dut.block, block)
            ctx.set(dut.begin, 1)
            await ctx.tick()
            ctx.set(dut.begin, 0)
            for byte in to_bytes(map, beats[slot])[block * each :][:each]:
                ctx.set(dut.byte, byte)
                ctx.set(dut.put, 1)
                await ctx.tick()
            ctx.set(dut.put, 0)
        for slot in order:
            ctx.set(dut.frame.payload, slot)
            ctx.set(dut.frame.valid, 1)
            await ctx.tick().until(dut.frame.ready)
        ctx.set(dut.frame.valid, 0)
        await ctx.tick().repeat(30)

    async def read(ctx):
        number = 0
        while True:
            ctx.set(dut.o.ready, stall is None or rng.random() >= stall)
            _, _, valid, ready, payload = await ctx.tick().sample(dut.o.valid, dut.o.ready, dut.o.payload.as_value())
            number += 1
            if valid and ready:
                got.append((number, payload))

    for stall in (None, 0.4):
        got.clear()
        simulator = Simulator(dut)
        simulator.add_clock(1e-6)
        simulator.add_testbench(write)
        simulator.add_testbench(read, background=True)
        simulator.run()
        wanted = [word for slot in order for word in pack(map, beats[slot])]
        assert [payload for _, payload in got] == wanted
        if stall is None:  # a beat a cycle, over the ends of frames too
            cycles = [cycle for cycle, _ in got]
            assert cycles == list(range(cycles[0], cycles[0] + len(cycles)))


def test_sizes_of_blocks():
    assert [block_bytes(map) for map in IMAGES.values()] == [256, 255, 256, 256, 243]
    with pytest.raises(ValueError, match=r"^a beat of an image must fit a packet of 256 bytes, got 129 lanes of 258$"):
        block_bytes(Map(1, 1, 129, 129, Element(0, 1000)))


RESULTS = {
    "logits": {"logits": Map(1, 1, 10, 2, Element(-300, 300))},
    "logits, class": {"logits": Map(1, 1, 6, 6, Element(-9, 9)), "class": Map(1, 1, 1, 1, Element(0, 5))},
    "a map": {"map": Map(4, 5, 2, 1, BIT)},
}


@pytest.mark.parametrize("name", RESULTS)
def test_results_by_slot(name):
    maps = RESULTS[name]
    dut = Results(maps, 2)
    rng = np.random.default_rng(2)
    frames = [{port: random_beats(map, 1, rng) for port, map in maps.items()} for _ in range(4)]
    seen = []

    def source(port, map):
        stream = getattr(dut, f"i_{port}")

        async def pour(ctx):
            for frame in frames:
                for word in pack(map, frame[port]):
                    ctx.set(stream.payload.as_value(), word)
                    ctx.set(stream.valid, 1)
                    await ctx.tick().until(stream.ready)
                    ctx.set(stream.valid, 0)

        return pour

    async def read(ctx):
        number = 0
        while number < len(frames):
            ctx.set(dut.slot, number % 2)
            *_, done = await ctx.tick().sample(dut.done)
            number += done
        for number in (2, 3):
            ctx.set(dut.read_slot, number % 2)
            for at in range(dut.bytes):
                ctx.set(dut.addr, at)
                await ctx.tick()
                seen.append(ctx.get(dut.data))

    simulator = Simulator(dut)
    simulator.add_clock(1e-6)
    for port, map in maps.items():
        simulator.add_testbench(source(port, map), background=True)
    simulator.add_testbench(read)
    simulator.run()
    assert bytes(seen) == b"".join(to_bytes(map, frames[n][port]) for n in (2, 3) for port, map in maps.items())


def test_outputs_that_cannot_take_turns():
    map = Map(2, 2, 1, 1, BIT)
    with pytest.raises(
        ValueError, match=r"^outputs that take turns on a link must be vectors, got a map among several$"
    ):
        Results({"a": map, "b": map}, 2)


async def count_read(ctx, dut: Events, event: int) -> int:
    """A counter, byte by byte: each is there when the next one is asked for."""
    got = []
    for at in range(5):
        ctx.set(dut.addr, 4 * event + at % 4)
        *_, byte = await ctx.tick().sample(dut.data).until(dut.valid)
        got.append(byte)
    return int.from_bytes(bytes(got[1:]), "little")


@pytest.mark.parametrize("events", [2, 5, 16])
def test_every_event_is_counted(events):
    rng = random.Random(events)
    rates = [rng.choice([0.0, 0.1, 0.9, 1.0]) for _ in range(events)]
    dut, counts = Events(events), [0] * events

    async def bench(ctx):
        for _ in range(700):
            happens = [rng.random() < rate for rate in rates]
            ctx.set(dut.happens, sum(flag << n for n, flag in enumerate(happens)))
            await ctx.tick()
            for n, flag in enumerate(happens):
                counts[n] += flag
        ctx.set(dut.happens, 0)
        await ctx.tick().repeat(2 * events + 3)
        assert [await count_read(ctx, dut, event) for event in range(events)] == counts

    simulator = Simulator(dut)
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    simulator.run()
    assert bytes_of(Map(1, 1, 1, 1, Element(0, max(1, *counts)))) <= 2


def test_the_bytes_of_a_counter_belong_together():
    """It counts on while it is read, over the ends of its bytes too."""
    dut = Events(5)

    async def bench(ctx):
        ctx.set(dut.happens, 0b00100)
        await ctx.tick().until(dut.valid)
        start = await count_read(ctx, dut, 2)
        for _ in range(80):
            await ctx.tick().repeat(3)
            now = await count_read(ctx, dut, 2)
            assert abs(now - start - 12) <= 10  # cycles between two readings, give or take a round
            start = now
        assert start > 3 * 256

    simulator = Simulator(dut)
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    simulator.run()
