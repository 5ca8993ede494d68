"""Training by gradients: stage after stage, epoch after epoch, each of which leaves a checkpoint.

Nothing that is drawn by chance outlives an epoch (see batches.py), so that weights, the optimiser's variables and two
numbers are all there is to keep: a run that was killed goes on to the weights that it would have had.
"""

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import keras
import numpy as np

from binloom.train import history
from binloom.train.adam import adam, demand_finite
from binloom.train.data import Dataset
from binloom.train.fit import batches
from binloom.train.fit.checkpoint import Checkpoint
from binloom.train.fit.how import Fit, Stage
from binloom.train.fit.parts import set_up
from binloom.train.tell import Tell


def train(model: keras.Model, data: Dataset, how: Fit, seed: int, folder: Path, tell: Tell) -> None:
    """The model by all stages. `folder` has what is done already, and the history; `tell` counts batches."""
    kept = Checkpoint.read(folder)
    if kept.weights:
        model.set_weights(kept.weights)
    while kept.stage < len(how.stages):
        with set_up(model, how.stages[kept.stage]):
            _stage(model, data, how, kept, seed, folder, tell)
        kept.stage, kept.epoch, kept.waited, kept.least = kept.stage + 1, 0, 0, None
        kept.weights, kept.optimizer, kept.best = model.get_weights(), (), ()
        kept.write(folder)


def _stage(model: keras.Model, data: Dataset, how: Fit, kept: Checkpoint, seed: int, folder: Path, tell: Tell) -> None:
    stage, name = how.stages[kept.stage], f"fit {kept.stage + 1}"
    learnt, aside = batches.split(data, stage, seed)
    steps = batches.count(len(learnt), stage)
    _compile(model, stage, steps)
    for variable, value in zip(model.optimizer.variables, kept.optimizer, strict=False):
        variable.assign(value.reshape(variable.shape))
    label = f"stage {kept.stage + 1} of {len(how.stages)}" if len(how.stages) > 1 else "training"
    while kept.epoch < stage.epochs and not (stage.patience and kept.waited >= stage.patience):
        begun, found = time.monotonic(), Mean()
        key = (seed, kept.stage, kept.epoch)
        for done, (images, labels) in enumerate(batches.epoch(data, learnt, stage, key), kept.epoch * steps + 1):
            figures = model.train_on_batch(images, labels, return_dict=True)
            demand_finite(figures["loss"], label, kept.epoch)
            found.add(figures, len(labels))
            tell(label, done, stage.epochs * steps)
        validated = _validated(model, data, aside).told("val_")
        weights = model.get_weights()
        # The checkpoint of the epoch before stays.
        demand_finite(validated.get("val_loss", 0.0), label, kept.epoch, weights)
        kept.epoch += 1
        line = {"stage": name, "epoch": kept.epoch} | found.told() | validated
        kept.history.append(line | {"seconds": round(time.monotonic() - begun, 3)})
        _judge(model, stage, kept, validated.get("val_loss"))
        kept.weights = weights
        kept.optimizer = [keras.ops.convert_to_numpy(each) for each in model.optimizer.variables]
        kept.write(folder)
        history.write(folder, kept.history)
    if kept.best:
        model.set_weights(kept.best)


def _compile(model: keras.Model, stage: Stage, steps: int) -> None:
    model.compile(
        adam(stage.rate, stage.decay, stage.epochs * steps),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
        # On CPUs TensorFlow's own convolutions take half the time of those that XLA compiles.
        jit_compile=False if keras.backend.backend() == "tensorflow" else "auto",
    )
    model.optimizer.build(model.trainable_variables)


class Mean:
    """The mean of each figure of batches, by how many images they have; Keras gives those of the last one only."""

    def __init__(self) -> None:
        self.images = 0
        self.sums: dict[str, float] = {}

    def add(self, figures: Mapping[str, Any], images: int) -> None:
        self.images += images
        for name, value in figures.items():
            self.sums[name] = self.sums.get(name, 0.0) + float(value) * images

    def told(self, prefix: str = "") -> dict[str, float]:
        return {prefix + name: value / self.images for name, value in self.sums.items()}


def _validated(model: keras.Model, data: Dataset, aside: np.ndarray) -> Mean:
    """Loss and accuracy on the images set aside, where there are any."""
    found = Mean()
    for start in range(0, len(aside), 500):
        images, labels = data.x_train[aside[start : start + 500]], data.y_train[aside[start : start + 500]]
        found.add(model.test_on_batch(images.astype(np.float32), labels, return_dict=True), len(labels))
    return found


def _judge(model: keras.Model, stage: Stage, kept: Checkpoint, loss: float | None) -> None:
    """Keeps the weights of the best epoch so far, where the stage is to end with them."""
    if not stage.patience or loss is None:
        return
    if kept.least is None or loss < kept.least:
        kept.least, kept.waited, kept.best = float(loss), 0, model.get_weights()
    else:
        kept.waited += 1
