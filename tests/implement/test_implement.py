"""A small build, synthesised and routed with the real tools; and what surrounds it where there are no pins."""

import json
import re
import shutil

import pytest

from binloom import api
from binloom.compiler.errors import InputError
from binloom.compiler.implement import implement as module
from binloom.compiler.implement import place
from binloom.compiler.implement.harness import harness
from binloom.compiler.implement.implement import implement
from binloom.compiler.implement.modules import modules_by_op, owners
from binloom.compiler.implement.place import Effort, Implementation
from binloom.compiler.implement.synthesis import Synthesis
from binloom.compiler.targets.area import Area
from binloom.compiler.targets.boards import board, device
from binloom.main import main
from binloom.toolchain import yosys
from binloom.toolchain.nextpnr import CriticalPath, DoesNotFit, Failed, Routed
from binloom.toolchain.run import TimedOut


@pytest.fixture
def folder(built, tmp_path):
    return shutil.copytree(built, tmp_path / "build")


def test_every_module_under_the_top_belongs_to_an_op(folder):
    build = api.load(folder)
    text = build.verilog.read_text()
    found = modules_by_op(text, build.manifest)
    top = re.search(rf"^module {build.manifest['name']} .*?^endmodule", text, re.MULTILINE | re.DOTALL)[0]
    assert sorted(module for modules in found.values() for module in modules) == sorted(
        re.findall(r"^  (\w+)  \w+ \($", top, re.MULTILINE)
    )
    assert list(found) == ["first", "pool", "last"]
    assert [name.split("_", 2)[-1] for name in found["first"]] == ["first", "first_window"]


def test_whose_the_parts_between_blocks_are(folder):
    owner = owners(api.load(folder).manifest)
    between = ("first_window_fifo", "first_fifo1", "first_window_cut", "first_fork", "image_fork", "load_order")
    assert [owner(part) for part in between] == ["first", "first", "first", "first", "image", "load_order"]


@pytest.mark.parametrize("ports", ["plain", "axi"])
def test_the_harness_around_either_style_of_ports(model, tmp_path, ports):
    """Yosys finds every port, of the right width, and modules by op are told apart under the AXI wrapper too."""
    build = api.compile(model, tmp_path / "build", ports=ports, cycles=200)
    assert list(modules_by_op(build.verilog.read_text(), build.manifest)) == ["first", "pool", "last"]
    around = tmp_path / "around.v"
    around.write_text(harness(build.manifest))
    work = tmp_path / "work"
    work.mkdir()
    made = yosys.synthesise([build.verilog, around], "binloom_three_pins", "prep", work, timeout=120)
    log = (work / yosys.LOG).read_text()
    assert not re.search("Warning: .*(resiz|unconnected|not found|undriven)", log, re.IGNORECASE)
    top = json.loads(made.json.read_text())["modules"]["binloom_three_pins"]
    assert list(top["ports"]) == ["clk", "d", "q"]
    assert len(top["cells"]) > 50


def test_a_build_for_a_board(folder, capsys):
    """The whole road, with the real tools: seconds on ECP5."""
    assert main(["build", str(folder), "--device", "ecp5-25f", "--seeds", "1"]) == 0
    said = capsys.readouterr()
    assert said.err == ""
    assert "out of context (no pins, no bitstream) on ecp5-25f" in said.out
    report = json.loads((folder / "report.json").read_text())
    routed = report["routed"]
    clock = report["clock_mhz"]
    assert clock["min"] == clock["median"] == clock["max"] > 50
    assert report["frames_per_second"] == round(1e6 * clock["max"] / report["cycles_per_frame"])
    assert report["cycles_are"] == "predicted"
    assert report["dsp"] == 1
    ops = {op["name"]: op for op in report["ops"]}
    assert sum(op.get("ff", 0) for op in ops.values()) == report["ff"] == routed["placed"]["TRELLIS_FF"][0]
    assert report["lut"] >= routed["lut_synthesised"] >= sum(op.get("lut", 0) for op in ops.values())
    assert ops["last"]["dsp"] == 1
    assert "Placed and routed for ecp5-25f" in (folder / "report.html").read_text()
    assert "Not verified yet" in (folder / "report.html").read_text()

    # The folder is a build as before, and a verification adds to the report what it found.
    assert main(["verify", str(folder), "--images", "3"]) == 0
    again = json.loads((folder / "report.json").read_text())
    assert (again["cycles_are"], again["routed"]) == ("measured", routed)
    page = (folder / "report.html").read_text()
    assert "Placed and routed for ecp5-25f" in page
    assert "Equal to the model, bit for bit" in page


