"""From a build to a bitstream with the real tools, and the clock that is chosen, with tools that only pretend."""

import json
import re
import shutil
from pathlib import Path

import pytest

from binloom import api
from binloom.boards import bitstream as module
from binloom.boards.constraints import WRITERS
from binloom.boards.link import link_of
from binloom.boards.table import board
from binloom.boards.top import Top
from binloom.compiler.design.design import design
from binloom.compiler.design.fold import Plan
from binloom.compiler.errors import InputError
from binloom.compiler.implement.place import Implementation
from binloom.compiler.targets.area import Area
from binloom.main import main
from binloom.sim.routed import _line
from binloom.toolchain import find
from binloom.toolchain.nextpnr import Routed

ROOT = Path(__file__).parents[2]


@pytest.fixture
def folder(built, tmp_path):
    return shutil.copytree(built, tmp_path / "build")


def top(folder, name: str, divisor: int | None = 16) -> Top:
    build = api.load(folder)
    netlist = design(build.graph, Plan.from_dict(build.manifest["plan"])).netlist
    found = board(name)
    mhz = module.round_clocks(found)[-2]
    return Top(found, module.exactly(found, mhz), link_of(netlist, build.manifest), divisor)


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
    text = top(built, name).verilog()
    lamps = "".join(f", lamp{n}" for n in range(len(board(name).lamps)))
    highs = "".join(f", high{n}" for n in range(len(board(name).high)))
    assert f"module binloom_top (clk, rx, tx{lamps}{highs});" in text
    assert f"  {cell} #(" in text


SPI = {
    "ulx3s-12f": (
        "OBZ",
        """
LOCATE COMP "spi_sck" SITE "B11";
IOBUF PORT "spi_sck" IO_TYPE=LVCMOS33;
LOCATE COMP "spi_cs" SITE "C11";
IOBUF PORT "spi_cs" IO_TYPE=LVCMOS33 PULLMODE=UP;
LOCATE COMP "spi_copi" SITE "A10";
IOBUF PORT "spi_copi" IO_TYPE=LVCMOS33;
LOCATE COMP "spi_cipo" SITE "A11";
IOBUF PORT "spi_cipo" IO_TYPE=LVCMOS33;""",
    ),
    "orangecrab-25f": (
        "OBZ",
        """
LOCATE COMP "spi_sck" SITE "R17";
IOBUF PORT "spi_sck" IO_TYPE=LVCMOS33;
LOCATE COMP "spi_cs" SITE "B8";
IOBUF PORT "spi_cs" IO_TYPE=LVCMOS33 PULLMODE=UP;
LOCATE COMP "spi_copi" SITE "N16";
IOBUF PORT "spi_copi" IO_TYPE=LVCMOS33;
LOCATE COMP "spi_cipo" SITE "N15";
IOBUF PORT "spi_cipo" IO_TYPE=LVCMOS33;""",
    ),
    "ecpix5-45f": (
        "OBZ",
        """
LOCATE COMP "spi_sck" SITE "V24";
IOBUF PORT "spi_sck" IO_TYPE=LVCMOS33;
LOCATE COMP "spi_cs" SITE "T25";
IOBUF PORT "spi_cs" IO_TYPE=LVCMOS33 PULLMODE=UP;
LOCATE COMP "spi_copi" SITE "U25";
IOBUF PORT "spi_copi" IO_TYPE=LVCMOS33;
LOCATE COMP "spi_cipo" SITE "U24";
IOBUF PORT "spi_cipo" IO_TYPE=LVCMOS33;""",
    ),
    "icebreaker": (
        "SB_IO",
        """
set_io spi_sck 45
set_io -pullup yes spi_cs 4
set_io spi_copi 2
set_io spi_cipo 47""",
    ),
    "tangnano20k": (
        "TBUF",
        """
IO_LOC "spi_sck" 27;
IO_PORT "spi_sck" IO_TYPE=LVCMOS33;
IO_LOC "spi_cs" 28;
IO_PORT "spi_cs" IO_TYPE=LVCMOS33 PULL_MODE=UP;
IO_LOC "spi_copi" 29;
IO_PORT "spi_copi" IO_TYPE=LVCMOS33;
IO_LOC "spi_cipo" 30;
IO_PORT "spi_cipo" IO_TYPE=LVCMOS33;""",
    ),
}


