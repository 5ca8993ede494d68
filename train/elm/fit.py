"""The dense layer of an LB-CNN, trained as an extreme learning machine: solved for, tuned, and made whole numbers.

The layers in front of it, whose kernels were drawn by chance, stay as they are. It is ridge regression on the features
of all training images, then, where asked, some epochs of Adam on the cross entropy. It ends as whole numbers, so that
nothing of it is rounded later.
"""

from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np

from binloom.compiler import npz
from binloom.train.data import Dataset
from binloom.train.elm.features import features_of, front_of
from binloom.train.elm.how import Elm
from binloom.train.elm.ridge import solve
from binloom.train.elm.tune import tune

SHARPNESS = 8.0  # ridge's answers, about -1 and +1, times this are the logits that Adam begins with


def fit(
    model: keras.Model, data: Dataset, how: Elm, seed: int, folder: Path, tell: Callable[[str, int, int], None]
) -> None:
    """Sets the last layer of the model. What is done already lies in `folder`, from where an interrupted fit goes on.

    `tell` takes the name of a step, how much of it is done, and of how much.
    """
    features = features_of(front_of(model), data.x_train, lambda done: tell("features", done, len(data.x_train)))
    solved = folder / "ridge.npz"
    if not solved.exists():
        weights = solve(
            features,
            data.y_train,
            data.classes,
            how.c,
            lambda done: tell("ridge regression", done, len(features)),
        )
        npz.write(solved, {"weights": weights})
    with npz.Archive(solved) as archive:
        weights = archive.read("weights") * SHARPNESS
    values = [weights[:-1], weights[-1]]
    if how.epochs:
        values = tune(values, features, data.y_train, how, seed, folder, tell)
    model.layers[-1].set_weights(whole(values[0], values[1], how.bits))


def whole(weights: np.ndarray, biases: np.ndarray, bits: int) -> list[np.ndarray]:
    """Whole numbers of so many bits for the weights, of which the largest takes all of them, and biases to match."""
    scale = (2 ** (bits - 1) - 1) / np.abs(weights).max()
    return [np.rint(weights * scale).astype(np.float32), np.rint(biases * scale).astype(np.float32)]