def test_a_design_that_is_too_large(folder, tmp_path, monkeypatch):
    build = api.load(folder)
    cells = {build.manifest["name"]: {"LUT4": 100_000}}
    small = device("ecp5-25f")
    made = Synthesis(tmp_path / "made", "top", "", cells, "1.0", 1.0)
    made.folder.mkdir()
    monkeypatch.setattr(module, "synthesise", lambda *args, **options: made)
    with pytest.raises(InputError, match=r"needs 100,000 of 24,288 LUTs of ecp5-25f; take a larger device"):
        implement(folder, build.graph, build.manifest, small, "ecp5-25f")

    asked = []

    def full(kind, netlist, top, args, *others, **options):
        asked.append(args[args.index("--placer") + 1])
        raise DoesNotFit("no BELs remaining")

    cells[build.manifest["name"]]["LUT4"] = 24_000
    monkeypatch.setattr(place.nextpnr, "route", full)
    with pytest.raises(InputError, match=r"does not fit into ecp5-25f: no BELs remaining; take a larger device"):
        implement(folder, build.graph, build.manifest, small, "ecp5-25f")
    for lut, placer in ((24_000, "heap"), (23_999, "")):
        cells[build.manifest["name"]]["LUT4"] = lut
        with pytest.raises(InputError):
            implement(folder, build.graph, build.manifest, small, "ecp5-25f", effort=Effort(placer=placer))
    assert asked == ["static", "heap", "heap"]


def test_a_clock_that_is_asked_for_and_missed_is_status_1(folder, monkeypatch, capsys):
    seeds = [
        Routed(1, 90.0, {"TRELLIS_COMB": 50}, {"TRELLIS_COMB": 24288}, CriticalPath("a.x", "b.y", 2.0, 9.1), 1.0),
        Routed(2, 95.0, {"TRELLIS_COMB": 51}, {"TRELLIS_COMB": 24288}, CriticalPath("a.x", "a.z", 2.0, 8.5), 1.0),
    ]
    late = Failed(3, "was stopped after 60 s", TimedOut("nextpnr-ecp5 was stopped after 60 s"))
    made = Implementation(
        "ulx3s-25f", board("ulx3s-25f"), 100.0, "heap", seeds, [late], Area(40), {}, {"yosys": "1"}, {}
    )
    monkeypatch.setattr("binloom.build.implement", lambda *args, **options: made)
    assert main(["build", str(folder), "--device", "ecp5-25f"]) == 0
    said = capsys.readouterr().out
    assert "clock 90.0 / 92.5 / 95.0 MHz (min, median, max of 2 seeds; 100 asked for), slowest path in a\n" in said
    assert "51 of 24,288 LUTs placed (0%), by the placer heap\n" in said
    assert "seed 3 was stopped after 60 s\n" in said
    assert main(["build", str(folder), "--device", "ecp5-25f", "--freq", "100"]) == 1
    assert "100 MHz are not reached" in capsys.readouterr().out
    assert main(["build", str(folder), "--device", "ecp5-25f", "--freq", "95"]) == 0


def test_what_cannot_be_built_for_is_one_line(folder, capsys):
    for words, told in (
        (["--board", "nope"], "binloom: there is no board 'nope'; take one of ulx3s-12f"),
        (["--device", "lifcl-40"], "binloom: there is no place and route for lifcl-40; take another device"),
        (["--device", "gw2a-18", "--placer", "static"], "binloom: there is no placer 'static' for gw2a-18; take heap"),
    ):
        assert main(["build", str(folder), *words]) == 2
        said = capsys.readouterr().err
        assert said.startswith(told)
        assert said.count("\n") == 1


@pytest.mark.parametrize("words", [["--freq", "-5"], ["--freq", "nan"], ["--timeout", "0"], ["--seeds", "0"]])
def test_numbers_that_make_no_sense(folder, words, capsys):
    with pytest.raises(SystemExit) as caught:
        main(["build", str(folder), "--board", "ulx3s-85f", *words])
    assert caught.value.code == 2
    assert f"got '{words[1]}'" in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.parametrize("name", ["ice40-up5k", "ice40-hx8k"])
def test_a_build_between_shift_registers(folder, name):
    report, _ = api.load(folder).implement(device(name), seeds=2, jobs=2)
    assert len(report["routed"]["seeds"]) == 2
    assert report["clock_mhz"]["min"] > 10
    assert report["lut"] > sum(op.get("lut", 0) for op in report["ops"]) > 0
