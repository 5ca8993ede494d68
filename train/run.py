"""A run: a recipe carried out in a folder of its own, which holds all that an interrupted one needs to go on."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import keras
import numpy as np

from binloom.compiler.errors import InputError
from binloom.compiler.lower import LowerOptions, lower
from binloom.compiler.passes import run_passes
from binloom.compiler.reader import read_model
from binloom.sim import golden
from binloom.train.card import write_card
from binloom.train.data import Dataset
from binloom.train.elm.how import Elm
from binloom.train.elm.train import train as train_elm
from binloom.train.fit.train import train as train_fit
from binloom.train.recipe import Recipe

QUICK = (2_000, 500)  # training and test images of a quick run
Tell = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Trained:
    """A model file, and how many of `total` test images are classified right, in Keras and in whole numbers."""

    model: Path
    keras: int
    integers: int
    total: int

    def __str__(self) -> str:
        share = f"{100 * self.integers / self.total:.2f}%"
        return (
            f"{self.model}: {self.integers} of {self.total} test images right in integers ({share}), "
            f"{self.keras} in Keras"
        )


def run(
    recipe: Recipe, data: Dataset, folder: Path, *, seed: int = 1, quick: bool = False, tell: Tell = lambda *_: None
) -> Trained:
    """Train what the recipe says; `folder` then holds model.h5, its card and the history.

    A folder with an interrupted run of the same recipe, data and seed is gone on with, one that holds another run is
    refused. A quick run takes a small share of the data and few epochs, and its card says so.
    """
    if quick:
        recipe, data = recipe.quick(), data.part(*QUICK)
    begun = {"recipe": recipe.told(), "data": data.digest(), "seed": seed, "quick": quick}
    keras.utils.set_random_seed(seed)
    model = built(recipe, data)
    _begin(folder, begun)
    if isinstance(recipe.how, Elm):
        train_elm(model, data, recipe.how, seed, folder, tell)
    else:
        train_fit(model, data, recipe.how, seed, folder, tell)
    draft = folder / "draft.h5"
    model.save(draft, include_optimizer=False)
    path = draft.replace(folder / "model.h5")
    pixel = recipe.model.pixel
    right = _right(model, data, pixel), _right_in_integers(path, data, pixel)
    trained = Trained(path, *right, len(data.y_test))
    write_card(folder / "card.md", recipe, data, trained.keras, trained.integers, seed, quick)
    return trained


def built(recipe: Recipe, data: Dataset) -> keras.Model:
    """The recipe's model for these images, as it is before training."""
    try:
        return recipe.model.build(data.shape, data.classes)
    except ValueError as error:
        images, reason = " x ".join(map(str, data.shape)), str(error).strip().split("\n")[0].rstrip(".")
        raise InputError(
            f"{recipe.name}: no such {recipe.model.title} can be built on images of {images} ({reason})",
            "change its parameters",
        ) from error


def _begin(folder: Path, begun: dict) -> None:
    """The folder, marked with what is done in it."""
    mark, text = folder / "run.json", json.dumps(begun, indent=2) + "\n"
    if folder.exists() and not folder.is_dir():
        raise InputError(f"{folder} is a file", "give another folder")
    if folder.is_dir() and any(folder.iterdir()):
        if not mark.is_file():
            raise InputError(f"{folder} holds something else than a run", "give another folder")
        if mark.read_text() != text:
            raise InputError(f"{folder} holds a run of another recipe, data set or seed", "give another folder")
    folder.mkdir(parents=True, exist_ok=True)
    draft = folder / "run.draft.json"
    draft.write_text(text)
    draft.replace(mark)


def _right(model: keras.Model, data: Dataset, pixel: Fraction) -> int:
    right = 0
    for start in range(0, len(data.x_test), 500):
        seen = data.x_test[start : start + 500].astype(np.float32) * np.float32(pixel)
        found = np.asarray(model.predict_on_batch(seen)).argmax(axis=-1)
        right += int((found == data.y_test[start : start + 500]).sum())
    return right


def _right_in_integers(path: Path, data: Dataset, pixel: Fraction) -> int:
    graph = run_passes(lower(read_model(path), LowerOptions(None if pixel == 1 else pixel)))
    correct = golden.evaluate(graph, data.x_test.astype(np.int64), data.y_test).correct
    assert correct is not None, "labels were given"
    return correct
