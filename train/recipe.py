"""A recipe: which model is trained, on which data, and how. A short TOML file.

data = "mnist"              # a data set by name, see train/data/known.py

[lbcnn]                     # the model and its parameters, see train/models/
multipliers = [40, 4]

[elm]                       # how, see train/elm/how.py
epochs = 20
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Self

from binloom.compiler.errors import InputError
from binloom.train.elm.how import Elm

FOLDER = Path(__file__).parent / "recipes"


@dataclass(frozen=True, slots=True)
class Lbcnn:
    """See train/models/lbcnn.py."""

    multipliers: tuple[int, ...]
    nl: int = 0
    kernel: int = 3


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a run does, whole."""

    name: str
    data: str
    lbcnn: Lbcnn
    elm: Elm = field(default_factory=Elm)

    @classmethod
    def read(cls, given: str) -> Self:
        """A recipe by its name or by the path of a file. InputError names a key that is wrong."""
        path = Path(given) if given.endswith(".toml") else FOLDER / f"{given}.toml"
        if not path.is_file():
            raise InputError(f"no recipe is called {given!r}", f"name one of {', '.join(names())}, or a .toml file")
        try:
            found = tomllib.loads(path.read_text())
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise InputError(f"{path} is not TOML ({error})", "mend it") from None
        top = {name: found[name] for name in found if name not in ("lbcnn", "elm")}
        if unknown := sorted(set(top) - {"data"}):
            raise InputError(f"{path}: no recipe has {unknown[0]!r}", "a recipe has data, [lbcnn] and [elm]")
        if not isinstance(found.get("data"), str):
            raise InputError(f"{path} names no data", 'write data = "mnist", or another data set')
        lbcnn = _table(Lbcnn, found.get("lbcnn", {}), f"{path}: [lbcnn]")
        return cls(path.stem, found["data"], lbcnn, _table(Elm, found.get("elm", {}), f"{path}: [elm]"))


def names() -> list[str]:
    """The recipes that come with binloom."""
    return sorted(path.stem for path in FOLDER.glob("*.toml"))


# What a value of each annotated type may be, and how that is said.
_KINDS: Mapping[Any, tuple[Any, str]] = {
    int: (lambda value: type(value) is int and value >= 0, "a whole number from 0 up"),
    float: (lambda value: type(value) in (int, float) and 0 < value < float("inf"), "a number above 0"),
    tuple[int, ...]: (
        lambda value: isinstance(value, list) and value and all(type(one) is int and one > 0 for one in value),
        "a list of whole numbers from 1 up",
    ),
}


def _table(kind: type, found: Any, where: str) -> Any:
    known = {one.name: one for one in fields(kind)}
    if not isinstance(found, dict):
        raise InputError(f"{where} is no table", f"it has {', '.join(known)}")
    for name, value in found.items():
        if name not in known:
            raise InputError(f"{where} has no {name!r}", f"it has {', '.join(known)}")
        good, rule = _KINDS[known[name].type]
        if not good(value):
            raise InputError(f"{where}: {name} is {value!r}", f"give {rule}")
    try:
        return kind(**{name: tuple(value) if isinstance(value, list) else value for name, value in found.items()})
    except TypeError:
        raise InputError(f"{where} is not whole", f"it has {', '.join(known)}") from None
