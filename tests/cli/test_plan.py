"""binloom plan: a build under another plan, its plan.toml, and what is refused."""

import shutil
from pathlib import Path

import pytest

from binloom import api
from binloom.compiler.build import Build
from binloom.compiler.compile import CompileOptions, compile_graph
from binloom.compiler.plan.wish import Bound
from binloom.compiler.replan import unapplied
from binloom.main import main
from tests.compiler.bench import small_graph


@pytest.fixture
def build(tmp_path: Path) -> Path:
    compile_graph(small_graph(), tmp_path / "build", CompileOptions(ports="axi"))
    return tmp_path / "build"


def files(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def plan(build: Path, *options: str) -> int:
    return main(["plan", str(build), *options])


ULX3S = ("--board", "ulx3s-85f")


def test_a_build_gets_another_plan_and_stays_the_same_network(build: Path, capsys) -> None:
    before, old = files(build), Build.load(build)
    (build / "report.json").write_text("{}")
    assert plan(build, *ULX3S, "--fps", "100000") == 0
    out = capsys.readouterr().out
    assert "of ecp5-85f" in out
    assert "frames a second, latency" in out
    after, new = files(build), Build.load(build)
    assert new.plan != old.plan
    assert {name: after[name] for name in ("graph.json", "graph.npz")} == {
        name: before[name] for name in ("graph.json", "graph.npz")
    }
    assert new.manifest["ports"]["style"] == "axi"
    assert before["vectors/vectors.npz"] == after["vectors/vectors.npz"]
    assert "report.json" not in after
    assert after["tiny.v"] != before["tiny.v"]


def test_a_dry_run_leaves_everything(build: Path, capsys) -> None:
    before = files(build)
    assert plan(build, *ULX3S, "--fit", "5%", "--dry-run") == 0
    assert files(build) == before
    assert "nothing is written" in capsys.readouterr().out


def test_room_is_left_for_the_link_that_will_be_built(build: Path) -> None:
    asides = [
        api.load(build).plan(board="icebreaker", fps=100, link=link, dry_run=True)[1].aside.bram
        for link in (None, "uart", "spi")
    ]
    assert asides == [asides[0], asides[0], asides[0] + 1]


def test_what_cannot_be_had_changes_nothing(build: Path, capsys) -> None:
    before = files(build)
    assert plan(build, *ULX3S, "--fps", "1e9") == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "1,000,000,000 frames a second cannot be had, for" in error
    assert files(build) == before


def test_a_link_to_a_build_stays_a_link(build: Path) -> None:
    link, before = build.with_name("link"), files(build)
    link.symlink_to(build)
    assert plan(link, *ULX3S, "--smallest") == 0
    assert link.is_symlink()
    assert files(build) != before
    assert sorted(file.name for file in build.parent.iterdir()) == ["build", "link"]


def test_from_within_a_build(build: Path, monkeypatch) -> None:
    monkeypatch.chdir(build)
    assert plan(Path(), *ULX3S, "--smallest") == 0
    assert (build / "plan.toml").is_file()


def test_files_of_the_user_are_told_before_the_search(build: Path, capsys, monkeypatch) -> None:
    (build / "mine.txt").write_text("mine")
    monkeypatch.setattr("binloom.build.plan_for", None)
    assert plan(build, *ULX3S, "--fit") == 2
    assert "mine.txt would be lost" in capsys.readouterr().err


@pytest.mark.parametrize("what", ["bram", "dsp"])
def test_none_of_a_resource(build: Path, what: str) -> None:
    made = api.load(build).plan(board="ulx3s-85f", fit=0.5, bounds={what: Bound.of("0")}, dry_run=True)[1]
    assert getattr(made.area, what) == 0


@pytest.mark.parametrize("goal", ["--latency", "--fps"])
def test_the_nearest_that_is_told_can_be_had(build: Path, capsys, goal: str) -> None:
    clock = ("--clock", "0.01")
    assert plan(build, *ULX3S, *clock, goal, {"--latency": "1us", "--fps": "1e6"}[goal]) == 2
    error = capsys.readouterr().err
    nearest = error.rpartition(f"({goal} ")[2].partition(")")[0]
    assert plan(build, *ULX3S, *clock, goal, nearest, "--dry-run") == 0


def test_what_does_not_fit_is_told_of_what_may_be_spent(build: Path, capsys) -> None:
    assert plan(build, *ULX3S, "--smallest", "--lut", "10") == 2
    error = capsys.readouterr().err
    assert "of the 10 LUTs there are to spend" in error
    assert "spend more of the device, or give a larger device, or a smaller network" in error


def test_an_edited_plan_is_told_and_applied(build: Path, capsys) -> None:
    assert plan(build, *ULX3S, "--smallest") == 0
    assert unapplied(Build.load(build)) is None
    file = build / "plan.toml"
    text = file.read_text()
    assert "[ops.dense]" in text
    edited = text.replace("[ops.conv]", "[ops.conv]\npe = 2", 1).replace("\npe = 1", "")
    file.write_text(edited.partition("[fifos]")[0])
    loaded = Build.load(build)  # the plan is no sealed file
    assert unapplied(loaded) == (
        f"{file} is not the plan that was compiled; `binloom plan {build} --plan {file}` applies it"
    )
    capsys.readouterr()
    assert plan(build, "--plan", str(file)) == 0
    assert Build.load(build).plan.folds["conv"].pe == 2
    assert unapplied(Build.load(build)) is None
    again = file.read_text()
    assert plan(build, "--plan", str(file)) == 0
    assert file.read_text() == again


@pytest.mark.parametrize("edit", [("cycles", "plan = 9\ncycles"), ("[ops.conv]", "[ops.conv]\npe = 2")])
def test_an_edited_plan_is_not_overwritten(build: Path, tmp_path: Path, capsys, edit: tuple[str, str]) -> None:
    assert plan(build, *ULX3S, "--smallest") == 0
    file, other = build / "plan.toml", tmp_path / "other.toml"
    text = file.read_text().replace("\npe = 1", "")
    other.write_text(text)
    file.write_text(text.replace(*edit, 1))
    before = files(build)
    for options in ((*ULX3S, "--fps", "100000"), ("--plan", str(other))):
        capsys.readouterr()
        assert plan(build, *options) == 2
        assert capsys.readouterr().err == (
            f"binloom: {file} was edited and not applied, and would be overwritten; apply it "
            f"(`binloom plan {build} --plan {file}`), or move it elsewhere\n"
        )
        assert files(build) == before
    assert plan(build, *ULX3S, "--fps", "100000", "--dry-run") == 0
    file.unlink()
    assert plan(build, *ULX3S, "--fps", "100000") == 0


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("[ops.sign]", "[ops.ghost]", "a fold for ghost, which is not in the graph; call it sign, which has none"),
        ("lanes = 1", "lanes = 3", "must divide"),
        ("plan = 1", "plan = 7", "plan must be 1, got 7"),
        ("lanes = 1", "lames = 1", "'lames' is not known in ops."),
        ("[fifos]", "[fifos]\nnowhere = [3]", "which is no block of the network"),
        ("[fifos]", "[fifos]\nconv = [3, 3]", "2 FIFO depths for conv, which has 1 input; give one for each input"),
    ],
)
def test_a_malformed_plan_is_one_line(build: Path, capsys, old: str, new: str, told: str) -> None:
    assert plan(build, *ULX3S, "--smallest") == 0
    file = build / "plan.toml"
    file.write_text(file.read_text().replace(old, new, 1))
    before = files(build)
    capsys.readouterr()
    assert plan(build, "--plan", str(file)) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert told in error
    assert files(build) == before


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (ULX3S, "nothing says what the plan is to reach"),
        (("--fps", "10"), "nothing says what to plan for; give a board or a device"),
        ((*ULX3S, "--fps", "10", "--fit"), "cannot both be had; give one of the two"),
        (("--board", "no-such", "--fps", "10"), "there is no board 'no-such'"),
        ((*ULX3S, "--fps", "1e300"), "frames a second must be a number from 1e-06 to 1e+12, got 1e+300"),
        ((*ULX3S, "--fit", "--clock", "1e-9"), "a clock must be a number of MHz from 0.001 to 100000, got 1e-09"),
        ((*ULX3S, "--plan", "none.toml"), "none.toml cannot be read"),
        ((*ULX3S, "--fps", "3", "--link", "i2c"), "there is no line 'i2c'"),
        (("--board", "colorlight-i5", "--fps", "3", "--link", "spi"), "colorlight-i5 has no pins for SPI"),
        (("--device", "ecp5-85f", "--fps", "3", "--link", "spi"), "a link is of a board that is planned for"),
        ((*ULX3S, "--plan", "none.toml", "--link", "spi"), "a link is of a board that is planned for"),
        ((*ULX3S, "--plan", "none.toml", "--fps", "3"), "a plan from a file leaves nothing to wish for"),
    ],
)
def test_what_makes_no_sense_is_one_line(build: Path, capsys, options: tuple[str, ...], told: str) -> None:
    assert plan(build, *options) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert told in error


