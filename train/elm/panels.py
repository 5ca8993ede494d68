"""Half of a symmetric matrix, panel by panel: what lies on and below the diagonal, some columns at a time.

What is above it within a panel means nothing. A factorisation gets some of the rows and columns as LAPACK's RFP has
them ('N', lower): n1 = n - n // 2 columns as they are, and above them, lying down, the triangle that is left.
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

    def packed(self, chosen: np.ndarray, more: float = 0.0) -> np.ndarray:
        """RFP of these rows and columns, in ascending order, with so much more on the diagonal."""
        count = len(chosen)
        standing, odd = count - count // 2, count % 2
        packed = np.zeros((count + 1 - odd, standing), order="F")
        for start, panel in self._each():
            first, end = np.searchsorted(chosen, (start, start + panel.shape[1]))
            for column in range(first, end):
                values = panel[chosen[column:] - start, chosen[column] - start]
                values[0] += more
                if column < standing:
                    packed[column + 1 - odd :, column] = values
                else:
                    packed[column - standing, column - standing + odd :] = values
        return packed.reshape(-1, order="F")

    def _each(self) -> Iterator[tuple[int, np.ndarray]]:
        start = 0
        for panel in self._panels:
            yield start, panel
            start += panel.shape[1]
