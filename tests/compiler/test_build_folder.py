"""Which folders a build may take, and that it takes them whole or not at all."""

import re
import shutil
from pathlib import Path

import pytest

from binloom.compiler.build import MARKER, replaced
from binloom.compiler.compile import Build, CompileOptions, compile_graph
from binloom.compiler.errors import InputError
from tests.compiler.builds import all_bytes, told


@pytest.mark.parametrize("marker", ["", "0" * 64, "\xff\xff"])
def test_a_marker_alone_makes_no_folder_ours(build: Build, tmp_path: Path, marker: str) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / MARKER).write_text(marker, encoding="latin1")
    (mine / "routed").write_text("five years")
    for _ in range(2):
        before = all_bytes(mine)
        with pytest.raises(InputError, match="is not empty and not a build"):
            compile_graph(told(), mine)
        assert all_bytes(mine) == before
        (mine / "manifest.json").write_bytes((build.dir / "manifest.json").read_bytes())


def test_somebody_elses_folder_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("five years")
    with pytest.raises(InputError, match="is not empty and not a build; give a new folder, or empty this one"):
        compile_graph(told(), tmp_path)
    assert all_bytes(tmp_path) == {"thesis.txt": b"five years"}


@pytest.mark.parametrize(
    ("place", "message"),
    [("file", "file is a file; give a folder"), ("file/deep", "file is not a folder; give another place")],
)
def test_places_that_cannot_be_are_refused(tmp_path: Path, place: str, message: str) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match=message):
        compile_graph(told(), tmp_path / place)


def test_missing_folders_are_made_and_go_with_a_build_that_fails(tmp_path: Path) -> None:
    def fails(folder: Path, about: dict) -> None:
        raise InputError("the last writer gives up")

    with pytest.raises(InputError, match="gives up"):
        compile_graph(told(), tmp_path / "some" / "deep" / "build", extra_writers=[fails])
    assert list(tmp_path.iterdir()) == []
    compile_graph(told(), tmp_path / "some" / "deep" / "build")
    assert (tmp_path / "some" / "deep" / "build" / "tiny.v").is_file()


def test_an_old_build_is_replaced_only_by_a_whole_new_one(tmp_path: Path) -> None:
    out = tmp_path / "build"
    compile_graph(told(), out)
    before = all_bytes(out)

    def fails(folder: Path, about: dict) -> None:
        (folder / "half").write_text("written")
        raise InputError("the last writer gives up")

    with pytest.raises(InputError, match="gives up"):
        compile_graph(told(), out, CompileOptions(cycles=50), extra_writers=[fails])
    assert all_bytes(out) == before
    assert [path.name for path in tmp_path.iterdir()] == ["build"]
    compile_graph(told(), out, CompileOptions(cycles=50))
    assert all_bytes(out) != before
    assert [path.name for path in tmp_path.iterdir()] == ["build"]


@pytest.mark.parametrize("name", ["notes.md", "tests/test_mine.py", "vectors/more/frames.npz", "graph.json.bak"])
def test_files_that_a_user_added_are_not_replaced(build: Build, tmp_path: Path, name: str) -> None:
    out = shutil.copytree(build.dir, tmp_path / "build")
    (out / name).parent.mkdir(parents=True, exist_ok=True)
    (out / name).write_text("mine")
    before = all_bytes(out)
    with pytest.raises(
        InputError, match=f"{re.escape(str(out / name))} would be lost, which no binloom wrote; move it"
    ):
        compile_graph(told(), out, CompileOptions(cycles=50))
    assert all_bytes(out) == before


def test_what_binloom_and_the_benches_leave_behind_goes_with_the_build(build: Build, tmp_path: Path) -> None:
    out = shutil.copytree(build.dir, tmp_path / "build")
    left = ["report.json", "report.html", "run.fst", "routed/ecp5/synth.log", ".pytest_cache/v/nodes"]
    left += [f"tests/{name}" for name in ("__pycache__/a.pyc", "sim_build/Vtop", "results.xml", ".pytest_cache/x")]
    for name in left:
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        (out / name).touch()
    compile_graph(told(), out)
    assert all_bytes(out) == all_bytes(build.dir)


def test_a_build_that_lost_its_list_is_not_replaced(build: Build, tmp_path: Path) -> None:
    out = shutil.copytree(build.dir, tmp_path / "build")
    (out / "manifest.json").write_text("{")
    with pytest.raises(InputError, match="is not empty and not a build"):
        compile_graph(told(), out)


def test_a_full_disk_is_an_input_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="out cannot be written"), replaced(tmp_path / "out") as folder:
        raise OSError(28, "No space left on device", str(folder / "big"))
    with pytest.raises(InputError, match="out cannot be written"), replaced(tmp_path / "out"):
        raise OSError(28, "No space left on device")
    assert not list(tmp_path.iterdir())


def test_an_error_from_elsewhere_is_our_own(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), replaced(tmp_path / "out"):
        (tmp_path / "nowhere").read_text()
    assert not list(tmp_path.iterdir())


def test_a_folder_that_cannot_be_replaced_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "build"
    compile_graph(told(), out)
    before = all_bytes(out)
    rename = Path.rename

    def refuse(self: Path, target: Path) -> Path:
        if target == out and not self.name.endswith("-old"):
            raise PermissionError(13, "Permission denied")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", refuse)
    with pytest.raises(InputError, match="build cannot be replaced"):
        compile_graph(told(), out, CompileOptions(cycles=50))
    assert all_bytes(out) == before
    assert [path.name for path in tmp_path.iterdir()] == ["build"]