@pytest.mark.parametrize(
    "options", [("--latency", "soon"), ("--fit", "200%"), ("--lut", "few"), ("--fps", "-1"), ("--latency", "0ms")]
)
def test_values_that_are_none(build: Path, options: tuple[str, ...]) -> None:
    with pytest.raises(SystemExit) as ended:
        plan(build, *ULX3S, *options)
    assert ended.value.code == 2


def test_compile_takes_a_plan(model: Path, built: Path, tmp_path: Path, capsys) -> None:
    mine, other = tmp_path / "mine", tmp_path / "other"
    shutil.copytree(built, mine)
    assert plan(mine, *ULX3S, "--smallest") == 0
    assert main(["compile", str(model), "-o", str(other), "--plan", str(mine / "plan.toml")]) == 0
    assert Build.load(other).plan == Build.load(mine).plan
    assert main(["compile", str(model), "-o", str(other), "--plan", str(mine / "plan.toml"), "--cycles", "9"]) == 2
    assert "a plan says how many cycles a frame takes" in capsys.readouterr().err


def test_the_planned_verilog_equals_the_model(built: Path, tmp_path: Path) -> None:
    """The same frames before and after, in Verilator."""
    mine = tmp_path / "mine"
    shutil.copytree(built, mine)
    assert plan(mine, *ULX3S, "--fit", "10%") == 0
    assert api.load(mine).verify().equal
