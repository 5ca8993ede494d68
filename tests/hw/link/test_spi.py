"""An SPI master, bit by bit, and a network behind a slave of its bus."""

import random

import pytest
from amaranth.sim import Simulator

from binloom.boards import protocol
from binloom.boards.protocol import Ask, Identify, Identity, Image, ImageState, Reader, Refused, Result
from binloom.hw.element import Element
from binloom.hw.elementwise.clip import Clip
from binloom.hw.link.format import Code, Kind, Place
from binloom.hw.link.gather import Gather
from binloom.hw.link.spi import SpiNetwork
from binloom.hw.network import Netlist, Stage
from binloom.hw.stream import Map
from tests.hw.link.bench import link

MAP = Map(2, 3, 1, 1, Element(0, 255))


async def exchange(ctx, bus, half: int, data: bytes) -> bytes:
    """One selection: the bytes that go, and those that come meanwhile."""
    came = []
    ctx.set(bus.cs_n, 0)
    await ctx.tick().repeat(4)
    for byte in data:
        read = 0
        for bit in range(7, -1, -1):
            ctx.set(bus.copi, byte >> bit & 1)
            await ctx.tick().repeat(half)
            read = read << 1 | ctx.get(bus.cipo)
            ctx.set(bus.sck, 1)
            await ctx.tick().repeat(half)
            ctx.set(bus.sck, 0)
        came.append(read)
    await ctx.tick().repeat(half)
    ctx.set(bus.cs_n, 1)
    await ctx.tick().repeat(4)
    return bytes(came)


@pytest.mark.parametrize(("half", "length", "record"), [(4, None, b"who" * 80), (4, 1, b"who"), (7, 3, b"who")])
def test_a_link_over_spi(half, length, record):
    """In one selection for a request and its answer, and in one for every few bytes of them; also with an answer whose
    run of bytes without a zero takes the link longer to find than the bus has for a byte."""
    dut = SpiNetwork(
        link(Netlist("six", {"x": MAP}, [Stage("limit", Clip(MAP, 0, 9), ("x",))], {"y": "limit"}), record)
    )
    replies = []

    async def bench(ctx):
        reader = Reader()

        async def say(*requests, rest=40):
            line = b"".join(map(protocol.to_bytes, requests)) + bytes(rest)
            for start in range(0, len(line), length or len(line)):
                came = await exchange(ctx, dut, half, line[start:][:length])
                replies.extend(map(protocol.reply_of, reader.feed(came)))

        await say(Identify(1), rest=80 + len(record))
        cut = protocol.to_bytes(Ask(2))
        await exchange(ctx, dut, half, cut[:5])  # a packet may be in two selections
        await exchange(ctx, dut, half, cut[5:])
        await say(Image(3, 0, bytes(range(7, 13))), rest=80)
        await say(Image(4, 0, b"12"))
        assert reader.noise == 0

    simulator = Simulator(dut)
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    simulator.run()
    assert replies == [
        Identity(1, 0, record),
        ImageState(2, Place.UNKNOWN, b"\1"),
        ImageState(3, Place.WHOLE, b"\0"),
        Result(3, 0, bytes([7, 8, 9, 9, 9, 9])),
        Refused(4, Kind.IMAGE, Code.LENGTH),
    ]


def test_packets_are_gathered():
    """With gaps before any byte and a taker that stops: what comes out is what went in, and within a packet every other
    cycle has a byte."""
    dice = random.Random(7)
    packets = [bytes(dice.choices(range(1, 256), k=size)) for size in (1, 300, 2, 508, 509, 40, 7)]
    data = b"\0" + b"\0".join(packets) + b"\0"
    dut, came = Gather(), []

    async def give(ctx):
        for byte in data:
            await ctx.tick().repeat(dice.choice((1, 1, 1, 9)))
            ctx.set(dut.i.payload, byte)
            ctx.set(dut.i.valid, 1)
            await ctx.tick().until(dut.i.ready)
            ctx.set(dut.i.valid, 0)

    async def take(ctx):
        waited = 0
        while len(came) < len(data):
            ctx.set(dut.o.ready, dice.random() < 0.5)
            _, _, valid, ready, byte = await ctx.tick().sample(dut.o.valid, dut.o.ready, dut.o.payload)
            waited = 0 if valid else waited + 1
            if valid and ready:
                came.append(byte)
            assert waited <= 1 or came[-1:] in ([], [0]), "a gap in a packet"

    simulator = Simulator(dut)
    simulator.add_clock(1e-6)
    simulator.add_testbench(give, background=True)
    simulator.add_testbench(take)
    simulator.run()
    assert bytes(came) == data
