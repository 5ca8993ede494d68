"""An LB-CNN as an extreme learning machine, from first to last: kernels that are searched for, then the dense layer.

It ends as whole numbers, so that nothing of it is rounded later.
"""

from pathlib import Path

import keras
import numpy as np

from binloom.compiler.errors import InputError
from binloom.train.data import Dataset
from binloom.train.elm.fit import fit
from binloom.train.elm.how import Elm
from binloom.train.elm.judge import Judges
from binloom.train.elm.kernels import Kernels
from binloom.train.elm.members import PIXEL, Member, members
from binloom.train.elm.search import search
from binloom.train.folder import TRIALS, room_of
from binloom.train.tell import Tell


def train(model: keras.Model, data: Dataset, how: Elm, seed: int, folder: Path, tell: Tell, *, jobs: int = 1) -> None:
    """The model, trained, `jobs` trials of kernels at a time. What is done already lies in `folder`, from where an
    interrupted training goes on.

    The nets of a committee are trained one after the other, each from draws of its own.
    """
    nets, found = members(model), []
    for index, member in enumerate(nets):
        room = folder if len(nets) == 1 else room_of(folder, index + 1)
        room.mkdir(exist_ok=True)
        told = tell if len(nets) == 1 else _numbered(tell, index + 1)
        try:
            found.append(_member(member, data, how, seed + index * how.trials, room, told, jobs))
        except np.linalg.LinAlgError as error:
            raise InputError(
                f"{data.where}: the regression on the features of its training images has no answer ({error})",
                "give images that show more, or make c in the recipe smaller",
            ) from error
    most = max(np.abs(weights[:-1]).max() for weights in found)
    if not 0 < most < np.inf:
        raise InputError(f"{data.where}: no feature of its training images tells classes apart", "give other images")
    for member, weights in zip(nets, found, strict=True):
        member.dense.set_weights(whole(weights, how.bits, float(most)))


def whole(weights: np.ndarray, bits: int, most: float) -> list[np.ndarray]:
    """Whole numbers for weights, and for the biases below them, scaled so that a weight of `most` takes all of its
    bits."""
    scaled = np.rint(weights * ((2 ** (bits - 1) - 1) / most)).astype(np.float32)
    return [scaled[:-1], scaled[-1]]


def _member(member: Member, data: Dataset, how: Elm, seed: int, room: Path, tell: Tell, jobs: int) -> np.ndarray:
    judges = Judges.of(member.front.to_json(), data, PIXEL, how, seed)
    best = search(Kernels.of(member.front), judges, how, seed, room / TRIALS, tell, jobs)
    best.set(member.front)
    return fit(member, data, how, seed, room, tell)


def _numbered(tell: Tell, number: int) -> Tell:
    return lambda step, done, total: tell(f"{step}, net {number}", done, total)
