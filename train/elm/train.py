"""An LB-CNN as an extreme learning machine, from first to last: kernels that are searched for, then the dense layer."""

from collections.abc import Callable
from pathlib import Path

import keras

from binloom.train.data import Dataset
from binloom.train.elm.fit import fit
from binloom.train.elm.how import Elm
from binloom.train.elm.search import search


def train(
    model: keras.Model, data: Dataset, how: Elm, seed: int, folder: Path, tell: Callable[[str, int, int], None]
) -> None:
    """The model, trained. What is done already lies in `folder`, from where an interrupted training goes on."""
    search(model, data, how, seed, folder, tell)
    fit(model, data, how, seed, folder, tell)
