"""A layer's weights in the forms that the kernels want, each made once however many batches meet them."""

from collections.abc import Callable, Hashable
from functools import cached_property
from typing import Any

import numpy as np

from binloom.compiler.ir.ops import is_binary


class Filters:
    """Weights (kh, kw, inputs / groups, outputs); those of a dense layer, (inputs, outputs), count as one pixel's."""

    def __init__(self, weights: np.ndarray) -> None:
        self.weights = weights if weights.ndim == 4 else weights[None, None]
        self._made: dict[Hashable, Any] = {}

    @cached_property
    def binary(self) -> bool:
        return is_binary(self.weights)

    @cached_property
    def reach(self) -> float:
        """Largest sum of |w| over an output's inputs."""
        terms = np.abs(self.weights.astype(np.float64)).reshape(-1, self.weights.shape[-1])
        return float(terms.sum(axis=0).max(initial=0))

    def once(self, key: Hashable, make: Callable[[], np.ndarray]) -> np.ndarray:
        """What `make` gives, made at the first call with this key."""
        if key not in self._made:
            self._made[key] = make()
        return self._made[key]

    def matrices(self, groups: int, form: np.dtype) -> np.ndarray:
        """A matrix a group, (groups, outputs / groups, taps * inputs), in that dtype."""
        return self.once((groups, form), lambda: self._matrices(groups).astype(form))

    def _matrices(self, groups: int) -> np.ndarray:
        kh, kw, inputs, _ = self.weights.shape
        split = self.weights.reshape(kh * kw, inputs, groups, -1).transpose(2, 3, 0, 1)
        return split.reshape(groups, -1, kh * kw * inputs)
