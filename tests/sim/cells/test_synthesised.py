"""Memories and multipliers as yosys maps them on cells, against the same components before synthesis."""

import random
import re

import numpy as np
import pytest
from amaranth.hdl import Cat, Module, Signal, signed, unsigned
from amaranth.lib import memory, stream, wiring
from amaranth.lib.wiring import In, Out

from binloom.compiler.implement.synthesis import synthesise
from binloom.compiler.targets.boards import device
from binloom.sim import pysim
from binloom.sim.netlist import of_synthesis
from binloom.sim.simulator import Job, Shell, launch
from binloom.sim.verilator import TOP, ports_of, to_verilog
from binloom.toolchain.find import yosys
from binloom.toolchain.verilator import Settings

pytestmark = pytest.mark.skipif(not yosys().found, reason="needs yosys")

ADDRESS, DATA = 14, 36
# Depth, width, bits written by each enable, and what a read of the word being written gives: old, new or nothing.
WIDE = [(1024, 18, 9, "nothing"), (512, 36, 9, "nothing"), (512, 36, 36, "old"), (512, 24, 24, "new")]
DEEP = [(16384, 1, 1, "nothing"), (8192, 2, 2, "nothing"), (4096, 4, 4, "nothing"), (2048, 9, 9, "nothing")]
PORTS = [(1024, 9, "old"), (1024, 18, "new"), (1024, 16, "nothing")]  # one address for reading and for writing


