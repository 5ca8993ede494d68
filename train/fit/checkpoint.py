"""All that an interrupted training needs to go on as if nothing had happened: one file, whole or not there."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import numpy as np

from binloom.compiler import npz
from binloom.train.damage import named

NAME = "checkpoint.npz"
ARRAYS = ("weights", "optimizer", "best")


@dataclass(slots=True)
class Checkpoint:
    """Where a training stands: `epoch` epochs of stage `stage` (from 0) are done.

    `weights` are the model's, `optimizer` its optimiser's variables (none before the first epoch of a stage), `best`
    the weights of the stage's best epoch, `least` the validation loss there, `waited` the epochs since.
    """

    stage: int = 0
    epoch: int = 0
    waited: int = 0
    least: float | None = None
    history: list[dict[str, Any]] = field(default_factory=list)
    weights: Sequence[np.ndarray] = ()
    optimizer: Sequence[np.ndarray] = ()
    best: Sequence[np.ndarray] = ()

    @classmethod
    def read(cls, folder: Path) -> Self:
        """The one in the folder, or a beginning. InputError where it is damaged."""
        path = folder / NAME
        if not path.exists():
            return cls()
        with named(path), npz.Archive(path) as archive:
            told = json.loads(archive.read("told").tobytes())
            lists: dict[str, Any] = {
                name: [archive.read(f"{name}{index}") for index in range(told.pop(name))] for name in ARRAYS
            }
            return cls(**told, **lists)

    def write(self, folder: Path) -> None:
        lists = {name: getattr(self, name) for name in ARRAYS}
        told = {name: getattr(self, name) for name in ("stage", "epoch", "waited", "least", "history")}
        told |= {name: len(arrays) for name, arrays in lists.items()}
        arrays = {f"{name}{index}": array for name, each in lists.items() for index, array in enumerate(each)}
        npz.write(folder / NAME, {**arrays, "told": np.frombuffer(json.dumps(told).encode(), np.uint8)})
