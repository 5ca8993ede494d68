"""The verdict of few images: each is classified by the ridge regression of all the others.

That takes one factorisation, not as many as there are images. With A = FF' + r I, the regression without the images
of a group g (of one track, or all that were made of one image) misses its targets by

    ((A^-1)_gg)^-1 (A^-1 T)_g

which is (A^-1 T)_i / (A^-1)_ii for an image alone. Another kernel changes A by the products of the few features that it
has a part in. They are whole numbers, so that what is exchanged is exact.
"""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from scipy.linalg import cho_factor, cho_solve, lapack

from binloom.train.elm.features import features_with
from binloom.train.elm.judge import Judges, Verdict
from binloom.train.elm.kernels import Kernels, Place
from binloom.train.elm.ridge import kernel_of, products_of
from binloom.train.elm.samples import targets_of


@dataclass(frozen=True, slots=True, eq=False)
class LeaveOut:
    """Kernels, and FF' with them, in units squared."""

    judges: Judges
    kernels: Kernels
    products: np.ndarray

    @classmethod
    def of(cls, judges: Judges, kernels: Kernels) -> Self:
        return cls(judges, kernels, products_of(features_with(judges.front, kernels, judges.images)))

    def verdict(self) -> Verdict:
        judges, size = self.judges, self.judges.features
        squares = np.maximum(np.diag(self.products) / size, 1)
        gains = 1 / (judges.unit * np.sqrt(squares)) if judges.even else None
        kernel = kernel_of(self.products, judges.unit, gains, size, judges.c)
        return leave_out(kernel, targets_of(judges.labels, judges.classes), judges.groups, judges.judged)

    def rest(self, place: Place) -> np.ndarray:
        """FF' of the features that the kernel has no part in."""
        return self.products - _products(self.judges.through(self.kernels, place))

    def changed(self, rest: np.ndarray, features: np.ndarray) -> Verdict:
        return replace(self, products=rest + _products(features)).verdict()

    def moved(self, place: Place, kernels: Kernels) -> Self:
        products = self.rest(place) + _products(self.judges.through(kernels, place))
        return replace(self, kernels=kernels, products=products)


def leave_out(kernel: np.ndarray, targets: np.ndarray, groups: np.ndarray, judged: int) -> Verdict:
    """Of A and T, by what `groups` has the same number for; only the first `judged` count."""
    factor = cho_factor(kernel, lower=True)
    solved = cho_solve(factor, targets)
    inverse = lapack.dpotri(factor[0], lower=1)[0]  # its lower triangle
    missed = solved / np.diag(inverse)[:, np.newaxis]
    order = np.argsort(groups, kind="stable")
    for members in np.split(order, np.flatnonzero(np.diff(groups[order])) + 1):
        if len(members) > 1:
            part = np.tril(inverse[np.ix_(members, members)])
            missed[members] = np.linalg.solve(part + np.tril(part, -1).T, solved[members])
    missed = missed[:judged]
    wrong = (targets[:judged] - missed).argmax(axis=1) != targets[:judged].argmax(axis=1)
    return Verdict(int(wrong.sum()), float((missed**2).mean()))


def _products(features: np.ndarray) -> np.ndarray:
    wide = features.astype(np.float64)
    return wide @ wide.T
