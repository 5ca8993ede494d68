"""A data set as training sees it, and what has to be true of its arrays."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from binloom.compiler.errors import InputError
from binloom.train.data.classes import NAMES, class_names

ARRAYS = ("x_train", "y_train", "x_test", "y_test")
# Of a file that has it: images of one thing, one after the other, have one number beside their label.
TRACKS = "track_train"


@dataclass(frozen=True, slots=True, eq=False)
class Dataset:
    """Images as uint8 (n, height, width, channels), labels as int64 (n,) from 0 to `classes` - 1. There are
    two classes at least, training images of each, and each has one of `names`. Some training image has something on it.

    Training images with the same number in `groups` show the same thing: what is learnt of the one is known of the
    other. `where` is the file, the folder or the source that it was read from, for messages.
    """

    name: str
    where: str
    x_train: np.ndarray
    y_train: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray
    classes: int
    groups: np.ndarray
    names: tuple[str, ...]

    @property
    def shape(self) -> tuple[int, int, int]:
        """Of an image."""
        return self.x_train.shape[1:]

    @classmethod
    def of(cls, name: str, arrays: Mapping[str, np.ndarray], where: str) -> Self:
        """The arrays of a file at `where`, checked. Images without channels get one."""
        images = {part: _images(arrays[f"x_{part}"], f"{where}: x_{part}") for part in ("train", "test")}
        labels = {
            part: _labels(arrays[f"y_{part}"], len(images[part]), f"{where}: y_{part}") for part in ("train", "test")
        }
        if images["train"].shape[1:] != images["test"].shape[1:]:
            shapes = [" x ".join(map(str, found.shape[1:])) for found in images.values()]
            raise InputError(f"{where}: x_train is of {shapes[0]} and x_test of {shapes[1]}", "give both one size")
        if not images["train"].any():
            raise InputError(f"{where}: all training images are black", "give images with something on them")
        classes = int(labels["train"].max()) + 1
        counts = np.bincount(labels["train"])
        if not counts.all():
            raise InputError(
                f"{where}: y_train has no image of class {int(counts.argmin())}, and classes up to {classes - 1}",
                "number the classes from 0 up, without gaps",
            )
        if classes < 2:
            raise InputError(f"{where}: y_train has one class only", "give images of two classes or more")
        if (above := int(labels["test"].max())) >= classes:
            raise InputError(
                f"{where}: y_test has class {above} and y_train none above {classes - 1}",
                "train on images of every class",
            )
        groups = np.arange(len(labels["train"]))
        if TRACKS in arrays:
            tracks = _labels(arrays[TRACKS], len(groups), f"{where}: {TRACKS}")
            groups = np.unique(np.stack([labels["train"], tracks]), axis=1, return_inverse=True)[1].reshape(-1)
        names = class_names(name, classes, _names(arrays.get(NAMES), f"{where}: {NAMES}"), where)
        return cls(
            name, where, images["train"], labels["train"], images["test"], labels["test"], classes, groups, names
        )

    def digest(self) -> str:
        """The same for the same images and labels in the same order, however they are stored."""
        digest = hashlib.sha256()
        for array in (self.x_train, self.y_train, self.x_test, self.y_test):
            digest.update(np.ascontiguousarray(array.astype(np.uint8)).tobytes())
        return digest.hexdigest()

    def part(self, train: int, test: int) -> Self:
        """Only so many of the training and test images, at even distances; the classes stay as many as they are."""
        learnt, tested = spread(len(self.x_train), train), spread(len(self.x_test), test)
        return replace(
            self,
            x_train=self.x_train[learnt],
            y_train=self.y_train[learnt],
            x_test=self.x_test[tested],
            y_test=self.y_test[tested],
            groups=self.groups[learnt],
        )

    def some(self, count: int, seed: int) -> np.ndarray:
        """Which training images to take for about so many, by chance: whole groups of them, until there are enough."""
        order = np.random.default_rng(seed).permutation(int(self.groups.max()) + 1)
        sizes = np.bincount(self.groups, minlength=len(order))[order]
        taken = np.zeros(len(order), bool)
        taken[order[: int(np.searchsorted(np.cumsum(sizes), count)) + 1]] = True
        return np.flatnonzero(taken[self.groups])


def spread(total: int, count: int) -> np.ndarray:
    """Which to take of `total`, to have `count` at even distances; all where they are not so many."""
    count = min(total, count)
    return np.arange(count) * total // count


def _images(found: np.ndarray, what: str) -> np.ndarray:
    if found.ndim == 3:
        found = found[..., np.newaxis]
    if found.ndim != 4 or 0 in found.shape:
        raise InputError(f"{what} has shape {found.shape}", "give images as (n, height, width, channels)")
    if found.dtype.kind not in "iu":
        raise InputError(f"{what} holds {found.dtype}", "give whole numbers from 0 to 255")
    if found.dtype != np.uint8 and (found.min() < 0 or found.max() > 255):
        raise InputError(f"{what} goes from {found.min()} to {found.max()}", "give whole numbers from 0 to 255")
    return found.astype(np.uint8, copy=False)


def _labels(found: np.ndarray, images: int, what: str) -> np.ndarray:
    if found.shape == (images, 1):
        found = found[:, 0]
    if found.shape != (images,):
        raise InputError(f"{what} has shape {found.shape} beside {images} images", "give one label an image")
    if found.dtype.kind not in "iu":
        raise InputError(f"{what} holds {found.dtype}", "give whole numbers from 0 up, one a class")
    if found.min() < 0 or found.max() > 9_999:
        raise InputError(f"{what} goes from {found.min()} to {found.max()}", "number the classes from 0 up")
    return found.astype(np.int64)


def _names(found: np.ndarray | None, what: str) -> list[str]:
    if found is None:
        return []
    if found.dtype.kind != "U" or found.ndim != 1:
        raise InputError(f"{what} holds {found.dtype} of shape {found.shape}", "give a list of texts, one a class")
    return found.tolist()
