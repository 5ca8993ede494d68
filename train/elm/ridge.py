"""The output layer of an extreme learning machine: ridge regression, by whichever of its two forms is smaller.

For features F (samples x features, with a column of ones) and targets T (samples x classes, -1 and +1):

    W = (F'F + r I)^-1 F'T        r = mean of the diagonal of F'F, divided by C

or, which is the same for fewer samples than features,

    W = F' (FF' + r I)^-1 T

F'F is kept as the packed half of a matrix that LAPACK calls RFP: half the memory, and as fast as the whole.
"""

from collections.abc import Callable

import numpy as np
from scipy.linalg import cho_factor, cho_solve, lapack
from scipy.linalg.blas import dsyrk

from binloom.train.elm.samples import Samples

BATCH = 2_048  # samples that are float32 at a time
GROUP = 8_192  # samples whose products are summed in float32 before they go over to float64
STRIP = 1 << 20  # products that go over at a time
COLUMNS = 1_024  # features that are float64 at a time


def solve(samples: Samples, c: float, tell: Callable[[int], None] = lambda done: None) -> np.ndarray:
    """W, (features + 1) x classes, the last row for the bias."""
    total, features = samples.features.shape
    if total <= features:
        return solve_dual(samples, c)
    gram = Gram(features, samples.classes)
    gram.take(samples, tell)
    return gram.solve(c)


class Gram:
    """F'F and F'T, summed over batches: the memory is that of half a float64 and half a float32 matrix of features
    squared.

    Products and short sums are float32, which is what BLAS is fast at; the long sum and the solve are float64.
    """

    def __init__(self, features: int, classes: int) -> None:
        self.size = features + 1  # the last is the bias
        self.products = np.zeros(self.size * (self.size + 1) // 2)
        self.answers = np.zeros((self.size, classes))
        self._group = np.zeros(len(self.products), np.float32)
        self._grouped = 0

    def take(self, samples: Samples, tell: Callable[[int], None] = lambda done: None) -> None:
        """All of them, batch by batch."""
        for start in range(0, len(samples), BATCH):
            part = slice(start, start + BATCH)
            self.add(samples.rows(part), samples.targets(part))
            tell(min(start + BATCH, len(samples)))

    def add(self, rows: np.ndarray, targets: np.ndarray) -> None:
        """A batch: float32 (n, features + 1), the last column ones, and targets (n, classes)."""
        # F in rows is F' in columns, which is LAPACK's own order: nothing is copied.
        self._group = lapack.ssfrk(self.size, len(rows), 1, rows.T, 1, self._group, overwrite_c=1)
        self.answers += rows.T @ targets.astype(np.float32)
        self._grouped += len(rows)
        if self._grouped >= GROUP:
            self._flush()

    def solve(self, c: float) -> np.ndarray:
        """W. The sums are used up: the factorisation takes their place."""
        self._flush()
        del self._group
        first, second = diagonal_of(self.size)
        strength = (self.products[first].sum() + self.products[second].sum()) / self.size / c
        self.products[first] += strength
        self.products[second] += strength
        factor, info = lapack.dpftrf(self.size, self.products, overwrite_a=1)
        if info:
            raise np.linalg.LinAlgError(f"C = {c} leaves the products singular")
        return lapack.dpftrs(self.size, factor, self.answers)[0]

    def _flush(self) -> None:
        for start in range(0, len(self.products), STRIP):  # as a whole it would be a third half
            self.products[start : start + STRIP] += self._group[start : start + STRIP]
        self._group[:] = 0
        self._grouped = 0


def diagonal_of(size: int) -> tuple[slice, slice]:
    """Where RFP ('N', upper, as scipy has it by default) keeps the diagonal: of the second half, then of the first."""
    half, odd = size // 2, size % 2
    rows = size + 1 - odd
    return slice(half, half + rows * (half + odd), rows + 1), slice(half + 1, half + 1 + rows * half, rows + 1)


def solve_dual(samples: Samples, c: float) -> np.ndarray:
    """W through a matrix of samples squared."""
    features, unit, gains = samples.features, samples.unit, samples.gains
    kernel = kernel_of(products_of(features), unit, gains, features.shape[1], c)
    weights = cho_solve(cho_factor(kernel, lower=True, overwrite_a=True), samples.targets())
    if gains is not None:
        weights *= gains[:, np.newaxis]
    strips = range(0, features.shape[1], COLUMNS)
    found = [unit * (features[:, start : start + COLUMNS].T.astype(np.float64) @ weights) for start in strips]
    return np.concatenate([*found, weights.sum(axis=0, keepdims=True) * (gains is None)])


def products_of(features: np.ndarray) -> np.ndarray:
    """FF' in units squared, without the column for the bias, both triangles. Whole numbers below 2^53: exact, in
    whatever order they are summed."""
    lower = np.zeros((len(features), len(features)), order="F")
    for start in range(0, features.shape[1], COLUMNS):
        wide = np.asfortranarray(features[:, start : start + COLUMNS], dtype=np.float64)
        lower = dsyrk(1, wide, beta=1, c=lower, lower=1, overwrite_c=1)
    return lower + np.tril(lower, -1).T


def kernel_of(products: np.ndarray, unit: float, gains: np.ndarray | None, features: int, c: float) -> np.ndarray:
    """FF' + r I, out of the products of so many features."""
    if gains is None:
        kernel = products * unit**2 + 1
    else:
        kernel = products * np.multiply.outer(unit * gains.astype(np.float64), unit * gains.astype(np.float64))
    diagonal = np.einsum("ii->i", kernel)
    diagonal += diagonal.sum() / (features + 1) / c
    return kernel
