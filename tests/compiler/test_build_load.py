"""Which folders are opened as builds: only what was compiled, file by file; no entry of a manifest is trusted."""

import hashlib
import json
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from binloom.compiler.build import MARKER
from binloom.compiler.compile import Build
from binloom.compiler.errors import InputError
from binloom.compiler.ir.interpret import run
from binloom.sim.harness import Harness
from binloom.sim.report import found_by, table, write_report
from binloom.sim.verify import Verification, predicted
from tests.compiler.bench import random_frames


def test_load_gives_back_what_was_compiled(build: Build) -> None:
    opened = Build.load(build.dir)
    assert opened.manifest == build.manifest
    assert opened.plan == build.plan
    frames = random_frames(build.graph, 3, 1)
    assert (run(opened.graph, frames)["logits"] == run(build.graph, frames)["logits"]).all()


@pytest.mark.parametrize(
    ("harm", "message"),
    [
        (lambda d: (d / "tiny.v").write_text("module tiny; endmodule"), "tiny.v is not the file that was compiled"),
        (lambda d: (d / "graph.npz").unlink(), "graph.npz is missing"),
        (lambda d: (d / "manifest.json").write_text("{}"), "manifest.json is not the file that was compiled"),
        (lambda d: (d / MARKER).unlink(), "is not a build; give a folder that `binloom compile` made"),
        (shutil.rmtree, "is not a folder; give one that `binloom compile` made"),
    ],
)
def test_a_build_that_was_touched_is_refused(build: Build, tmp_path: Path, harm: Callable, message: str) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(build.dir, copy)
    harm(copy)
    with pytest.raises(InputError, match=re.escape(message)):
        Build.load(copy)


def forged(build: Build, folder: Path, text: str) -> Path:
    """The build with another manifest, and a marker that agrees with it."""
    seal_as(shutil.copytree(build.dir, folder), text)
    return folder


def seal_as(folder: Path, text: str) -> None:
    (folder / "manifest.json").write_text(text)
    (folder / MARKER).write_text(hashlib.sha256(text.encode()).hexdigest())


def test_a_manifest_that_points_outside_is_refused(build: Build, tmp_path: Path) -> None:
    text = json.dumps({**build.manifest, "files": {"../secret": "00"}})
    with pytest.raises(InputError, match="names a file outside of its folder"):
        Build.load(forged(build, tmp_path / "copy", text))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[]", "is not a manifest"),
        ("5", "is not a manifest"),
        ("[" * 100_000, "cannot be read"),
        ('{"format": "binloom build", "version": 2}', "is damaged (binloom)"),
        ('{"format": "binloom build", "version": 1}', "is of another version of binloom"),
    ],
)
def test_what_is_no_manifest_is_refused(build: Build, tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(InputError, match=re.escape(f"manifest.json {message}")):
        Build.load(forged(build, tmp_path / "copy", text))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"files": 5}, "is damaged (files)"),
        ({"files": {"tiny.v": 5}}, "is damaged (files.tiny.v)"),
        ({"name": "../../x"}, "is damaged (name)"),
        ({"name": None}, "is damaged (name)"),
        ({"ports": {}}, "is damaged (ports.style)"),
        ({"plan": None}, "is damaged (plan)"),
        ({"plan": {"cycles": 1, "folds": {}, "depths": {}}}, "is damaged (the plan has no fold for image;"),
        ({"timing": 1}, "is damaged (timing)"),
        ({"ops": [1]}, "is damaged (ops)"),
        ({"model": {}}, "is damaged (model.sha256)"),
        ({"ops": []}, "is damaged (ops)"),
        ({"notes": "one"}, "is damaged (notes)"),
    ],
)
def test_a_manifest_of_another_form_is_refused(build: Build, tmp_path: Path, changes: dict, message: str) -> None:
    with pytest.raises(InputError, match=re.escape(f"manifest.json {message}")):
        Build.load(forged(build, tmp_path / "copy", json.dumps({**build.manifest, **changes})))


def test_a_manifest_of_another_graph_is_refused(build: Build, tmp_path: Path) -> None:
    text = json.dumps({**build.manifest, "ops": build.manifest["ops"][1:]})
    with pytest.raises(InputError, match=r"is not the manifest of graph\.json"):
        Build.load(forged(build, tmp_path / "copy", text))
    text = json.dumps({**build.manifest, "name": "big"})
    with pytest.raises(InputError, match=r"big\.v is missing"):
        Build.load(forged(build, tmp_path / "other", text))


@pytest.mark.parametrize("junk", [None, -1, "a b", [], {}, [None], {"a": None}, True], ids=repr)
def test_no_entry_of_a_manifest_is_trusted(build: Build, tmp_path: Path, junk: object) -> None:
    """Whatever stands in an entry's place, it is refused, or the report of the build can still be written."""
    result = verification(build)

    def places(value: object, at: tuple = ()) -> Iterator[tuple]:
        yield from [at] if at else []
        entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        for key, inner in entries:
            if len(at) < 3 and key not in range(1, 99):
                yield from places(inner, (*at, key))

    copy = shutil.copytree(build.dir, tmp_path / "copy")
    for place in places(build.manifest):
        whole = json.loads(json.dumps(build.manifest))
        inner = whole
        for key in place[:-1]:
            inner = inner[key]
        inner[place[-1]] = junk
        try:
            seal_as(copy, json.dumps(whole))
            opened = Build.load(copy)
        except InputError:
            continue
        write_report(copy, opened.manifest, verification=result)
        assert Harness(opened.manifest, "").shell
        table(opened.manifest)


def verification(build: Build) -> dict:
    timing = predicted(build.manifest)
    return found_by(Verification("tiny", 1, "given", 1, 0.25, "cpp", True, timing, timing))
