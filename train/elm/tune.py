"""Adam on a dense layer over features that are there already: an epoch takes seconds where the whole network takes
minutes."""

import json
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np

from binloom.train.elm.how import Elm
from binloom.train.elm.ridge import PIXEL


def tune(
    values: list[np.ndarray],
    features: np.ndarray,
    labels: np.ndarray,
    how: Elm,
    seed: int,
    folder: Path,
    tell: Callable[[str, int, int], None],
) -> list[np.ndarray]:
    """The dense layer after so many epochs, the rate falling to zero along a cosine.

    After each epoch `folder` holds all that the next one needs: what is interrupted goes on, to the same end.
    """
    kept, steps = folder / "tuned.keras", -(-len(labels) // how.batch)
    model = keras.models.load_model(kept) if kept.exists() else _dense(values, how, steps)
    for epoch in range(int(model.optimizer.iterations) // steps, how.epochs):
        batches = Batches(features, labels, how.batch, np.random.default_rng((seed, epoch)))
        history = model.fit(batches, initial_epoch=epoch, epochs=epoch + 1, verbose=0).history
        draft = folder / "tuned.draft.keras"
        model.save(draft)
        draft.replace(kept)
        with (folder / "history.jsonl").open("a") as file:
            file.write(json.dumps({"epoch": epoch + 1} | {name: values[0] for name, values in history.items()}) + "\n")
        tell("epochs", epoch + 1, how.epochs)
    return model.layers[-1].get_weights()


def _dense(values: list[np.ndarray], how: Elm, steps: int) -> keras.Model:
    dense = keras.layers.Dense(values[0].shape[1], activation="softmax")
    model = keras.Sequential([keras.Input((values[0].shape[0],)), dense])
    dense.set_weights(values)
    rate = keras.optimizers.schedules.CosineDecay(how.rate, how.epochs * steps)
    model.compile(keras.optimizers.Adam(rate), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


class Batches(keras.utils.PyDataset):
    """Features as float32, a batch at a time, in an order of their own."""

    def __init__(self, features: np.ndarray, labels: np.ndarray, batch: int, random: np.random.Generator) -> None:
        super().__init__()
        self.features, self.labels, self.batch = features, labels, batch
        self.order = random.permutation(len(labels))

    def __len__(self) -> int:
        return -(-len(self.labels) // self.batch)

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        rows = self.order[index * self.batch : (index + 1) * self.batch]
        return self.features[rows].astype(np.float32) * np.float32(PIXEL), self.labels[rows]