class Memories(wiring.Component):
    """All of them side by side, behind one address for writing and one for reading."""

    def __init__(self, memories: list[tuple[int, int, int, str]]) -> None:
        self.memories = memories
        width = sum(width for _, width, *_ in (*memories, *PORTS))
        super().__init__({"i": In(stream.Signature(2 * ADDRESS + DATA + 4)), "o": Out(stream.Signature(width))})

    def elaborate(self, platform) -> Module:
        m = Module()
        step = Signal()
        m.d.comb += [self.i.ready.eq(~self.o.valid | self.o.ready), step.eq(self.i.valid & self.i.ready)]
        with m.If(self.o.ready):
            m.d.sync += self.o.valid.eq(0)
        with m.If(step):
            m.d.sync += self.o.valid.eq(1)
        to, at = self.i.payload[:ADDRESS], self.i.payload[ADDRESS : 2 * ADDRESS]
        data, enable = self.i.payload[2 * ADDRESS : 2 * ADDRESS + DATA], self.i.payload[2 * ADDRESS + DATA :]
        rng, seen = random.Random(5), []
        for number, (depth, width, lane, meeting) in enumerate(self.memories):
            m.submodules[f"memory{number}"] = ram = memory.Memory(
                shape=unsigned(width), depth=depth, init=[rng.getrandbits(width) for _ in range(depth)]
            )
            write = ram.write_port(granularity=lane)
            read = ram.read_port(transparent_for=(write,) if meeting == "new" else ())
            apart = to[: len(read.addr)] != at[: len(read.addr)]
            m.d.comb += [
                write.addr.eq(to), write.data.eq(data), write.en.eq(enable[: width // lane] & step.replicate(4)),
                read.addr.eq(at), read.en.eq(step & (apart | (meeting != "nothing"))),
            ]  # fmt: skip
            seen.append(read.data)
        for number, (depth, width, meeting) in enumerate(PORTS):
            m.submodules[f"port{number}"] = ram = memory.Memory(
                shape=unsigned(width), depth=depth, init=[rng.getrandbits(width) for _ in range(depth)]
            )
            write = ram.write_port()
            read = ram.read_port(transparent_for=(write,) if meeting == "new" else ())
            m.d.comb += [
                write.addr.eq(to), write.data.eq(data), write.en.eq(enable[0] & step),
                read.addr.eq(to), read.en.eq(step & (~enable[0] | (meeting != "nothing"))),
            ]  # fmt: skip
            seen.append(read.data)
        m.d.comb += self.o.payload.eq(Cat(*seen))
        return m


PRODUCTS = [
    (signed(18), signed(18)),
    (unsigned(18), unsigned(18)),
    (signed(12), unsigned(15)),
    (signed(24), signed(22)),
]


class Products(wiring.Component):
    """A product of each pair of shapes."""

    i: In(stream.Signature(sum(a.width + b.width for a, b in PRODUCTS)))
    o: Out(stream.Signature(sum(a.width + b.width for a, b in PRODUCTS)))

    def elaborate(self, platform) -> Module:
        m = Module()
        at, made = 0, []
        for number, (a, b) in enumerate(PRODUCTS):
            factors = []
            for name, shape in (("a", a), ("b", b)):
                factors.append(Signal(shape, name=f"{name}{number}"))
                m.d.comb += factors[-1].eq(self.i.payload[at : at + shape.width])
                at += shape.width
            product = Signal(a.width + b.width, name=f"p{number}")
            m.d.comb += product.eq(factors[0] * factors[1])
            made.append(product)
        with m.If(self.i.ready):
            m.d.sync += [self.o.payload.eq(Cat(*made)), self.o.valid.eq(self.i.valid)]
        m.d.comb += self.i.ready.eq(~self.o.valid | self.o.ready)
        return m


def after_synthesis(dut: wiring.Component, chip: str, beats: list[int]) -> tuple[list[int], str]:
    """What the netlist gives for these beats, and the netlist."""
    inputs, outputs = ports_of(dut)
    shell = Shell(TOP, inputs, outputs)
    made = synthesise({"top.v": to_verilog(dut)}, TOP, device(chip).synth, timeout=600)
    netlist = of_synthesis(made, device(chip))
    size = inputs[0].bytes
    data = np.frombuffer(b"".join(beat.to_bytes(size, "little") for beat in beats), np.uint8).reshape(-1, size)
    simulator = shell.build(netlist.verilog, Settings(optimise="-O0", cells=netlist.models))
    out = launch(simulator, shell, Job({"i": data}, {"o": len(beats)}, stall=0.2, seed=3)).beats["o"]
    return [int.from_bytes(beat.tobytes(), "little") for beat in out], netlist.verilog


def accesses(count: int) -> list[int]:
    """Random ones, half of them near where the memories begin and end, a third of them meeting."""
    rng = random.Random(4)

    def address() -> int:
        return rng.choice([rng.randrange(8), (1 << ADDRESS) - 1 - rng.randrange(8), rng.randrange(1 << ADDRESS)])

    beats = []
    for _ in range(count):
        to, at = address(), address()
        at = rng.choice([to, at, at])
        beats.append(
            to | at << ADDRESS | rng.getrandbits(DATA) << 2 * ADDRESS | rng.getrandbits(4) << 2 * ADDRESS + DATA
        )
    return beats


@pytest.mark.parametrize(
    ("chip", "memories", "widths"),
    [
        ("ecp5-85f", WIDE, {18, 36}),
        pytest.param("ecp5-85f", DEEP, {1, 2, 4, 9, 18}, marks=pytest.mark.slow),
        pytest.param("ice40-up5k", WIDE + DEEP, set(), marks=pytest.mark.slow),
    ],
)
def test_memories(chip, memories, widths):
    """Contents, addresses, lanes and meetings are what they were."""
    beats = accesses(1000)
    got, netlist = after_synthesis(Memories(memories), chip, beats)
    expected = pysim.simulate(Memories(memories), {"i": beats}, {"o": len(beats)}).payloads["o"]
    first = next((number for number, pair in enumerate(zip(got, expected, strict=True)) if pair[0] != pair[1]), None)
    assert first is None, f"beat {first}: got {got[first]:x}, expected {expected[first]:x}"
    if chip.startswith("ecp5"):
        assert set(map(int, re.findall(r"\.DATA_WIDTH_[AB]\(32'd(\d+)\)", netlist))) >= widths
        assert set(re.findall(r'\.WRITEMODE_[AB]\("(\w+)"\)', netlist)) == {"NORMAL", "READBEFOREWRITE", "WRITETHROUGH"}


def test_products():
    """Signed, unsigned, mixed, and wider than one multiplier."""
    width = sum(a.width + b.width for a, b in PRODUCTS)
    rng = random.Random(6)
    beats = [rng.getrandbits(width) & rng.choice([-1, rng.getrandbits(width)]) for _ in range(500)]
    got, netlist = after_synthesis(Products(), "ecp5-85f", beats)
    assert got == pysim.simulate(Products(), {"i": beats}, {"o": len(beats)}).payloads["o"]
    assert netlist.count("MULT18X18D") >= 6
