"""What a search is to make small, as a number for each plan and as bounds on that number.

The share: how much a plan takes of the resource that it takes most of, and a tenth of all shares together, so that
what is not scarce is not wasted either. Or the least of one resource, within what there is of the others.
"""

from dataclasses import dataclass
from itertools import combinations

import numpy as np

from binloom.compiler.plan.budget import RESOURCES

REST = 0.1  # what all shares count, beside the largest
STEPS = 8  # of a mix of two resources


@dataclass(frozen=True)
class Goal:
    """Make the share of `limits` small, or that of one resource `only`, none of the others being more than whole."""

    limits: np.ndarray
    only: str | None = None

    def value(self, areas: np.ndarray) -> np.ndarray:
        """Of areas (n, resources), the smaller the better; infinite where a plan is none."""
        shares = areas / self.limits
        largest, total = shares.max(axis=1), shares.sum(axis=1)
        if self.only is None:
            return largest + REST * total
        picked = shares[:, list(RESOURCES).index(self.only)] + REST * REST * total
        return np.where(largest <= 1, picked, np.inf)

    @property
    def units(self) -> np.ndarray:
        """Columns that measure the share of each resource by itself."""
        return np.diag(1 / self.limits)

    @property
    def mixes(self) -> np.ndarray:
        """Columns (resources, mixes) in which no plan measures more than its value."""
        count = len(self.limits)
        if self.only is not None:
            column = np.full(count, REST * REST)
            column[list(RESOURCES).index(self.only)] += 1
            return (column / self.limits)[:, None]
        mixes = [np.eye(count)[index] for index in range(count)]
        for one, two in combinations(range(count), 2):
            for step in range(1, STEPS):
                mix = np.zeros(count)
                mix[one], mix[two] = step / STEPS, 1 - step / STEPS
                mixes.append(mix)
        mixes.append(np.full(count, 1 / count))
        return (np.stack(mixes, axis=1) + REST) / self.limits[:, None]

    def near(self, mixes: np.ndarray) -> np.ndarray:
        """Mixes between these and each single resource."""
        if self.only is not None:
            return mixes
        bare = mixes * self.limits[:, None] - REST
        count = len(self.limits)
        made = [
            (1 - part) * mix + part * np.eye(count)[index]
            for mix in bare.T
            for index in range(count)
            for part in (0.03, 0.06, 0.1)
        ]
        return (np.stack(made, axis=1) + REST) / self.limits[:, None]

    def bound(self, units: np.ndarray, mixes: np.ndarray) -> np.ndarray:
        """What a plan's value is at least, from the least it measures in `units` and in mixes (..., columns)."""
        bound = mixes.max(axis=-1)
        largest = units.max(axis=-1)
        if self.only is None:
            return np.maximum(bound, largest + REST * units.sum(axis=-1))
        return np.where(largest <= 1 + 1e-9, bound, np.inf)
