"""Convolution and matrix products over numbers, exact and fast: BLAS where every partial sum is a float's own integer.

A float32 holds every integer up to 2**24 and a float64 up to 2**53; as long as the sum of |x| * |w| stays below, no
order of summation can round. Past that the same code runs in int64, and past that in Python's integers.
"""

import numpy as np

from binloom.compiler.ir.ops import Padding, Pair

# Patches are gathered for so many bytes of images at a time, so that they stay in the cache between gather and product.
BLOCK_BYTES = 2 << 20

Border = tuple[int, int, int, int]  # top, bottom, left, right


def product_dtype(x: np.ndarray, weights: np.ndarray) -> tuple[np.dtype, np.dtype]:
    """The dtype to form x @ weights in, and the one to keep its result in; weights' last axis is the outputs."""
    if x.dtype == object or weights.dtype == object:
        return np.dtype(object), np.dtype(object)
    if x.dtype.kind == "f" or weights.dtype.kind == "f":
        return np.dtype(np.float64), np.dtype(np.float64)
    terms = np.abs(weights.astype(np.float64)).reshape(-1, weights.shape[-1])
    # At least 1, since a border may hold ones where the images are all zero.
    reach = max(magnitude(x), 1) * float(terms.sum(axis=0).max(initial=0))
    if reach < 1 << 24:
        return np.dtype(np.float32), np.dtype(np.int32)
    if reach < 1 << 31:
        return np.dtype(np.float64), np.dtype(np.int32)
    if reach < 1 << 53:
        return np.dtype(np.float64), np.dtype(np.int64)
    if reach < 1 << 62:
        return np.dtype(np.int64), np.dtype(np.int64)
    return np.dtype(object), np.dtype(object)


def magnitude(x: np.ndarray) -> int:
    """The largest |x| of integers."""
    return max(abs(int(x.min())), abs(int(x.max()))) if x.size else 0


def narrowest(reach: int) -> np.dtype:
    """A dtype that holds every integer up to that magnitude: int32, int64, or Python's own."""
    return np.dtype(np.int32 if reach < 1 << 31 else np.int64 if reach < 1 << 63 else object)


def bordered(x: np.ndarray, border: Border, fill: int, dtype: np.dtype) -> np.ndarray:
    """Images (n, h, w, c) of that dtype with a border of `fill` around each."""
    top, bottom, left, right = border
    n, height, width, channels = x.shape
    if not any(border):
        return np.ascontiguousarray(x, dtype)
    padded = np.full((n, height + top + bottom, width + left + right, channels), fill, dtype)
    padded[:, top : top + height, left : left + width] = x
    return padded


def taps(kernel: Pair, stride: Pair, dilation: Pair, outputs: Pair) -> list[tuple[slice, slice]]:
    """For each tap of the kernel, row by row, the slices of a bordered image that hold it for every output position."""

    def along(axis: int) -> list[slice]:
        reach = (outputs[axis] - 1) * stride[axis] + 1
        starts = (k * dilation[axis] for k in range(kernel[axis]))
        return [slice(start, start + reach, stride[axis]) for start in starts]

    return [(row, column) for row in along(0) for column in along(1)]


def convolve(
    x: np.ndarray, weights: np.ndarray, stride: Pair, dilation: Pair, border: Border, fill: int, groups: int
) -> np.ndarray:
    """Images (n, h, w, c) with weights (kh, kw, c / groups, outputs)."""
    kh, kw, inputs, outputs = weights.shape
    height = (x.shape[1] + border[0] + border[1] - (kh - 1) * dilation[0] - 1) // stride[0] + 1
    width = (x.shape[2] + border[2] + border[3] - (kw - 1) * dilation[1] - 1) // stride[1] + 1
    form, keep = product_dtype(x, weights)
    matrices = weights.reshape(kh * kw, inputs, groups, outputs // groups).transpose(2, 0, 1, 3)
    matrices = matrices.reshape(groups, kh * kw * inputs, outputs // groups).astype(form)
    result = np.empty((len(x), height, width, groups, outputs // groups), keep)
    where = taps((kh, kw), stride, dilation, (height, width))
    step = max(1, BLOCK_BYTES // (height * width * kh * kw * inputs * groups * form.itemsize))
    for start in range(0, len(x), step):
        padded = bordered(x[start : start + step], border, fill, form)
        split = padded.reshape(*padded.shape[:3], groups, inputs)
        patches = np.empty((groups, len(padded), height, width, kh * kw, inputs), form)
        for tap, (rows, columns) in enumerate(where):
            patches[:, :, :, :, tap] = split[:, rows, columns].transpose(3, 0, 1, 2, 4)
        made = patches.reshape(groups, -1, kh * kw * inputs) @ matrices
        made = made.reshape(groups, len(padded), height, width, -1)
        result[start : start + step] = made.transpose(1, 2, 3, 0, 4)
    return result.reshape(len(x), height, width, outputs)


def matmul(x: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Vectors (n, inputs) times weights (inputs, outputs)."""
    form, keep = product_dtype(x, weights)
    return (x.astype(form) @ weights.astype(form)).astype(keep)


def max_pool(x: np.ndarray, size: Pair, stride: Pair, padding: Padding) -> np.ndarray:
    """Largest element of each window; one axis after the other, since a maximum of maxima is the maximum."""
    # A position outside repeats the nearest element inside, which the same window holds: it cannot change the maximum.
    for axis, before, after in ((1, padding.top, padding.bottom), (2, padding.left, padding.right)):
        if before or after:
            length = x.shape[axis]
            x = x.take(np.clip(np.arange(-before, length + after), 0, length - 1), axis)
        x = along(np.maximum, x, axis, size[axis - 1], stride[axis - 1])
    return x


def sum_pool(x: np.ndarray, size: Pair, stride: Pair, padding: Padding) -> np.ndarray:
    """Sum of each window's elements, in the dtype of `x`, which must hold it."""
    x = bordered(x, (padding.top, padding.bottom, padding.left, padding.right), 0, x.dtype)
    return along(np.add, along(np.add, x, 1, size[0], stride[0]), 2, size[1], stride[1])


def along(combine: np.ufunc, x: np.ndarray, axis: int, size: int, stride: int) -> np.ndarray:
    """Windows of one axis, each combined to one element."""
    outputs = (x.shape[axis] - size) // stride + 1
    index: list[slice] = [slice(None)] * x.ndim
    result = None
    for tap in range(size):
        index[axis] = slice(tap, tap + (outputs - 1) * stride + 1, stride)
        part = x[tuple(index)]
        result = part if result is None else combine(result, part, out=result if tap > 1 else None)
    return np.ascontiguousarray(result)
