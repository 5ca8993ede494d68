"""The verdict of many images: a share of them is set aside, and classified by the ridge regression of the rest.

Another kernel changes those rows and columns of A = F'F + r I that belong to the few features it has a part in. Put
last,

    A = | G  B |
        | B' S |

G is the same for all that is tried at a place, and so is its factor L, LL' = G. A trial takes B, the products of the
new features with all others, Z with LZ = B, and a system as small as they are few, S - Z'Z.

Of A one half is kept, and features once. A climb moves on in place: what stood before is used up.
"""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from scipy.linalg import lapack
from scipy.linalg.blas import ssyrk

from binloom.train.elm.features import features_with
from binloom.train.elm.judge import Judges, Verdict
from binloom.train.elm.kernels import Kernels, Place
from binloom.train.elm.panels import Panels
from binloom.train.elm.ridge import BATCH, GROUP
from binloom.train.elm.samples import Samples, gains_of

SHARE = 5  # one in so many is set aside


@dataclass(frozen=True, slots=True, eq=False)
class Rest:
    """Which features stay and which go, the factor of those that stay, LY = F'T, and r."""

    stay: np.ndarray
    go: np.ndarray
    factor: np.ndarray
    answers: np.ndarray
    strength: float


@dataclass(frozen=True, slots=True, eq=False)
class SetAside:
    """Kernels, the features that are learnt from and those that are set aside, F'F and F'T of the former."""

    judges: Judges
    kernels: Kernels
    rows: tuple[np.ndarray, np.ndarray]  # which images are which
    learnt: Samples
    aside: Samples
    products: Panels
    answers: np.ndarray

    @classmethod
    def of(cls, judges: Judges, kernels: Kernels) -> Self:
        return cls.on(judges, kernels, parted(judges))

    @classmethod
    def on(cls, judges: Judges, kernels: Kernels, rows: tuple[np.ndarray, np.ndarray]) -> Self:
        """With these images to learn from, and these to set aside."""
        order = np.concatenate(rows)
        features = features_with(judges.front, kernels, judges.images[order])
        gains = gains_of(features, judges.unit) if judges.even else None
        learnt, aside = (
            Samples(
                features[part],
                judges.labels[order[part]],
                judges.classes,
                judges.unit,
                gains if gains is None else gains[part],
            )
            for part in (slice(len(rows[0])), slice(len(rows[0]), None))
        )
        return cls(judges, kernels, rows, learnt, aside, *gram(learnt))

    def verdict(self) -> Verdict:
        factor = self._factor(np.arange(self.products.size), self._strength())
        return self._verdict(_solved(factor, _solved(factor, self.answers), transposed=True))

    def rest(self, place: Place) -> Rest:
        go, strength = self._columns(place), self._strength()
        stay = np.delete(np.arange(self.products.size), go)
        factor = self._factor(stay, strength)
        return Rest(stay, go, factor, _solved(factor, self.answers[stay]), strength)

    def changed(self, rest: Rest, features: np.ndarray) -> Verdict:
        new = replace(self.aside, features=features[self.rows[1]])
        return self._verdict(self.weights(rest, features), (rest.go, new))

    def weights(self, rest: Rest, features: np.ndarray) -> np.ndarray:
        """W of the regression with these features, of all judges, where others have been."""
        across, own, answers = self._products(features)
        spread = _solved(rest.factor, across[rest.stay])
        np.einsum("ii->i", own)[:] += rest.strength
        found = np.linalg.solve(own - spread.T @ spread, answers - spread.T @ rest.answers)
        weights = np.empty_like(self.answers)
        weights[rest.go] = found
        weights[rest.stay] = _solved(rest.factor, rest.answers - spread @ found, transposed=True)
        return weights

    def moved(self, place: Place, kernels: Kernels) -> Self:
        """This one, changed: it has the features and products of the new kernels from here on."""
        go, features = self._columns(place), self.judges.through(kernels, place)
        across, own, answers = self._products(features)
        across[go] = own
        self.products.exchange(go, across)
        self.answers[go] = answers
        for samples, rows in zip((self.learnt, self.aside), self.rows, strict=True):
            samples.features[:, go] = features[rows]
        return replace(self, kernels=kernels)

    def _columns(self, place: Place) -> np.ndarray:
        """The features that a kernel has a part in: some channels of every position."""
        layer, output = place
        channels = self.kernels.layers[-1].shape[-1]
        width = channels // self.kernels.layers[layer].shape[-1]
        positions = np.arange(self.learnt.features.shape[1] // channels) * channels
        return (positions[:, np.newaxis] + np.arange(output * width, (output + 1) * width)).reshape(-1)

    def _strength(self) -> float:
        return float(self.products.diagonal().sum()) / self.products.size / self.judges.c

    def _factor(self, chosen: np.ndarray, strength: float) -> np.ndarray:
        """L of these rows and columns of A, packed."""
        factor, info = lapack.dpftrf(len(chosen), self.products.packed(chosen, strength), uplo="L", overwrite_a=1)
        if info:
            raise np.linalg.LinAlgError(f"C = {self.judges.c} leaves the products singular")
        return factor

    def _products(self, features: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Of new features with all that there are, with each other, and with the targets."""
        count = features.shape[1]
        across, own = np.zeros((self.products.size, count), order="F"), np.zeros((count, count))
        answers = np.zeros((count, self.learnt.classes))
        new = replace(self.learnt, features=features[self.rows[0]])
        for start in range(0, len(new), BATCH):
            part = slice(start, start + BATCH)
            rows = new.rows(part)[:, :-1]
            across += self.learnt.rows(part).T @ rows
            own += rows.T @ rows
            answers += rows.T @ new.targets(part).astype(np.float32)
        return across, own, answers

    def _verdict(self, weights: np.ndarray, new: tuple[np.ndarray, Samples] | None = None) -> Verdict:
        """Of images set aside; `new` says which of their features are others, and what they are."""
        parts, least = [], weights.astype(np.float32)
        for start in range(0, len(self.aside), BATCH):
            part = slice(start, start + BATCH)
            rows = self.aside.rows(part)
            if new is not None:
                go, samples = new
                rows[:, go] = samples.rows(part)[:, :-1]
            parts.append(rows @ least)
        told = np.concatenate(parts)
        wrong = int((told.argmax(axis=1) != self.aside.labels).sum())
        return Verdict(wrong, float(np.square(self.aside.targets() - told).mean()))


def parted(judges: Judges) -> tuple[np.ndarray, np.ndarray]:
    """Which images are learnt from, and which are set aside: whole groups, of which what was made of images is left."""
    groups = np.unique(judges.groups)
    out = np.isin(judges.groups, np.random.default_rng(len(groups)).permutation(groups)[: -(-len(groups) // SHARE)])
    return np.flatnonzero(~out), np.flatnonzero(out[: judges.judged])


def gram(samples: Samples) -> tuple[Panels, np.ndarray]:
    """F'F and F'T: summed in float32 over some thousands of images, beyond in float64."""
    size = samples.features.shape[1] + 1
    products, answers = Panels(size), np.zeros((size, samples.classes))
    for first in range(0, len(samples), GROUP):
        group = np.zeros((size, size), np.float32, order="F")
        for start in range(first, min(first + GROUP, len(samples)), BATCH):
            part = slice(start, min(start + BATCH, first + GROUP))
            rows = samples.rows(part)
            group = ssyrk(1, rows.T, beta=1, c=group, lower=1, overwrite_c=1)
            answers += rows.T @ samples.targets(part).astype(np.float32)
        products.add(group)
        del group  # before the next one is there
    return products, answers


def _solved(factor: np.ndarray, right: np.ndarray, *, transposed: bool = False) -> np.ndarray:
    return lapack.dtfsm(1, factor, right, uplo="L", trans="T" if transposed else "N")
