"""The images of an epoch, in an order and with changes that follow from the seed, the stage and the epoch alone."""

from collections.abc import Iterator

import numpy as np

from binloom.train.data import Dataset
from binloom.train.fit.augment import augmented
from binloom.train.fit.how import Stage


def split(data: Dataset, stage: Stage, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Which training images a stage learns from, and which it sets aside: the same ones in every stage of a seed. Those
    that show the same thing are never on both sides."""
    rows = np.arange(len(data.x_train))
    aside = data.some(round(len(rows) * stage.validation), seed) if stage.validation else rows[:0]
    return np.setdiff1d(rows, aside), aside


def count(images: int, stage: Stage) -> int:
    """Batches an epoch. The last one is left out where it is not whole: few images normalise badly."""
    return max(1, images // stage.batch)


def epoch(
    data: Dataset, rows: np.ndarray, stage: Stage, key: tuple[int, int, int]
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Images as float32 and labels, a batch after the other; `key` is the seed, the stage and the epoch."""
    random = np.random.default_rng(key)
    order = random.permutation(rows)
    for number in range(count(len(rows), stage)):
        part = order[number * stage.batch : (number + 1) * stage.batch]
        yield augmented(data.x_train[part], stage, random).astype(np.float32), data.y_train[part]