@pytest.mark.parametrize("name", list(SPI))
def test_a_top_on_spi(built, name):
    """Its pins in place of those of the serial line, and the cell that lets the answer's pin go."""
    cell, lines = SPI[name]
    made = top(built, name, divisor=None)
    constraints = WRITERS[board(name).device.family.name](made.pins)
    assert lines.strip() in constraints
    assert '"rx"' not in constraints
    assert "set_io rx" not in constraints
    text = made.verilog()
    assert "module binloom_top (clk, spi_sck, spi_cs, spi_copi, spi_cipo, lamp0" in text
    assert re.search(rf"^  {cell} (#\(|\\?cipo)", text, re.MULTILINE)


def test_the_frames_that_a_line_brings():
    assert _line({"baud": 1_000_000, "image_bytes": 784}) == "128 through a line of 1,000,000 baud"
    assert _line({"sck_mhz": 3.75, "image_bytes": 784}) == "598 over SPI at 3.75 MHz"


def test_a_board_without_pins_for_spi(folder, built, capsys):
    with pytest.raises(ValueError, match=r"^colorlight-i5 has no pins for SPI$"):
        top(built, "colorlight-i5", divisor=None)
    for options, said in (
        (["--board", "colorlight-i5", "--link", "spi"], "colorlight-i5 has no pins for SPI; take its serial line, or "),
        (["--board", "ulx3s-12f", "--link", "i2c"], "there is no line 'i2c'; take one of uart, spi"),
        (["--device", "ecp5-25f", "--link", "spi"], "--link is of a board; leave it out, or name a board alone"),
        (
            ["--board", "ulx3s-12f", "--link", "spi", "--baud", "9600"],
            "SPI has no baud; leave --baud or --link spi out",
        ),
    ):
        assert main(["build", str(folder), *options]) == 2
        assert capsys.readouterr().err.startswith(f"binloom: {said}")


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
    assert (told["line"], told["divisor"], told["slots"], told["protocol"], len(told["hash"])) == ("uart", 40, 2, 1, 64)
    assert json.loads((file.parent / "link.json").read_text()) == told
    assert report["clock_mhz"]["max"] >= 40
    ops = {op["name"]: op for op in report["ops"]}
    assert ops["last"]["dsp"] == 1
    assert sum(op.get("ff", 0) for op in ops.values()) < report["ff"]  # the line has registers too
    assert "with its pins on ecp5-25f" in said.out
    assert api.load(folder).manifest["name"] == report["build"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "kind", "suffix", "line"),
    [
        ("icebreaker", "ice40", "bin", "uart"),
        ("icebreaker", "ice40", "bin", "spi"),
        ("ulx3s-25f", "ecp5", "bit", "spi"),
        ("tangnano9k", "himbaechel-gowin", "fs", "uart"),
        ("tangnano9k", "himbaechel-gowin", "fs", "spi"),
        ("tangnano20k", "himbaechel-gowin", "fs", "uart"),
    ],
)
def test_bitstreams_of_other_families_and_over_spi(folder, name, kind, suffix, line):
    if not (find.nextpnr(kind).found and find.packer(board(name).device.family.packer).found):
        pytest.skip(f"needs the tools of {kind}")
    report, _ = api.load(folder).bitstream(name, seeds=1, line=line)
    told = report["routed"]["bitstream"]
    assert told["line"] == line
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
            made = Implementation(found.name, found.device, mhz, "heap", seeds, [], Area(), {}, {}, {})
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
