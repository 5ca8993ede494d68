"""The serial line bit by bit: a driver of wires that knows nothing of the blocks' insides."""

import random

import pytest
from amaranth.sim import Simulator

from binloom.hw.link.uart import Receiver, Transmitter


def levels(data: bytes, divisor: float, gap: int = 0) -> list[int]:
    """The wire, cycle by cycle, with the sender's own length of a bit."""
    wire, at = [1] * 20, 20.0
    for byte in data:
        for bit in (0, *(byte >> place & 1 for place in range(8)), 1):
            at += divisor
            wire += [bit] * (round(at) - len(wire))
        wire += [1] * gap
        at = float(len(wire))
    return wire + [1] * 40


def received(divisor: int, wire: list[int], take=lambda cycle: True) -> tuple[bytes, int]:
    """The bytes that came, and how many were lost."""
    dut, got, lost = Receiver(divisor), [], []

    async def bench(ctx):
        for cycle, level in enumerate(wire):
            ctx.set(dut.rx, level)
            ctx.set(dut.o.ready, take(cycle))
            _, _, valid, ready, byte, dropped = await ctx.tick().sample(
                dut.o.valid, dut.o.ready, dut.o.payload, dut.lost
            )
            if valid and ready:
                got.append(byte)
            lost.append(dropped)

    simulator = Simulator(dut)
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    simulator.run()
    return bytes(got), sum(lost)


DATA = random.Random(3).randbytes(40) + b"\x00\xff\x00\x55"


@pytest.mark.parametrize("divisor", [4, 5, 16])
@pytest.mark.parametrize("drift", [-0.02, 0.0, 0.02])
def test_every_byte_arrives(divisor, drift):
    assert received(divisor, levels(DATA, divisor * (1 + drift))) == (DATA, 0)


def test_a_byte_waits_to_be_taken_and_the_next_is_lost():
    wire = levels(b"abc", 8)
    assert received(8, wire, lambda cycle: cycle > 20 + 2 * 80 + 5) == (b"ac", 1)


def test_a_short_pulse_is_no_start_bit():
    assert received(16, [1] * 9 + [0] * 5 + levels(b"x", 16)) == (b"x", 0)


def test_a_byte_without_a_stop_bit_is_dropped():
    wire = levels(b"x", 8)[:-40]
    wire[-8:] = [0] * 8
    assert received(8, wire + levels(b"y", 8)) == (b"y", 0)


def test_a_line_that_is_held_low_says_nothing():
    wire = levels(b"x", 8) + [0] * 100 + levels(b"y", 8)
    assert received(8, wire) == (b"xy", 0)


@pytest.mark.parametrize("divisor", [4, 7])
@pytest.mark.parametrize("gap", [0, 3])
def test_what_is_sent_is_what_is_on_the_wire(divisor, gap):
    dut, wire = Transmitter(divisor), []

    async def source(ctx):
        for byte in DATA:
            ctx.set(dut.i.payload, byte)
            ctx.set(dut.i.valid, 1)
            await ctx.tick().until(dut.i.ready)
            ctx.set(dut.i.valid, 0)
            for _ in range(gap * 10 * divisor):
                await ctx.tick()

    async def watch(ctx):
        for _ in range((len(DATA) + 1) * 10 * divisor * (1 + gap)):
            *_, level = await ctx.tick().sample(dut.tx)
            wire.append(level)

    simulator = Simulator(dut)
    simulator.add_clock(1e-6)
    simulator.add_testbench(source)
    simulator.add_testbench(watch)
    simulator.run()
    assert received(divisor, wire)[0] == DATA
    if not gap:  # ten bits a byte
        assert wire[wire.index(0) : wire.index(0) + len(DATA) * 10 * divisor] == levels(DATA, divisor)[20:-40]


@pytest.mark.parametrize("block", [Receiver, Transmitter])
def test_too_few_cycles_a_bit(block):
    with pytest.raises(ValueError, match=r"^a bit must take 4 cycles or more, got 3$"):
        block(3)
