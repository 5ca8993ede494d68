"""From a build to a bitstream with the real tools, and the clock that is chosen, with tools that only pretend."""

import json
import shutil
from pathlib import Path

import pytest

from binloom import api
from binloom.boards import bitstream as module
from binloom.boards.link import link_of
from binloom.boards.table import board
from binloom.boards.top import Top
from binloom.compiler.design.design import design
from binloom.compiler.design.fold import Plan
from binloom.compiler.errors import InputError
from binloom.compiler.implement.place import Implementation
from binloom.compiler.targets.area import Area
from binloom.main import main
from binloom.toolchain import find
from binloom.toolchain.nextpnr import Routed

ROOT = Path(__file__).parents[2]


@pytest.fixture
def folder(built, tmp_path):
    return shutil.copytree(built, tmp_path / "build")


def top(folder, name: str) -> str:
    build = api.load(folder)
    netlist = design(build.graph, Plan.from_dict(build.manifest["plan"])).netlist
    found = board(name)
    mhz = module.round_clocks(found)[-2]
    return Top(found, module.exactly(found, mhz), link_of(netlist, build.manifest), 16).verilog()


@pytest.mark.parametrize(
    ("name", "cell"),
    [
        ("ulx3s-12f", "EHXPLLL"),
        ("icebreaker", "SB_PLL40_PAD"),
        ("ice40-hx8k-b-evn", "SB_PLL40_CORE"),
        ("tangnano9k", "rPLL"),
        ("tangnano20k", "rPLL"),
    ],
)
def test_a_top_has_the_pll_of_its_family(built, name, cell):
    text = top(built, name)
    lamps = "".join(f", lamp{n}" for n in range(len(board(name).lamps)))
    highs = "".join(f", high{n}" for n in range(len(board(name).high)))
    assert f"module binloom_top (clk, rx, tx{lamps}{highs});" in text
    assert f"  {cell} #(" in text


@pytest.mark.skipif(not find.yosys().found or not find.nextpnr("ecp5").found, reason="needs yosys and nextpnr")
def test_a_bitstream_for_a_board(folder, capsys):
    assert main(["build", str(folder), "--board", "ulx3s-25f", "--seeds", "1", "--freq", "40"]) == 0
    said = capsys.readouterr()
    assert said.err == ""
    report = json.loads((folder / "report.json").read_text())
    routed = report["routed"]
    assert (report["board"], routed["out_of_context"]) == ("ulx3s-25f", False)
    told = routed["bitstream"]
    file = folder / told["file"]
    assert file.parent == folder / "routed" / "ulx3s-25f"
    assert (file.suffix, file.stat().st_size) == (".bit", told["bytes"])
    assert b"LFE5U-25F" in file.read_bytes()[:200]
    assert (told["clock_mhz"], told["baud"], told["image_bytes"], told["result_bytes"]) == (40, 1_000_000, 36, 5 * 3)
    assert (told["divisor"], told["slots"], told["protocol"], len(told["hash"])) == (40, 2, 1, 64)
    assert json.loads((file.parent / "link.json").read_text()) == told
    assert report["clock_mhz"]["max"] >= 40
    ops = {op["name"]: op for op in report["ops"]}
    assert ops["last"]["dsp"] == 1
    assert sum(op.get("ff", 0) for op in ops.values()) < report["ff"]  # the line has registers too
    assert "with its pins on ecp5-25f" in said.out
    assert api.load(folder).manifest["name"] == report["build"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "kind", "suffix"),
    [
        ("icebreaker", "ice40", "bin"),
        ("tangnano9k", "himbaechel-gowin", "fs"),
        ("tangnano20k", "himbaechel-gowin", "fs"),
    ],
)
def test_bitstreams_of_other_families(folder, name, kind, suffix):
    if not (find.nextpnr(kind).found and find.packer(board(name).device.family.packer).found):
        pytest.skip(f"needs the tools of {kind}")
    report, _ = api.load(folder).bitstream(name, seeds=1)
    told = report["routed"]["bitstream"]
    assert told["file"].endswith(f".{suffix}")
    assert (folder / told["file"]).stat().st_size == told["bytes"] > 10_000
    assert told["clock_mhz"] <= report["clock_mhz"]["max"]


def commands(board_name: str) -> list[str]:
    """The lines of docs/boards.md with which a board's bitstream was made."""
    text = (ROOT / "docs" / "boards.md").read_text().partition(f"\n### {board_name}\n")[2].partition("\n#")[0]
    return [line.strip() for line in text.splitlines() if line.startswith("    binloom ")]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["ulx3s-85f", "icebreaker", "tangnano20k"])
def test_the_bitstreams_of_the_document(name, tmp_path, monkeypatch):
    (tmp_path / "zoo").symlink_to(ROOT / "zoo")
    monkeypatch.chdir(tmp_path)
    lines = commands(name)
    assert [main(line.split()[1:]) for line in lines] == [0, 0, 0]
    report = json.loads((tmp_path / "build" / "report.json").read_text())
    assert report["clock_mhz"]["max"] >= report["routed"]["bitstream"]["clock_mhz"] == float(lines[-1].split()[-3])


@pytest.fixture
def reached(folder, monkeypatch):
    """Attempts that only pretend: what each clock that is asked for reaches."""

    def put(reach: dict[float, float], baud: int = module.BAUD):
        asked = []

        def attempt(folder, made, manifest, found, mhz, baud, effort):
            asked.append(mhz)
            seeds = [Routed(1, reach[mhz], {}, {}, None, 1.0)]
            made = Implementation(found.name, found.device, mhz, seeds, [], Area(), {}, {}, {})
            return module.replace(made, bitstream={"clock_mhz": mhz} if reach[mhz] >= mhz else None)

        monkeypatch.setattr(module, "_attempt", attempt)
        build = api.load(folder)
        return asked, module.bitstream(folder, build.graph, build.manifest, board("ulx3s-25f"), baud=baud)

    return put


@pytest.mark.parametrize(
    ("reach", "asked", "clock"),
    [
        ({100: 103.0}, [100], 100),
        ({100: 97.0, 95: 96.0}, [100, 95], 95),
        ({100: 97.0, 95: 94.0, 90: 91.0}, [100, 95, 90], 90),
        ({100: 121.0, 120: 118.0, 115: 117.0}, [100, 120, 115], 115),
        ({100: 111.0, 110: 104.0}, [100, 110], 100),
        ({100: 60.0, 60: 50.0, 50: 45.0, 45: 40.0, 40: 35.0}, [100, 60, 50, 45, 40], None),
        ({100: 8.0}, [100], None),
    ],
)
def test_the_clock_that_is_chosen(reached, reach, asked, clock):
    tried, made = reached(reach)
    assert tried == asked
    assert (made.bitstream and made.bitstream["clock_mhz"]) == clock


def test_a_clock_that_cannot_make_the_rate_is_passed_over(reached):
    """A bit of 10,000,000 baud is 9.5 cycles of 95 MHz."""
    tried, made = reached({100: 97.0, 90: 91.0}, baud=10_000_000)
    assert tried == [100, 90]
    assert made.bitstream == {"clock_mhz": 90}


def test_a_line_that_cannot_be(folder):
    build = api.load(folder)
    with pytest.raises(InputError, match=r"^115,200,000 baud cannot be had of 100 MHz; take --baud 25000000 or less$"):
        build.bitstream("ulx3s-25f", baud=115_200_000)


def test_a_baud_without_a_line(folder, capsys):
    assert main(["build", str(folder), "--device", "ecp5-25f", "--baud", "9600"]) == 2
    assert "--baud is of a board's serial line" in capsys.readouterr().err
