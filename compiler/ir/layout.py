"""How batches lie in memory: images innermost, so that every loop over pixels or channels moves whole rows of images.

Arrays are indexed (n, height, width, channels) as everywhere; in memory they lie (channels, height, width, n). Strides,
paddings and windows then cost nothing, since they never cut a row, and elementwise NumPy keeps the layout by itself.
"""

import numpy as np


def images_inner(array: np.ndarray) -> np.ndarray:
    """The same array, (n, height, width, channels), in this layout; a copy only where it has another one."""
    return from_planes(planes(array))


def planes(array: np.ndarray) -> np.ndarray:
    """The array as it lies in memory, (channels, height, width, n), contiguous."""
    return np.ascontiguousarray(array.transpose(3, 1, 2, 0))


def from_planes(array: np.ndarray) -> np.ndarray:
    """The inverse of `planes`, without a copy."""
    return array.transpose(3, 1, 2, 0)


def bordered(
    stack: np.ndarray, border: tuple[int, int, int, int], fill: int | np.ndarray, dtype: np.dtype
) -> np.ndarray:
    """Planes (channels, height, width, n) with `fill` around them: top, bottom, left, right.

    The fill is one number, or one a plane, (channels, 1, 1, 1).
    """
    top, bottom, left, right = border
    if not any(border):
        return stack
    channels, height, width, n = stack.shape
    padded = np.full((channels, height + top + bottom, width + left + right, n), fill, dtype)
    padded[:, top : top + height, left : left + width] = stack
    return padded


def taps(kernel: tuple[int, int], stride: tuple[int, int], dilation: tuple[int, int], outputs: tuple[int, int]):
    """For each tap of a kernel, row by row, the slices of a bordered plane that hold it for every output position."""

    def along(axis: int) -> list[slice]:
        reach = (outputs[axis] - 1) * stride[axis] + 1
        starts = (k * dilation[axis] for k in range(kernel[axis]))
        return [slice(start, start + reach, stride[axis]) for start in starts]

    return [(row, column) for row in along(0) for column in along(1)]
