"""The order in which the elements of a patch travel, and what of a code or a kernel each of them meets in it."""

import numpy as np

from binloom.compiler.ir.ops import OvsfConv
from binloom.hw.arrays.matrix import Matrix, matrix_of


def travel(kernel: tuple[int, int], channels: int, lanes: int) -> np.ndarray:
    """The elements (ky, kx, channel) as they come behind a window of so many lanes: channel group, ky, kx, lane."""
    taps = kernel[0] * kernel[1]
    return np.arange(taps * channels).reshape(taps, channels // lanes, lanes).transpose(1, 0, 2).ravel()


def patch_places(op: OvsfConv, lanes: int, simd: int) -> np.ndarray:
    """The places (beats, simd) of a patch in a code."""
    return op.places.ravel()[travel(op.kernel, op.places.shape[2], lanes)].reshape(-1, simd)


def patch_matrix(weights: np.ndarray, groups: int, lanes: int) -> Matrix:
    """The weights (kh, kw, inputs of a group, outputs) of a convolution: a segment a group, inputs as they travel."""
    kh, kw, inputs, outputs = weights.shape
    source = matrix_of(
        weights, lambda weights: weights.reshape(-1, groups, outputs // groups).transpose(1, 0, 2), groups
    )
    return source.ordered(travel((kh, kw), inputs, lanes))
