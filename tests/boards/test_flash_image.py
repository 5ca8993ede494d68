"""A board that starts without a host: the pins of its flash, what the flash holds, and the design that reads it."""

import json
from dataclasses import replace
from types import SimpleNamespace

import pytest
from amaranth.sim import Simulator

from binloom import api
from binloom.boards import bitstream as module
from binloom.boards.constraints import pcf
from binloom.boards.flash_image import flash_image
from binloom.boards.link import link_of
from binloom.boards.made import made
from binloom.boards.table import board
from binloom.boards.top import BUS, STARTUP, Top
from binloom.compiler.build import Build
from binloom.compiler.compile import CompileOptions, compile_graph
from binloom.compiler.design.design import design
from binloom.compiler.plan.default import default_plan
from binloom.hw.link import flash
from binloom.toolchain import find
from tests.hw.link.bench import network
from tests.hw.link.test_flash import Flash

AT = 0x40000


@pytest.fixture(scope="module")
def loaded(tmp_path_factory):
    """A build with weights to load, on an iCEBreaker."""
    graph, _ = network()
    plan = default_plan(graph, 400)
    plan = replace(plan, folds={**plan.folds, "dense": replace(plan.folds["dense"], storage="ram")})
    folder = tmp_path_factory.mktemp("loaded") / "build"
    compile_graph(graph, folder, CompileOptions(), plan=plan)
    return Build.load(folder)


def top_of(build, name, pll=None):
    found = board(name)
    return Top(found, pll, module._linked(design(build.graph, build.plan), build.manifest, found), 16)


def test_the_pins_of_the_flash():
    found = board("icebreaker").flash
    assert [(pin.site, pin.inverted) for pin in (found.sck, found.cs, found.copi, found.cipo)] == [
        ("15", False),
        ("16", True),
        ("14", False),
        ("17", False),
    ]
    assert found.weights_at == AT


def test_only_what_has_weights_to_load_gets_the_pins(loaded, built):
    lines = pcf(top_of(loaded, "icebreaker").pins).splitlines()
    assert lines[-4:] == ["set_io flash_sck 15", "set_io flash_cs 16", "set_io flash_copi 14", "set_io flash_cipo 17"]
    text = top_of(loaded, "icebreaker").verilog()
    assert "module binloom_top (clk, rx, tx, lamp0, lamp1, flash_sck, flash_cs, flash_copi, flash_cipo);" in text
    assert "flash" not in pcf(top_of(Build.load(built), "icebreaker").pins)
    assert "flash" not in pcf(top_of(loaded, "ice40-hx8k-b-evn").pins)
    linked = link_of(design(loaded.graph, loaded.plan).netlist, loaded.manifest, flash_at=AT)
    with pytest.raises(ValueError, match=r"^ice40-hx8k-b-evn has no flash to read weights from$"):
        Top(board("ice40-hx8k-b-evn"), None, linked, 16)


def test_the_flash_hears_on_its_pins_what_the_reader_says(loaded, monkeypatch):
    """Up to the first command: the pin that selects it is low meanwhile, and high before and behind."""
    monkeypatch.setattr(flash, "REST", 64)
    top, held = top_of(loaded, "icebreaker"), Flash(AT, b"")
    pins = SimpleNamespace(**{wire: top.ports[f"flash_{wire}"] for wire in BUS})
    pins.cs_n = pins.cs

    async def bench(ctx):
        for _ in range(STARTUP + 64 + 8 * 4 + 10):
            ctx.set(top.ports["clk"], 1)
            await ctx.delay(5e-7)
            ctx.set(top.ports["clk"], 0)
            await ctx.delay(5e-7)

    simulator = Simulator(top)
    simulator.add_testbench(held.on(pins), background=True)
    simulator.add_testbench(bench)
    simulator.run()
    assert held.asked == [b"\xab"]


def test_what_the_flash_holds():
    image = flash_image(b"bitstream", b"weights", 32)
    assert (image[:9], set(image[9:32]), image[32:]) == (b"bitstream", {0xFF}, b"weights")
    assert flash_image(b"bits", b"weights", 4) == b"bitsweights"
    with pytest.raises(ValueError, match=r"^a bitstream of 5 bytes reaches beyond 0x4, where weights begin$"):
        flash_image(b"bits!", b"weights", 4)


def test_a_build_with_weights_writes_it(loaded, built, tmp_path):
    done, found = design(loaded.graph, loaded.plan), board("icebreaker")
    bits = tmp_path / f"{loaded.manifest['name']}.bin"
    bits.write_bytes(b"bits" * 1000)
    told = module._flash(tmp_path, bits, done, loaded.manifest, found)["flash"]
    weights = done.netlist.load_image().astype("<u2").tobytes()
    assert (tmp_path / told["file"]).read_bytes() == (b"bits" * 1000).ljust(AT, b"\xff") + weights
    assert (told["file"], told["bytes"], told["weights_at"]) == (f"{bits.stem}.flash.bin", AT + len(weights), AT)
    assert module._flash(tmp_path, bits, done, loaded.manifest, board("ulx3s-25f")) == {}
    plain = Build.load(built)
    assert module._flash(tmp_path, bits, design(plain.graph, plain.plan), plain.manifest, found) == {}


@pytest.mark.slow
@pytest.mark.skipif(not find.nextpnr("ice40").found or not find.packer("icepack").found, reason="needs the tools")
def test_a_bitstream_and_its_weights_for_an_icebreaker(loaded):
    report, _ = api.load(loaded.dir).bitstream("icebreaker", freq=12, seeds=1)
    told = report["routed"]["bitstream"]
    image = loaded.dir / told["flash"]["file"]
    data, bits = image.read_bytes(), (loaded.dir / told["file"]).read_bytes()
    assert len(bits) == 104_090
    assert data == flash_image(bits, data[AT:], AT)
    assert data[AT:] == loaded.load_image.astype("<u2").tobytes()
    assert made(loaded.dir).flash == (image, told["flash"]["sha256"])
    assert json.loads((image.parent / "link.json").read_text()) == told
