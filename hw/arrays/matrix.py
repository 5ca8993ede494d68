"""The matrix of an array, and what planning asks of it again and again: worked out once, and only when asked for."""

import weakref
from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from binloom.hw.element import BIT, Element

if TYPE_CHECKING:
    from binloom.hw.arrays.dot import Dot


class Matrix:
    """Weights (segments, n, m), int64. `order` says which row of `source` each of the n inputs meets."""

    def __init__(self, source: np.ndarray, order: np.ndarray | None = None) -> None:
        if source.ndim != 3 or 0 in source.shape:
            raise ValueError(f"weights must be (segments, n, m) and not empty, got shape {source.shape}")
        self.source, self.order, self.shape = source, order, source.shape
        self._ordered: dict[bytes, Matrix] = {}
        self._known: dict[tuple, tuple[np.ndarray, ...]] = {}

    @cached_property
    def weights(self) -> np.ndarray:
        weights = self.source if self.order is None else self.source[:, self.order]
        return np.ascontiguousarray(weights, np.int64)

    @cached_property
    def element(self) -> Element:
        return weight_element(self.source)

    def ordered(self, order: np.ndarray) -> "Matrix":
        """The same weights for inputs that come in another order."""
        key = np.asarray(order, np.int32).tobytes()
        if key not in self._ordered:
            self._ordered[key] = other = Matrix(self.source, order)
            other.element = self.element
        return self._ordered[key]

    def offset(self, kind: type["Dot"]) -> np.ndarray:
        """True minus raw sums (segments, m)."""
        if (kind,) not in self._known:
            weights = np.asarray(self.source, np.int64) if kind.by_weight else np.zeros(())
            offset = kind.offset_of(weights)
            self._known[kind,] = (np.broadcast_to(offset, self.shape).sum(axis=1),)
        return self._known[kind,][0]

    def reached(self, kind: type["Dot"], element: Element, simd: int) -> tuple[np.ndarray, np.ndarray]:
        """The least and the most that raw sums can be after each `simd` inputs: (segments, beats, m), or (1, beats, 1)
        where it is the same for all."""
        if not kind.by_weight:
            inputs = np.arange(simd, self.shape[1] + 1, simd)[None, :, None]
            low, high = kind.bounds_of(element, np.zeros(()))
            return inputs * low, inputs * high
        key = kind, element
        if key not in self._known:
            self._known[key] = tuple(bound.cumsum(axis=1) for bound in kind.bounds_of(element, self.weights))
        low, high = self._known[key]
        return low[:, simd - 1 :: simd], high[:, simd - 1 :: simd]


def weight_element(weights: np.ndarray) -> Element:
    """What a stored weight can be: a bit where all are -1 or +1."""
    return BIT if (np.abs(weights) == 1).all() else Element(int(weights.min()), int(weights.max()))


def matrix_of(weights: np.ndarray, make: Callable[[np.ndarray], np.ndarray], groups: int = 1) -> Matrix:
    """The Matrix with `make(weights)` for its source, one for each `groups` for as long as these weights live."""
    key = id(weights), groups
    if key not in _MATRICES or _MATRICES[key][0]() is not weights:
        # A copy: a view would keep the weights alive, and them the entry.
        matrix = Matrix(np.array(make(weights), np.int64))
        _MATRICES[key] = weakref.ref(weights, lambda _: _MATRICES.pop(key, None)), matrix
    return _MATRICES[key][1]


_MATRICES: dict[tuple[int, int], tuple[weakref.ref, Matrix]] = {}
