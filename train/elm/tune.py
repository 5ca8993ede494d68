"""Adam on a dense layer over features that are there already: an epoch takes seconds where the whole network takes
minutes."""

import time
from pathlib import Path

import keras
import numpy as np

from binloom.train import history
from binloom.train.adam import adam, demand_finite
from binloom.train.damage import named
from binloom.train.drafts import draft_of
from binloom.train.elm.how import Elm
from binloom.train.elm.samples import Samples
from binloom.train.tell import Tell

STAGE = "elm"  # in the history


def tune(
    weights: np.ndarray,
    samples: Samples,
    how: Elm,
    seed: int,
    folder: Path,
    tell: Tell,
) -> np.ndarray:
    """Weights, and below them biases, after so many epochs, the rate falling to zero along a cosine.

    After each epoch `folder` holds all that the next one needs: what is interrupted goes on, to the same end.
    """
    kept, steps = folder / "tuned.keras", -(-len(samples) // how.batch)
    if kept.exists():
        with named(kept):
            model = keras.models.load_model(kept)
    else:
        model = _dense(weights, how, steps)
    for epoch in range(int(model.optimizer.iterations) // steps, how.epochs):
        start = time.monotonic()
        batches = Batches(samples, how.batch, np.random.default_rng((seed, epoch)))
        found = model.fit(batches, initial_epoch=epoch, epochs=epoch + 1, verbose=0).history
        demand_finite(found["loss"][0], "[elm]", epoch, model.get_weights())
        line = {"stage": STAGE, "epoch": epoch + 1} | {name: values[0] for name, values in found.items()}
        # First what was seen, then what goes on from there: an epoch that is seen twice is written once.
        history.write(folder, [*history.read(folder)[:epoch], line | {"seconds": round(time.monotonic() - start, 3)}])
        with draft_of(kept) as draft:
            model.save(draft)
        tell("epochs", epoch + 1, how.epochs)
    return model.layers[-1].get_weights()[0]


def _dense(weights: np.ndarray, how: Elm, steps: int) -> keras.Model:
    """The bias is a weight like the others, of the last column."""
    dense = keras.layers.Dense(weights.shape[1], activation="softmax", use_bias=False)
    model = keras.Sequential([keras.Input((weights.shape[0],)), dense])
    dense.set_weights([weights])
    optimizer = adam(how.rate, how.decay, how.epochs * steps)
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


class Batches(keras.utils.PyDataset):
    """Samples, a batch at a time, in an order of their own."""

    def __init__(self, samples: Samples, batch: int, random: np.random.Generator) -> None:
        super().__init__()
        self.samples, self.batch = samples, batch
        self.order = random.permutation(len(samples))

    def __len__(self) -> int:
        return -(-len(self.order) // self.batch)

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        part = self.order[index * self.batch : (index + 1) * self.batch]
        return self.samples.rows(part), self.samples.labels[part]
