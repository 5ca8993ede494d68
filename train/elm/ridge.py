"""The output layer of an extreme learning machine: ridge regression, by whichever of its two forms is smaller.

For features F (samples x features, with a column of ones) and targets T (samples x classes, -1 and +1):

    W = (F'F + r I)^-1 F'T        r = mean of the diagonal of F'F, divided by C

or, which is the same for fewer samples than features,

    W = F' (FF' + r I)^-1 T
"""

from collections.abc import Callable

import numpy as np
from scipy.linalg import cho_factor, cho_solve
from scipy.linalg.blas import ssyrk

BATCH = 2_048  # samples that are float32 at a time
GROUP = 8_192  # samples whose products are summed in float32 before they go over to float64
STRIP = 1_024  # columns that go over at a time
PIXEL = 1 / 255  # what a step of a pixel counts in the model


def solve(
    features: np.ndarray,
    labels: np.ndarray,
    classes: int,
    c: float,
    tell: Callable[[int], None] = lambda done: None,
) -> np.ndarray:
    """W, (features + 1) x classes, for features of any dtype, of pixels from 0 to 255 that count 1 / 255 each."""
    if len(features) <= features.shape[1]:
        return solve_dual(rows_of(features), targets_of(labels, classes), c)
    gram = Gram(features.shape[1], classes)
    for start in range(0, len(features), BATCH):
        part = slice(start, start + BATCH)
        gram.add(rows_of(features[part]), targets_of(labels[part], classes))
        tell(min(start + BATCH, len(features)))
    return gram.solve(c)


class Gram:
    """F'F and F'T, summed over batches: the memory is that of one float64 and one float32 matrix of features squared.

    Products and short sums are float32, which is what BLAS is fast at; the long sum and the solve are float64.
    Only the lower triangle holds anything.
    """

    def __init__(self, features: int, classes: int) -> None:
        size = features + 1  # the last is the bias
        self.products = np.zeros((size, size), order="F")
        self.answers = np.zeros((size, classes))
        self._group = np.zeros((size, size), np.float32, order="F")
        self._grouped = 0

    def add(self, rows: np.ndarray, targets: np.ndarray) -> None:
        """A batch: float32 (n, features + 1), the last column ones, and targets (n, classes)."""
        # F in rows is F' in columns, which is BLAS' own order: nothing is copied.
        self._group = ssyrk(1, rows.T, beta=1, c=self._group, lower=1, overwrite_c=1)
        self.answers += rows.T @ targets.astype(np.float32)
        self._grouped += len(rows)
        if self._grouped >= GROUP:
            self._flush()

    def solve(self, c: float) -> np.ndarray:
        """W. The sums are used up: the factorisation takes their place."""
        self._flush()
        del self._group
        diagonal = np.einsum("ii->i", self.products)
        diagonal += diagonal.mean() / c
        factor = cho_factor(self.products, lower=True, overwrite_a=True, check_finite=False)
        return cho_solve(factor, self.answers)

    def _flush(self) -> None:
        for start in range(0, len(self.products), STRIP):  # as a whole it would be a third matrix
            self.products[:, start : start + STRIP] += self._group[:, start : start + STRIP]
        self._group[:] = 0
        self._grouped = 0


def solve_dual(rows: np.ndarray, targets: np.ndarray, c: float) -> np.ndarray:
    """W from all rows at once, through a matrix of samples squared."""
    wide = rows.astype(np.float64)
    return wide.T @ cho_solve(cho_factor(kernel_of(wide, c), lower=True), targets)


def kernel_of(rows: np.ndarray, c: float) -> np.ndarray:
    """FF' + r I, float64."""
    wide = rows.astype(np.float64, copy=False)
    kernel = wide @ wide.T
    np.einsum("ii->i", kernel)[:] += np.trace(kernel) / wide.shape[1] / c
    return kernel


def targets_of(labels: np.ndarray, classes: int) -> np.ndarray:
    """+1 for the class of each sample, -1 for the others."""
    return np.where(labels[:, np.newaxis] == np.arange(classes), 1.0, -1.0)


def rows_of(features: np.ndarray) -> np.ndarray:
    """float32, pixels counting 1 / 255, with a column of ones behind."""
    rows = np.ones((len(features), features.shape[1] + 1), np.float32)
    np.multiply(features, np.float32(PIXEL), out=rows[:, :-1], casting="unsafe")
    return rows
