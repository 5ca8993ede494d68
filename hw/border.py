"""Zeros around bits: a window fills its border with -1, and each sum gets back what that took from it."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Border:
    """What the sums of a position get back: row `kinds[position]` of `back`.

    kinds: (positions,), row-major; back: int64 (kinds, outputs). Positions that lack the same taps are of one kind.
    """

    kinds: np.ndarray
    back: np.ndarray

    def columns(self, pixels: int) -> tuple[np.ndarray, np.ndarray]:
        """With `pixels` positions side by side: the ways in which kinds follow each other (steps, ways), and which of
        them each of the positions goes."""
        ways, which = np.unique(self.kinds.reshape(-1, pixels), axis=1, return_inverse=True)
        return ways, which.ravel()


@dataclass(frozen=True, slots=True)
class Axis:
    """Windows along one axis of an image: its size, and `before` positions of border in front of it."""

    size: int
    count: int
    kernel: int
    stride: int
    dilation: int
    before: int

    @property
    def absent(self) -> np.ndarray:
        """Whether each tap lies in the border: (count, kernel)."""
        first = np.arange(self.count) * self.stride - self.before
        taps = first[:, np.newaxis] + np.arange(self.kernel) * self.dilation
        return (taps < 0) | (taps >= self.size)


def zeros(rows: Axis, columns: Axis, weights: np.ndarray) -> Border | None:
    """What convolutions with weights (kh, kw, inputs, outputs) get back; None where no tap is ever absent."""
    (above, row), (beside, column) = (np.unique(axis.absent, axis=0, return_inverse=True) for axis in (rows, columns))
    if not above.any() and not beside.any():
        return None
    absent = above[:, np.newaxis, :, np.newaxis] | beside[:, np.newaxis]  # (kinds of rows, of columns, kh, kw)
    taps = weights.sum(axis=2, dtype=np.int64)
    back = np.tensordot(absent.astype(np.int64), taps, 2)
    kinds = row.reshape(-1, 1) * len(beside) + column.ravel()
    return Border(kinds.ravel(), back.reshape(-1, back.shape[-1]))
