"""A recipe: which model is trained, on which data, and how. A short TOML file.

data = "mnist"              # a data set by name, see train/data/known.py

[cbcnn]                     # the model and its parameters: one table, of a name in train/families/
width = 0.5                 # board = "icebreaker" gives what fits there (train/families/presets.py)

[[fit]]                     # how: one table [elm] (train/elm/how.py), or a table [[fit]] for each stage of training by
epochs = 12                 # gradients, one after the other (train/fit/how.py)
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, Self

from binloom.compiler.errors import InputError
from binloom.train.elm.how import Elm
from binloom.train.families import FAMILIES, Architecture, Lbcnn
from binloom.train.families.presets import preset
from binloom.train.fit.how import Fit, Stage

FOLDER = Path(__file__).parent / "recipes"
HOWS = ("elm", "fit")
BY_GRADIENTS = "write a table [[fit]] for each stage"


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a run does, whole."""

    name: str
    data: str
    model: Architecture
    how: Elm | Fit

    def __post_init__(self) -> None:
        if isinstance(self.how, Elm) != isinstance(self.model, Lbcnn):
            how, remedy = ("elm", BY_GRADIENTS) if isinstance(self.how, Elm) else ("fit", "[lbcnn] is trained by [elm]")
            raise InputError(f"[{self.kind}] is not trained by [{how}]", remedy)
        if isinstance(self.model, Lbcnn) and self.model.hidden and isinstance(self.how, Elm) and self.how.even:
            raise InputError("[elm]: even does not go with a hidden layer", "leave out even, or hidden in [lbcnn]")
        for number, stage in enumerate(self.how.stages, 1) if isinstance(self.how, Fit) else ():
            if not stage.clip and not self.model.clips:
                raise InputError(
                    f"[[fit]] {number}: clip does nothing, as no layer of this [{self.kind}] clips sums",
                    "leave it out" if self.kind != "vgg" else "leave it out, or write clip = true under [vgg]",
                )

    @property
    def kind(self) -> str:
        """What the model's family is called."""
        return next(name for name, family in FAMILIES.items() if isinstance(self.model, family))

    @classmethod
    def read(cls, given: str) -> Self:
        """A recipe by its name or by the path of a file. InputError names a key that is wrong."""
        own = given.endswith(".toml")
        if not own and given not in names():
            raise InputError(f"no recipe is called {given!r}", f"name one of {', '.join(names())}, or a .toml file")
        path = Path(given) if own else FOLDER / f"{given}.toml"
        try:
            found = tomllib.loads(path.read_text(encoding="utf-8"))
        except OSError as error:
            wrong = "does not exist" if isinstance(error, FileNotFoundError) else f"cannot be read ({error.strerror})"
            raise InputError(f"{path} {wrong}", f"give a .toml file, or name one of {', '.join(names())}") from None
        except (ValueError, RecursionError) as error:
            raise InputError(f"{path} is not TOML ({error})", "mend it") from None
        if unknown := sorted(set(found) - {"data", *HOWS, *FAMILIES}):
            raise InputError(
                f"{path}: no recipe has {unknown[0]!r}",
                f"a recipe has data, one of [{'], ['.join(FAMILIES)}], and [elm] or [[fit]]",
            )
        if not isinstance(found.get("data"), str):
            raise InputError(f"{path} names no data", 'write data = "mnist", or another data set')
        kind = _one(found, FAMILIES, f"{path} has no model", f"{path} has two models")
        model = _model(kind, found[kind], f"{path}: [{kind}]")
        how = _how(found, path)
        try:
            return cls(path.stem, found["data"], model, how)
        except InputError as error:
            raise InputError(f"{path}: {error}") from None

    def quick(self) -> Self:
        """The same with a few epochs of gradients, to see that all of it works."""
        return replace(self, how=self.how.quick())

    def told(self) -> dict[str, Any]:
        """All that makes it what it is, as JSON has it."""

        def plain(table: Any) -> dict[str, Any]:
            return {one.name: getattr(table, one.name) for one in fields(table)}

        how = [plain(stage) for stage in self.how.stages] if isinstance(self.how, Fit) else plain(self.how)
        return {"name": self.name, "data": self.data, self.kind: plain(self.model), "how": how}


def names() -> list[str]:
    """The recipes that come with binloom."""
    return sorted(path.stem for path in FOLDER.glob("*.toml"))


def _one(found: Mapping[str, Any], known: Mapping[str, Any] | tuple[str, ...], none: str, several: str) -> str:
    given = [name for name in known if name in found]
    if len(given) != 1:
        what = f"{several}, [{given[0]}] and [{given[1]}]" if given else none
        raise InputError(what, f"give one of [{'], ['.join(known)}]")
    return given[0]


def _model(kind: str, found: Any, where: str) -> Architecture:
    if isinstance(found, dict) and "board" in found:
        found = {**preset(kind, found["board"], where), **{name: found[name] for name in found if name != "board"}}
    return _table(FAMILIES[kind], found, where)


def _how(found: Mapping[str, Any], path: Path) -> Elm | Fit:
    how = _one(found, HOWS, f"{path} does not say how to train", f"{path} has two ways to train")
    if how == "elm":
        return _table(Elm, found["elm"], f"{path}: [elm]")
    if not isinstance(found["fit"], list) or not found["fit"]:
        raise InputError(f"{path}: fit is no list of tables", BY_GRADIENTS)
    stages = enumerate(found["fit"], 1)
    return Fit(tuple(_table(Stage, stage, f"{path}: [[fit]] {number}") for number, stage in stages))


def _table(kind: type, found: Any, where: str) -> Any:
    known = {one.name: one for one in fields(kind)}
    if not isinstance(found, dict):
        raise InputError(f"{where} is no table", f"it has {', '.join(known)}")
    for name in found:
        if name not in known:
            raise InputError(f"{where} has no {name!r}", f"it has {', '.join(known)}")
    try:
        return kind(**{name: tuple(value) if isinstance(value, list) else value for name, value in found.items()})
    except TypeError:
        raise InputError(f"{where} is not whole", f"it has {', '.join(known)}") from None
    except InputError as error:
        raise InputError(f"{where}: {error}") from None
