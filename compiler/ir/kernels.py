"""Convolution over numbers, exact and fast: BLAS where every partial sum is an integer that its floats hold.

A float32 holds every integer up to 2**24 and a float64 up to 2**53; as long as the sum of |x| * |w| stays below, no
order of summation can round. Past that the same code runs in int64, and past that in Python's integers.
"""

from contextlib import AbstractContextManager
from functools import cache

import numpy as np
from threadpoolctl import ThreadpoolController

from binloom.compiler.ir.filters import Filters
from binloom.compiler.ir.layout import bordered, from_planes, planes, taps
from binloom.compiler.ir.ops import Padding, Pair
from binloom.compiler.ir.shapes import window_shape

# Patches are gathered for about so many bytes of images at a time, so that they are still in the cache when multiplied.
BLOCK_BYTES = 4 << 20

Border = tuple[int, int, int, int]  # top, bottom, left, right


def convolve(
    x: np.ndarray, filters: Filters, stride: Pair, dilation: Pair, border: Border, fill: int, groups: int
) -> np.ndarray:
    """Images (n, h, w, c) with weights (kh, kw, c / groups, outputs)."""
    kh, kw, inputs, outputs = filters.weights.shape
    form, keep = product_dtype(x, filters)
    matrices = filters.matrices(groups, form)
    source = planes(x)
    height, width = window_shape((kh, kw), stride, dilation, Padding(*border), *source.shape[1:3])
    where = taps((kh, kw), stride, dilation, (height, width))
    result = np.empty((outputs, height, width, len(x)), keep)
    step = max(1, BLOCK_BYTES // (max(height * width, 1) * kh * kw * inputs * groups * form.itemsize))
    for start in range(0, len(x), step):
        padded = bordered(source[..., start : start + step], border, fill, form)
        padded = padded.reshape(groups, inputs, *padded.shape[1:])
        patches = np.empty((groups, kh * kw, inputs, height, width, padded.shape[-1]), form)
        for tap, (rows, columns) in enumerate(where):
            patches[:, tap] = padded[:, :, rows, columns]
        made = matrices @ patches.reshape(groups, kh * kw * inputs, -1)
        result[..., start : start + step] = made.reshape(outputs, height, width, -1)
    return from_planes(result)


def one_blas_thread() -> AbstractContextManager[object]:
    """While it is held, BLAS computes each product in the thread that asks for it."""
    return _blas().limit(limits=1, user_api="blas")


@cache
def _blas() -> ThreadpoolController:
    return ThreadpoolController()


def product_dtype(x: np.ndarray, filters: Filters) -> tuple[np.dtype, np.dtype]:
    """The dtype to form the products of x and the weights in, and the one to keep the sums in."""
    if x.dtype == object or filters.weights.dtype == object:
        return np.dtype(object), np.dtype(object)
    if x.dtype.kind == "f" or filters.weights.dtype.kind == "f":
        return np.dtype(np.float64), np.dtype(np.float64)
    # At least 1, since a border may hold ones where the images are all zero.
    reach = max(magnitude(x), 1) * filters.reach
    if reach >= 1 << 62:
        return np.dtype(object), np.dtype(object)
    form = np.float32 if reach < 1 << 24 else np.float64 if reach < 1 << 53 else np.int64
    return np.dtype(form), narrowest(int(reach))


def magnitude(x: np.ndarray) -> int:
    """The largest |x| of integers."""
    return max(abs(int(x.min())), abs(int(x.max()))) if x.size else 0


def narrowest(reach: int) -> np.dtype:
    """A dtype that holds every integer up to that magnitude: int16, int32, int64, or Python's own."""
    for dtype in (np.int16, np.int32, np.int64):
        if reach <= np.iinfo(dtype).max:
            return np.dtype(dtype)
    return np.dtype(object)
