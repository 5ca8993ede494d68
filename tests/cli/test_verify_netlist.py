"""`verify --netlist` from the command line: a section of its own in the report, and refusals."""

import json
import shutil

import pytest

from binloom.main import main
from binloom.toolchain.find import yosys


@pytest.mark.slow
@pytest.mark.skipif(not yosys().found, reason="needs yosys")
def test_the_report_keeps_both_verifications(built, tmp_path, capsys):
    folder = tmp_path / "build"
    shutil.copytree(built, folder)
    assert main(["verify", str(folder), "--images", "3"]) == 0
    assert main(["verify", str(folder), "--netlist"]) == 0
    assert "equal on every output of 3 images" in capsys.readouterr().out.replace("\n", " ")
    report = json.loads((folder / "report.json").read_text())
    assert report["verification"]["netlist"] == ""
    assert "for ecp5" in report["netlist"]["netlist"]
    assert report["netlist"]["equal"]
    assert "Netlist: equal to the model" in (folder / "report.html").read_text()


def test_what_does_not_go_together_is_refused(built, capsys):
    assert main(["verify", str(built), "--board", "icebreaker"]) == 2
    assert "--board says what --netlist is made for; give both" in capsys.readouterr().err
    assert main(["verify", str(built), "--netlist", "--driver", "cocotb"]) == 2
    assert "the cocotb driver runs no netlist; leave --driver cocotb out" in capsys.readouterr().err
