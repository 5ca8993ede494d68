"""A run: a recipe carried out in a folder of its own, which holds all that an interrupted one needs to go on."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import keras
import numpy as np

from binloom.compiler.classes import beside
from binloom.compiler.errors import InputError
from binloom.sim import golden
from binloom.train.about import about
from binloom.train.beforehand import begun, demand
from binloom.train.card import card
from binloom.train.data import Dataset
from binloom.train.drafts import write
from binloom.train.elm.how import Elm
from binloom.train.elm.kernels import Kernels
from binloom.train.elm.train import train as train_elm
from binloom.train.fit.parts import demand_layers
from binloom.train.fit.train import train as train_fit
from binloom.train.folder import at_work
from binloom.train.recipe import Recipe
from binloom.train.saving import save
from binloom.train.show.told import RESULT, Result, Told, keep
from binloom.train.show.watch import Watch
from binloom.train.show.words import percent
from binloom.train.summarise import Summary, summary
from binloom.train.tell import Tell

QUICK = (500, 2_000)  # training images of a quick run, at least and at most
QUICK_WORK = 100_000_000_000  # products of all of them, once through the model


@dataclass(frozen=True, slots=True)
class Trained:
    """A model file, and how many of `total` test images are classified right, in Keras and in whole numbers."""

    model: Path
    keras: int
    integers: int
    total: int

    def __str__(self) -> str:
        right = f"{self.integers} of {self.total} test images right in integers"
        return f"{self.model}: {right} ({percent(self.integers, self.total)}), {self.keras} in Keras"


def run(
    recipe: Recipe,
    data: Dataset,
    folder: Path,
    *,
    seed: int = 1,
    quick: bool = False,
    jobs: int = 1,
    tell: Tell = lambda *_: None,
    announce: Callable[[Summary], None] = lambda _: None,
    boards: Sequence[str] = (),
    tensorboard: bool = False,
    command: str = "",
) -> Trained:
    """Train what the recipe says; `folder` then holds model.h5, the names of its classes, its card and the history.

    A folder with an interrupted run of the same recipe, data and seed is gone on with; one that holds another run, or
    where a run is at work, is refused. A quick run takes a small share of the data and few epochs, and its card says
    so. While it goes on, the folder shows it (train/show/), to TensorBoard as well if asked.

    `tell` hears how far each step is; `announce` takes the model's summary before the first one, with what is predicted
    for `boards`. `command` is what the card says was typed.
    `jobs` trials of a search are made at a time, -1: as many as there are cores.
    """
    demand(recipe, data, folder, seed=seed, quick=quick, boards=boards)
    mark = begun(recipe, data, seed, quick)
    whole = f"binloom train {recipe.name} --seed {seed}{' --quick' if quick else ''}"
    keras.utils.set_random_seed(seed)
    model = built(recipe, data)
    if isinstance(recipe.how, Elm):
        Kernels.of(model).drawn(seed).set(model)
    else:
        demand_layers(model, recipe.how)
    made = summary(model, *boards)
    if quick:
        recipe, data = recipe.quick(), data.part(*share(made))
    with at_work(folder, mark):
        (folder / RESULT).unlink(missing_ok=True)  # there is none until this run has ended
        described = about(recipe, data, model, command or whole, seed, quick)
        keep(folder, described)
        keep(folder, made)
        announce(made)
        with Watch(folder, tensorboard=tensorboard) as watch:
            if isinstance(recipe.how, Elm):
                train_elm(model, data, recipe.how, seed, folder, watch.after(tell), jobs=jobs)
            else:
                train_fit(model, data, recipe.how, seed, folder, watch.after(tell))
            pixel, path = recipe.model.pixel, folder / "model.h5"
            graph = save(model, path, pixel=None if pixel == 1 else pixel)
            if described.named:
                write(beside(path), "".join(f"{name}\n" for name in described.classes))
            else:
                beside(path).unlink(missing_ok=True)
            found = golden.evaluate(graph, data.x_test.astype(np.int64)).classes
            result = Result.of(_right(model, data, pixel), data.y_test, found, data.classes)
            keep(folder, summary(model, *boards))
            keep(folder, result)
            write(folder / "card.md", card(Told.of(folder)))
            if boards and not quick:  # takes minutes where a model is large, and nothing waits for it
                tell("what fits", 0, 1)
                keep(folder, summary(model, *boards, search=True))
                write(folder / "card.md", card(Told.of(folder)))
                tell("what fits", 1, 1)
    return Trained(path, result.keras, result.integers, result.total)


def share(made: Summary) -> tuple[int, int]:
    """Training and test images of a quick run: the fewer, the more the model computes for each."""
    images = min(max(QUICK_WORK // max(1, sum(made.macs)), QUICK[0]), QUICK[1])
    return images, images // 4


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


def _right(model: keras.Model, data: Dataset, pixel: Fraction) -> int:
    right = 0
    for start in range(0, len(data.x_test), 500):
        seen = data.x_test[start : start + 500].astype(np.float32) * np.float32(pixel)
        found = np.asarray(model.predict_on_batch(seen)).argmax(axis=-1)
        right += int((found == data.y_test[start : start + 500]).sum())
    return right
