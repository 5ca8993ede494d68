"""Inbox and outbox byte by byte: packets in, packets out, and what is dropped."""

import binascii
import random
import struct

import pytest
from amaranth.sim import Simulator

from binloom.boards import protocol
from binloom.boards.protocol import Check, Image, Load, Reader
from binloom.hw.link.format import LONGEST
from binloom.hw.link.inbox import Inbox
from binloom.hw.link.outbox import Outbox

PLAIN = [Check(1), Image(2, 3, bytes(256)), Load(4, 0x100, random.Random(2).randbytes(256)), Image(5, 0, b"\0\1")]


def bare(packet) -> bytes:
    (found,) = Reader().feed(protocol.to_bytes(packet))
    return found


def received(line: bytes, gap: int = 10, hold: int = 0) -> tuple[list[bytes], dict[str, int]]:
    """The packets that an inbox finds, read `hold` cycles after they are there; and how often it says what."""
    dut, found = Inbox(), []
    events = dict.fromkeys(("accepted", "malformed", "crc_error", "overrun"), 0)

    async def pour(ctx):
        for byte in line:
            ctx.set(dut.i.payload, byte)
            ctx.set(dut.i.valid, 1)
            *_, ready = await ctx.tick().sample(dut.i.ready)
            assert ready
            ctx.set(dut.i.valid, 0)
            await ctx.tick().repeat(gap - 1)
        await ctx.tick().repeat(1000 + 3 * hold)

    async def read(ctx):
        while True:
            while not ctx.get(dut.valid):
                await ctx.tick()
            for _ in range(hold):
                await ctx.tick()
            packet = []
            for at in range(ctx.get(dut.length)):
                ctx.set(dut.addr, at)
                await ctx.tick()
                packet.append(ctx.get(dut.data))
            found.append(bytes(packet))
            ctx.set(dut.done, 1)
            await ctx.tick()
            ctx.set(dut.done, 0)

    async def count(ctx):
        async for _, _, *happened in ctx.tick().sample(*(getattr(dut, name) for name in events)):
            for name, flag in zip(events, happened, strict=True):
                events[name] += flag

    simulator = Simulator(dut)
    simulator.add_clock(1e-6)
    simulator.add_testbench(pour)
    simulator.add_testbench(read, background=True)
    simulator.add_process(count)
    simulator.run()
    return found, events


def test_whole_packets_are_found():
    found, events = received(b"".join(map(protocol.to_bytes, PLAIN)))
    assert found == [bare(packet) for packet in PLAIN]
    assert events == {"accepted": 4, "malformed": 0, "crc_error": 0, "overrun": 0}


def test_what_is_no_packet_is_dropped_and_counted():
    good = protocol.to_bytes(Check(7))
    flipped = bytearray(good)
    flipped[3] ^= 8
    short = protocol.frame(b"abcdef")
    long = protocol.frame(bytes(LONGEST + 1))
    cut = good[:-3] + b"\0"
    found, events = received(bytes(flipped) + good + short + b"\0\0\0" + long + good + cut + good)
    assert found == [bare(Check(7))] * 3
    assert events == {"accepted": 3, "malformed": 3, "crc_error": 1, "overrun": 0}


def test_two_packets_wait_and_a_third_of_another_kind_is_lost_whole():
    packets = [Check(0), Check(1), Image(2, 0, b"\1"), Load(3, 0, b"\1\0")]
    found, events = received(b"".join(map(protocol.to_bytes, packets)), hold=800)
    assert found == [bare(packets[number]) for number in (0, 1)]
    assert (events["accepted"], events["overrun"]) == (2, 2)


@pytest.mark.parametrize("stall", [0.0, 0.7])
def test_what_is_put_in_is_sent(stall):
    rng = random.Random(3)
    packets = [rng.randbytes(size) for size in (3, 4, 250, 253, 260)]
    packets += [bytes(30), b"x" * 250, b"x" * 249 + b"\0", b"\1\2\0", bytes(261)]
    dut, line = Outbox(), bytearray()

    async def put(ctx):
        for packet in packets:
            await ctx.tick().until(dut.idle)
            for at, byte in enumerate(packet):
                ctx.set(dut.put, 1)
                ctx.set(dut.byte, byte)
                ctx.set(dut.send, at == len(packet) - 1)
                await ctx.tick()
            ctx.set(dut.put, 0)
            ctx.set(dut.send, 0)
        await ctx.tick().until(dut.idle)

    async def sink(ctx):
        held = None
        while True:
            ctx.set(dut.o.ready, rng.random() >= stall)
            *_, valid, ready, byte = await ctx.tick().sample(dut.o.valid, dut.o.ready, dut.o.payload)
            assert held is None or (valid and byte == held)
            held = byte if valid and not ready else None
            if valid and ready:
                line.append(byte)

    simulator = Simulator(dut)
    simulator.add_clock(1e-6)
    simulator.add_testbench(put)
    simulator.add_testbench(sink, background=True)
    simulator.run()
    coded = [protocol.frame(packet + struct.pack("<I", binascii.crc32(packet))) for packet in packets]
    assert Reader().feed(bytes(line)).__next__() == packets[0]
    assert list(Reader().feed(bytes(line))) == packets
    # Byte for byte the host's, but that a code behind a full run at the very end may be left out.
    assert len(line) <= sum(map(len, coded))
