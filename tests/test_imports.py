"""Imports run one way, heavy packages stay in their rooms, and only toolchain/ starts a program."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

# What each room may import of ours; "toolchain" needs the one exception that it raises.
ROOMS = {
    "hw": set(),
    "toolchain": {"compiler.errors"},
    "compiler": {"hw", "toolchain"},
    "sim": {"compiler", "hw", "toolchain"},
    "boards": {"sim", "compiler", "hw", "toolchain"},
    # Its cards state what the integers of the compiler score; its pages look as those of builds do.
    "train": {"sim.golden", "sim.page.style", "compiler", "toolchain"},
    "zoo": {"train"},
    "cli": {"train", "boards", "sim", "compiler", "hw", "toolchain", "zoo"},
}

# Packages, and where alone they may be imported.
KEPT = {"keras": ("train/", "zoo/"), "tensorflow": ("train/", "zoo/"), "h5py": ("compiler/reader/", "train/store.py")}
# The benches of sim/bench/ are written into builds, where they do without binloom.
KEPT |= dict.fromkeys(("subprocess", "multiprocessing", "pty"), ("toolchain/", "sim/bench/"))

FILES = [path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py"))]


def imports(path: Path) -> Iterator[tuple[int, str]]:
    """Line and full name of every module that a file imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, name.name) for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path}:{node.lineno}: a relative import hides where it goes"
            yield from ((node.lineno, f"{node.module}.{name.name}") for name in node.names)


def complaints(path: Path) -> Iterator[str]:
    place = path.relative_to(ROOT).as_posix()
    room = place.split("/")[0]
    for line, name in imports(path):
        first, _, rest = name.partition(".")
        if not place.startswith(KEPT.get(first, "")):
            yield f"{place}:{line}: {first} belongs to {' and '.join(KEPT[first])}"
        if first != "binloom" or room == "cli":
            continue
        target = rest.split(".")[0]
        if target != room and not any(f"{rest}.".startswith(f"{may}.") for may in ROOMS[room]):
            yield f"{place}:{line}: {room} may not import {name}"


@pytest.mark.parametrize("room", ROOMS)
def test_imports_run_one_way(room: str) -> None:
    found = [text for path in FILES if path.is_relative_to(ROOT / room) for text in complaints(path)]
    assert not found, "\n".join(found)


def test_hw_keeps_its_annotations() -> None:
    """Amaranth reads annotated ports while a class is made; strings would tell it nothing."""
    blocks = [path for path in FILES if path.is_relative_to(ROOT / "hw")]
    assert not [path.name for path in blocks if "__future__.annotations" in dict(imports(path)).values()]


@pytest.mark.parametrize(
    ("place", "text"),
    [
        ("hw/x.py", "from binloom.compiler.errors import InputError"),
        ("toolchain/x.py", "from binloom.compiler.build import Build"),
        ("compiler/x.py", "def f():\n    import binloom.sim.verify"),
        ("compiler/lower/x.py", "import h5py"),
        ("sim/x.py", "from subprocess import run"),
        ("train/x.py", "from binloom.hw.element import BIT"),
    ],
)
def test_what_breaks_a_rule_is_found(place: str, text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(globals(), "ROOT", tmp_path)
    file = tmp_path / place
    file.parent.mkdir(parents=True)
    file.write_text(text)
    assert list(complaints(file))
