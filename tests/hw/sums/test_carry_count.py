"""Carry chains that count equal bits: as Lattice's cell computes them, slot by slot, and against the portable form."""

import numpy as np
import pytest
from amaranth.back import rtlil
from amaranth.hdl import Array, Cat, Const, Fragment, Module
from amaranth.sim import Simulator

from binloom.hw.arrays.dot import XnorPopcount
from binloom.hw.element import BIT
from binloom.hw.sums import carry_count as chains
from binloom.hw.sums.carry_count import CarryCount, Slot, Wire, carry_count, carry_levels


def evaluate(plan: CarryCount, x: np.ndarray, w: np.ndarray) -> np.ndarray:
    """The counts for inputs and weights (n, bits), by the cell's definition."""
    sums: dict[int, np.ndarray] = {}

    def value(wire: Wire) -> np.ndarray:
        if wire.kind == "const":
            return np.full(len(x), wire.index)
        return sums[wire.index] if wire.kind == "s" else (x if wire.kind == "x" else w)[:, wire.index]

    def half(slot: Slot, carry: np.ndarray) -> np.ndarray:
        a, b, c, d = (value(wire) for wire in slot.inputs)
        p = slot.init >> (a + 2 * b + 4 * c + 8 * d) & 1
        g = slot.init >> (a + 2 * b) & 1
        if slot.o is not None:
            made[slot.o] = p ^ carry
        return np.where(p == 1, carry, g)

    for level in plan.levels:
        made: dict[int, np.ndarray] = {}
        for chain in level:
            carry = np.random.default_rng(0).integers(0, 2, len(x))  # nothing drives the first carry
            for slot in chain:
                carry = half(slot, carry)
        sums = made
    return sum(value(wire) << place for place, wire in enumerate(plan.count))


@pytest.mark.parametrize("bits", [*range(8, 20), 63, 64, 127, 128, 129, 200, 512])
def test_counts(bits):
    rng = np.random.default_rng(bits)
    x, w = rng.integers(0, 2, (2, 200, bits))
    x[0], x[1] = w[0], 1 - w[1]
    plan = carry_count(bits)
    assert len(plan.levels) == carry_levels(bits)
    assert np.array_equal(evaluate(plan, x, w), (x == w).sum(axis=1))


def test_slots():
    def slots(bits: int) -> int:
        return sum(len(chain) for level in carry_count(bits).levels for chain in level)

    assert slots(127) <= 1.55 * 127
    assert slots(128) <= 1.6 * 128
    assert slots(512) <= 1.6 * 512


def test_refuses_few_bits():
    with pytest.raises(ValueError, match=r"^carry chains count 8 bits or more, got 7$"):
        carry_count(7)


class Ecp5:
    family = "ecp5"


def cell(kind: str, **ports) -> Module:
    """The same definition as a circuit, in the place of the cell."""
    assert kind == "CCU2C"
    assert ports["p_INJECT1_0"] == ports["p_INJECT1_1"] == "NO"
    m = Module()
    carry = ports.get("i_CIN", Const(1, 1))
    for half in (0, 1):
        init = Array(Const(ports[f"p_INIT{half}"].value >> place & 1, 1) for place in range(16))
        a, b, c, d = (ports[f"i_{pin}{half}"] for pin in "ABCD")
        p, g = init[Cat(a, b, c, d)], init[Cat(a, b)]
        if f"o_S{half}" in ports:
            m.d.comb += ports[f"o_S{half}"].eq(p ^ carry)
        carry = p & carry | ~p & g
    if "o_COUT" in ports:
        m.d.comb += ports["o_COUT"].eq(carry)
    return m


@pytest.mark.parametrize(("bits", "rows", "per_stage"), [(8, 1, 2), (20, 3, 2), (33, 2, 3), (72, 2, 2), (128, 1, 2)])
def test_equals_the_portable_form_cycle_by_cycle(bits, rows, per_stage, monkeypatch):
    monkeypatch.setattr(chains, "Instance", cell)
    rng = np.random.default_rng(bits)
    steps = [(int(rng.random() < 0.7), rng.integers(0, 2, bits), rng.integers(0, 2, bits * rows)) for _ in range(40)]
    seen = []
    for platform in (None, Ecp5):
        dut = XnorPopcount(BIT, BIT, np.ones((2, bits, rows), np.int64), per_stage)
        seen.append([])

        async def bench(ctx, dut=dut, outputs=seen[-1]):
            for enable, x, w in steps:
                ctx.set(dut.en, enable)
                ctx.set(dut.x, sum(int(bit) << j for j, bit in enumerate(x)))
                ctx.set(dut.w, sum(int(bit) << j for j, bit in enumerate(w)))
                await ctx.tick()
                outputs.append([ctx.get(lane) for lane in dut.o])

        simulator = Simulator(Fragment.get(dut, platform))
        simulator.add_clock(1e-6)
        simulator.add_testbench(bench)
        simulator.run()
    enabled = [2 * (x[:, None] == w.reshape(bits, rows)).sum(axis=0) for enable, x, w in steps if enable]
    portable, chained = seen
    full = next(number for number in range(len(steps)) if sum(step[0] for step in steps[: number + 1]) == dut.stages)
    assert chained[full:] == portable[full:]
    assert chained[-1] == enabled[-dut.stages].tolist()


def test_no_chains_where_none_are_wanted():
    dut = XnorPopcount(BIT, BIT, np.ones((2, 72, 2), np.int64), 2, chains=False)
    assert "CCU2C" not in rtlil.convert(dut, platform=Ecp5())
    assert dut.stages < XnorPopcount(BIT, BIT, np.ones((2, 72, 2), np.int64), 2).stages


def test_few_bits_have_no_chains():
    dut = XnorPopcount(BIT, BIT, np.ones((2, 7, 1), np.int64), 2)
    assert "CCU2C" not in rtlil.convert(dut, platform=Ecp5())
