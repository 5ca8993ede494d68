"""Half of a symmetric matrix, panel by panel: what lies on and below the diagonal, some columns at a time.

What is above it within a panel means nothing. The half takes half the memory; a factorisation gets what it reads, the
lower triangle of an array whose other pages are never touched.
"""

from collections.abc import Iterator

import numpy as np

COLUMNS = 1_024  # of a panel


class Panels:
    """Zeros to begin with."""

    def __init__(self, size: int) -> None:
        self.size = size
        self._panels = [
            np.zeros((size - start, min(COLUMNS, size - start)), order="F") for start in range(0, size, COLUMNS)
        ]

    def add(self, lower: np.ndarray) -> None:
        """A matrix, of which the lower triangle counts."""
        for start, panel in self._each():
            panel += lower[start:, start : start + panel.shape[1]]

    def diagonal(self) -> np.ndarray:
        return np.concatenate([panel.diagonal() for panel in self._panels])

    def exchange(self, chosen: np.ndarray, columns: np.ndarray) -> None:
        """These rows and columns become others: `columns` has all rows of each."""
        for start, panel in self._each():
            width = panel.shape[1]
            across = (chosen >= start) & (chosen < start + width)
            panel[:, chosen[across] - start] = columns[start:, across]
            below = chosen >= start
            panel[chosen[below] - start] = columns[start : start + width, below].T

    def lower(self, chosen: np.ndarray) -> np.ndarray:
        """The lower triangle of these rows and columns, in ascending order, as LAPACK reads it."""
        whole = np.zeros((len(chosen), len(chosen)), order="F")
        for start, panel in self._each():
            first, end = np.searchsorted(chosen, (start, start + panel.shape[1]))
            rows, columns = chosen[first:] - start, chosen[first:end] - start
            whole[first:, first:end] = panel[np.ix_(rows, columns)]
        return whole

    def _each(self) -> Iterator[tuple[int, np.ndarray]]:
        start = 0
        for panel in self._panels:
            yield start, panel
            start += panel.shape[1]
