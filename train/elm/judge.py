"""How good kernels are, as training images tell it. No test image is looked at.

Few images judge each other: each is classified by the regression of all the others (leave_out.py). Of more images than
there are features some are set aside, and classified by the regression of the rest (set_aside.py).
"""

from dataclasses import dataclass
from typing import Any, Protocol, Self

import numpy as np

from binloom.train.data import Dataset
from binloom.train.elm.features import features_through, front_from
from binloom.train.elm.how import Elm
from binloom.train.elm.kernels import Kernels, Place
from binloom.train.elm.vary import count, variants


@dataclass(frozen=True, slots=True, order=True)
class Verdict:
    """Less is better: images that are classified wrong, and the mean square error of all."""

    wrong: int
    error: float


@dataclass(frozen=True, slots=True, eq=False)
class Judges:
    """Training images, whole numbers that count `unit` each, and the front that is tried on them.

    The first `judged` count, what follows was made of them and goes where they go: so do all images of one group.
    """

    front: str
    images: np.ndarray
    labels: np.ndarray
    groups: np.ndarray
    judged: int
    classes: int
    c: float
    even: bool
    unit: float

    @classmethod
    def of(cls, front: str, data: Dataset, unit: float, how: Elm, seed: int) -> Self:
        """As many training images as `how` says, of whole groups."""
        chosen, times = data.some(how.judges, seed), count(how.shifts, how.mirror)
        images = np.concatenate([*variants(data.x_train[chosen], how.shifts, how.mirror)])
        labels, groups = np.tile(data.y_train[chosen], times), np.tile(data.groups[chosen], times)
        return cls(front, images, labels, groups, len(chosen), data.classes, how.c, how.even, unit)

    @property
    def features(self) -> int:
        """How many the front makes."""
        return front_from(self.front).output_shape[1]

    def judge(self, kernels: Kernels) -> Verdict:
        """The verdict, from the images on."""
        return self.stand(kernels).verdict()

    def stand(self, kernels: Kernels) -> "Stand":
        """Where a climb stands with these kernels."""
        from binloom.train.elm.leave_out import LeaveOut
        from binloom.train.elm.set_aside import SetAside

        return (LeaveOut if len(self.images) <= self.features else SetAside).of(self, kernels)

    def through(self, kernels: Kernels, place: Place) -> np.ndarray:
        """Features of all images that a kernel has a part in."""
        return features_through(self.front, kernels, place, self.images)


class Stand(Protocol):
    """Kernels, with what makes the verdict on other ones cheap that differ at one place."""

    def verdict(self) -> Verdict:
        """On these kernels."""

    def rest(self, place: Place) -> Any:
        """What is the same for all kernels that differ at this place."""

    def changed(self, rest: Any, features: np.ndarray) -> Verdict:
        """On kernels that differ at the place of `rest`, where they make these features."""

    def moved(self, place: Place, kernels: Kernels) -> "Stand":
        """To kernels that differ at a place."""
