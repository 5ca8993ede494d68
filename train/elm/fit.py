"""The dense layer of an LB-CNN: ridge regression on the features of all training images, then, where asked, some epochs
of Adam on the cross entropy. The layers in front of it stay as they are; where one is hidden, it is drawn first.
"""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np

from binloom.compiler import npz
from binloom.train.damage import named
from binloom.train.data import Dataset
from binloom.train.data.dataset import spread
from binloom.train.elm.features import features_of
from binloom.train.elm.hidden import LOOKED_AT, draw
from binloom.train.elm.how import Elm
from binloom.train.elm.members import Member
from binloom.train.elm.ridge import Gram, solve
from binloom.train.elm.samples import Samples, gains_of, joined
from binloom.train.elm.tune import tune
from binloom.train.elm.vary import count, variants
from binloom.train.tell import Tell

SHARPNESS = 8.0  # ridge's answers, about -1 and +1, times this are the logits that Adam begins with


def fit(
    member: Member,
    data: Dataset,
    how: Elm,
    seed: int,
    folder: Path,
    tell: Tell,
) -> np.ndarray:
    """Its weights, and below them its biases. What is done already lies in `folder`, from where an interrupted fit
    goes on.
    """
    if member.hidden is not None:
        looked_at = data.x_train[spread(len(data.x_train), LOOKED_AT)]
        draw(member.hidden, features_of(member.front, looked_at), seed)
    front, unit, times = member.seen, member.unit, count(how.shifts, how.mirror)
    total = len(data.x_train) * times

    def seen() -> Iterator[Samples]:
        for index, images in enumerate(variants(data.x_train, how.shifts, how.mirror)):
            features = features_of(front, images, partial(_tell, tell, index * len(images), total))
            gains = gains_of(features, unit) if how.even else None
            yield Samples(features, data.y_train, data.classes, unit, gains)

    solved, samples = folder / "ridge.npz", None
    if how.epochs or total <= front.output_shape[1]:
        samples = joined(list(seen()))
    if not solved.exists():
        if samples is not None:
            weights = solve(samples, how.c, lambda done: tell("ridge regression", done, total))
        else:  # images after images, so that there are never the features of all of them
            gram = Gram(front.output_shape[1], data.classes)
            for part in seen():
                gram.take(part)
            weights = gram.solve(how.c)
        npz.write(solved, {"weights": weights})
    with named(solved), npz.Archive(solved) as archive:
        weights = archive.read("weights") * SHARPNESS
    return tune(weights, samples, how, seed, folder, tell) if samples is not None and how.epochs else weights


def _tell(tell: Tell, before: int, total: int, done: int) -> None:
    tell("features", before + done, total)
