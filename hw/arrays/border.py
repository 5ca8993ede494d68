"""Zeros around bits: a window fills its border with -1, and each sum gets back what that took from it."""

from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True, eq=False)
class Border:
    """What the sums of a position get back: row `kinds[position]` of `back`.

    kinds: (positions,), row-major; back: int64 (kinds, outputs). Positions that lack the same taps are of one kind.
    """

    kinds: np.ndarray
    back: np.ndarray
    _known: dict[int, "Ways"] = field(default_factory=dict)

    def ways(self, pixels: int) -> "Ways":
        """How kinds follow each other at each of `pixels` positions side by side; worked out once."""
        if pixels not in self._known:
            ways, which = np.unique(self.kinds.reshape(-1, pixels), axis=1, return_inverse=True)
            met = [np.unique(way, return_inverse=True) for way in ways.T]
            flags = [number[:, np.newaxis] >> np.arange((len(kinds) - 1).bit_length()) & 1 for kinds, number in met]
            self._known[pixels] = Ways([kinds for kinds, _ in met], np.hstack(flags).astype(bool), which.ravel())
        return self._known[pixels]


@dataclass(frozen=True, eq=False)
class Ways:
    """For each way in which kinds follow each other, those that do: `kinds`. `which` of these each position goes.

    `places` (steps, bits): for each step the number of the kind among those of each way, one way behind the other.
    """

    kinds: list[np.ndarray]
    places: np.ndarray
    which: np.ndarray


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
