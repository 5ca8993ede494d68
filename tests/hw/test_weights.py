"""The store of words: constants, memories, the pause of its enable."""

import random
from collections import Counter

import pytest
from amaranth.back import verilog
from amaranth.sim import Simulator

from binloom.hw.weights import WeightStore, pack_words
from binloom.toolchain.yosys import synthesise


@pytest.mark.parametrize("storage", ["logic", "rom"])
@pytest.mark.parametrize("width", [1, 36, 5000])
def test_a_word_comes_after_its_latency(storage, width):
    words = [(1 << width) - 1, 0, 1, 1 << (width - 1), (1 << width) // 3]
    dut = WeightStore(words, width, storage=storage)

    async def bench(ctx):
        ctx.set(dut.en, 1)
        expected = [None] * (dut.latency - 1)
        for index, word in enumerate([*words, *words]):
            ctx.set(dut.addr, index % len(words))
            expected.append(word)
            await ctx.tick()
            coming = expected.pop(0)
            assert coming is None or ctx.get(dut.data) == coming
        ctx.set(dut.en, 0)
        ctx.set(dut.addr, 0)
        await ctx.tick()
        assert ctx.get(dut.data) == coming

    simulator = Simulator(dut)
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    simulator.run()


def test_one_word_is_a_constant():
    dut = WeightStore([42], 6)

    async def bench(ctx):
        assert ctx.get(dut.data) == 42

    simulator = Simulator(dut)
    simulator.add_testbench(bench)
    simulator.run()


def test_packing():
    assert pack_words([[1, -1, 2], [-4, 3, 0]], 3) == [0b010_111_001, 0b000_011_100]
    assert pack_words([[-(2**40), 5]], 60) == [(2**60 - 2**40) | 5 << 60]


@pytest.mark.parametrize(
    ("words", "width", "storage", "message"),
    [
        ([], 3, "logic", "a weight store holds at least one word, got none"),
        ([0], 0, "logic", "a word must have at least one bit, got 0"),
        ([0], 1, "ram", "storage must be one of logic, rom, got 'ram'"),
        ([0, 8], 3, "logic", "word 1 must be an unsigned number of 3 bits, got 8"),
        ([-1], 3, "logic", "word 0 must be an unsigned number of 3 bits, got -1"),
    ],
)
def test_refuses(words, width, storage, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        WeightStore(words, width, storage=storage)


@pytest.mark.parametrize(
    ("depth", "width", "storage", "cells"),
    [
        (16, 60, "logic", {"LUT4": 60}),
        (100, 100, "rom", {"DP16KD": 3}),
        (513, 36, "rom", {"DP16KD": 2}),
        (640, 8, "rom", {"DP16KD": 1}),
        (600, 72, "rom", {"DP16KD": 4}),
    ],
)
def test_what_yosys_makes_of_it(tmp_path, depth, width, storage, cells):
    """The figures of docs/hardware.md."""
    numbers = random.Random(1)
    words = [numbers.getrandbits(width) for _ in range(depth)]
    text = verilog.convert(WeightStore(words, width, storage=storage), name="store", emit_src=False)
    source = tmp_path / "store.v"
    source.write_text(text)
    folder = tmp_path / "synth"
    folder.mkdir()
    made = synthesise([source], "store", "synth_ecp5 -nowidelut", folder, timeout=120)
    found = Counter()
    for module in made.cells.values():
        found.update(module)
    assert found.pop("TRELLIS_FF") == width
    assert {kind: found[kind] for kind in cells} == cells
    assert set(found) == set(cells)
