"""A search for kernels: many draws, of which the one that its own training images speak for is kept.

A draw is judged by leaving one out: each training image is classified by the ridge regression of all the others. That
takes one factorisation, not as many as there are images. With A = FF' + r I, the regression without sample i misses
its target by

    (A^-1 T)_i / (A^-1)_ii

No test image is looked at.
"""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import keras
import numpy as np
from scipy.linalg import cho_factor, cho_solve

from binloom.train.data import Dataset
from binloom.train.elm.draw import draw
from binloom.train.elm.features import features_of, front_of
from binloom.train.elm.how import Elm
from binloom.train.elm.ridge import kernel_of, rows_of, targets_of

JUDGES = 2_000  # training images that judge a draw


def search(
    model: keras.Model, data: Dataset, how: Elm, seed: int, folder: Path, tell: Callable[[str, int, int], None]
) -> int:
    """The seed whose draw was best, of `how.trials`; the model has its kernels. Trials that `folder` knows are not
    repeated."""
    front, images, labels = front_of(model), data.x_train[:JUDGES], data.y_train[:JUDGES]
    with closing(sqlite3.connect(folder / "trials.sqlite")) as book, book:
        book.execute("create table if not exists trials (seed integer primary key, wrong integer, error real)")
        for trial in range(how.trials):
            one = seed + trial
            if book.execute("select 1 from trials where seed = ?", (one,)).fetchone() is None:
                draw(model, one)
                found = leave_one_out(features_of(front, images), labels, data.classes, how.c)
                book.execute("insert into trials values (?, ?, ?)", (one, *found))
                book.commit()
            tell("draws of kernels", trial + 1, how.trials)
        (best,) = book.execute(
            "select seed from trials where seed < ? order by wrong, error, seed limit 1", (seed + how.trials,)
        ).fetchone()
    draw(model, best)
    return best


def leave_one_out(features: np.ndarray, labels: np.ndarray, classes: int, c: float) -> tuple[int, float]:
    """How many samples the regression of all the others gets wrong, and its mean square error there."""
    targets = targets_of(labels, classes)
    factor = cho_factor(kernel_of(rows_of(features), c), lower=True)
    inverse = cho_solve(factor, np.eye(len(labels)))
    missed = inverse @ targets / np.diag(inverse)[:, np.newaxis]
    return int(((targets - missed).argmax(axis=1) != labels).sum()), float((missed**2).mean())
