"""Windows combined to one element, one axis after the other: a maximum of maxima is the maximum, and so for sums."""

import numpy as np

from binloom.compiler.ir.layout import bordered, from_planes, planes
from binloom.compiler.ir.ops import Padding, Pair


def max_pool(x: np.ndarray, size: Pair, stride: Pair, padding: Padding) -> np.ndarray:
    """Largest element of each window of (n, h, w, c); padded positions do not take part."""
    stack = repeated(planes(x), padding)
    return from_planes(along(np.maximum, along(np.maximum, stack, 1, size[0], stride[0]), 2, size[1], stride[1]))


def sum_pool(x: np.ndarray, size: Pair, stride: Pair, padding: Padding) -> np.ndarray:
    """Sum of each window of (n, h, w, c), in the dtype of `x`, which must hold it."""
    stack = bordered(planes(x), (padding.top, padding.bottom, padding.left, padding.right), 0, x.dtype)
    return from_planes(along(np.add, along(np.add, stack, 1, size[0], stride[0]), 2, size[1], stride[1]))


def repeated(stack: np.ndarray, padding: Padding) -> np.ndarray:
    """Planes with their edges repeated outwards: a window that sees a copy sees its original, so no maximum changes."""
    if not padding.any:
        return stack
    sides = ((0, 0), (padding.top, padding.bottom), (padding.left, padding.right), (0, 0))
    return np.pad(stack, sides, mode="edge")


def along(combine: np.ufunc, stack: np.ndarray, axis: int, size: int, stride: int) -> np.ndarray:
    """Windows of one axis, each combined to one element."""
    outputs = (stack.shape[axis] - size) // stride + 1
    index: list[slice] = [slice(None)] * stack.ndim
    result = None
    for tap in range(size):
        index[axis] = slice(tap, tap + (outputs - 1) * stride + 1, stride)
        part = stack[tuple(index)]
        result = part if result is None else combine(result, part, out=result if tap > 1 else None)
    assert result is not None
    return result
