"""What an installation takes along: each file of a room is in a package of pyproject.toml, or among its data."""

import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TOLD = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
ROOMS = {Path(folder): name for name, folder in TOLD["package-dir"].items()}


def package_of(folder: Path, room: Path) -> str:
    """The import name of a folder in a room."""
    return ".".join([ROOMS[room], *folder.relative_to(ROOT / room).parts])


@pytest.mark.parametrize("room", ROOMS, ids=str)
def test_every_file_is_taken_along(room):
    for path in (ROOT / room).rglob("*"):
        if path.is_dir() or "__pycache__" in path.parts:
            continue
        if path.suffix == ".py" and package_of(path.parent, room) in TOLD["packages"]:
            continue
        above = [folder for folder in path.parents if folder.is_relative_to(ROOT / room)]
        patterns = {folder: TOLD["package-data"].get(package_of(folder, room), ()) for folder in above}
        assert any(path in folder.glob(each) for folder, some in patterns.items() for each in some), path
