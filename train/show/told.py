"""What the folder of a run tells: what is done in it, how far it is, and what came out."""

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Self

import numpy as np

from binloom.train import history
from binloom.train.damage import named
from binloom.train.drafts import write
from binloom.train.folder import TRIALS, rooms
from binloom.train.summarise import Summary

ABOUT, SUMMARY, RESULT = "about.json", "summary.json", "result.json"


@dataclass(frozen=True, slots=True)
class About:
    """What is known before the first image is seen.

    `how` are rows of a table, `epochs` how many the history will have at most. `input` says what becomes of a pixel,
    and `classes` are names in the order of the labels.
    """

    recipe: str
    model: str
    how: tuple[tuple[str, str], ...]
    epochs: int
    command: str
    data: str
    source: str
    images: tuple[int, int]  # for training, for the test
    shape: tuple[int, int, int]
    whole: bool  # the data set as it is known
    classes: tuple[str, ...]
    input: str
    seed: int
    quick: bool
    versions: Mapping[str, str] = field(default_factory=dict)

    @property
    def named(self) -> bool:
        """Whether classes are called anything but their numbers."""
        return self.classes != tuple(map(str, range(len(self.classes))))


@dataclass(frozen=True, slots=True)
class Result:
    """Test images right in Keras and in integers; `confusion[a][b]` are those of class a that integers took for b."""

    keras: int
    integers: int
    confusion: tuple[tuple[int, ...], ...]

    @property
    def total(self) -> int:
        return sum(map(sum, self.confusion))

    @classmethod
    def of(cls, keras: int, labels: np.ndarray, found: np.ndarray, classes: int) -> Self:
        """From the labels of test images and the classes that integers found."""
        counts = np.zeros((classes, classes), np.int64)
        np.add.at(counts, (labels, found), 1)
        return cls(keras, int(np.trace(counts)), tuple(map(tuple, counts.tolist())))


@dataclass(frozen=True, slots=True)
class Told:
    """All of it; None or empty for what is not there yet."""

    about: About
    summary: Summary | None
    epochs: tuple[Mapping[str, Any], ...]
    trials: tuple[Mapping[str, Any], ...]
    result: Result | None

    @property
    def seconds(self) -> float:
        """That all epochs took."""
        return sum(epoch.get("seconds", 0.0) for epoch in self.epochs)

    @classmethod
    def of(cls, folder: Path) -> Self:
        """What lies in a folder. ValueError where no run was begun in it, InputError where a file is damaged."""
        about = _read(folder / ABOUT, partial(_made, About))
        if about is None:
            raise ValueError(f"{folder} holds no run")
        return cls(
            about,
            _read(folder / SUMMARY, Summary.from_json),
            tuple(epoch for net, room in rooms(folder) for epoch in _of_net(net, history.read(room))),
            tuple(trial for net, room in rooms(folder) for trial in _of_net(net, trials(room))),
            _read(folder / RESULT, partial(_made, Result)),
        )


def keep(folder: Path, what: About | Summary | Result) -> None:
    """Lays it into the folder, whole or not at all."""
    if isinstance(what, Summary):
        write(folder / SUMMARY, what.to_json())
    else:
        write(folder / (ABOUT if isinstance(what, About) else RESULT), json.dumps(asdict(what), indent=1) + "\n")


def _of_net(net: int, rows: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The stages of several nets are told apart."""
    for row in rows:
        yield {**row, "stage": f"{row['stage']} {net}"} if net and "stage" in row else row


def trials(folder: Path) -> list[dict[str, Any]]:
    """The verdicts of a search in their order, none where there is no search."""
    path = folder / TRIALS
    if not path.exists():
        return []
    with named(path), closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as book:
        book.row_factory = sqlite3.Row
        known = book.execute("select 1 from sqlite_master where name = 'trials'").fetchone()
        return [dict(row) for row in book.execute("select wrong from trials order by rowid")] if known else []


def _read(path: Path, of: Callable[[str], Any]) -> Any:
    """What `of` makes of its text, None where there is no file."""
    if not path.exists():
        return None
    with named(path):
        return of(path.read_text(encoding="utf-8"))


def _made(kind: Callable[..., Any], text: str) -> Any:
    return kind(**{key: _tuples(value) for key, value in json.loads(text).items()})


def _tuples(value: Any) -> Any:
    return tuple(map(_tuples, value)) if isinstance(value, list) else value
