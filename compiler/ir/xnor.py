"""Convolution of bits with weights of -1 and +1: 64 products at a time, as XOR and a count of ones.

A stored bit and a stored weight differ where their product is -1, so a sum of K products is K - 2 * ones(x ^ w).
"""

import numpy as np

from binloom.compiler.ir.filters import Filters
from binloom.compiler.ir.kernels import Border, narrowest
from binloom.compiler.ir.layout import bordered, from_planes, planes, taps
from binloom.compiler.ir.ops import Padding, Pair
from binloom.compiler.ir.shapes import window_shape

# Words of 64 bits that one call works on, so that the words and their differences stay in the cache.
BLOCK_WORDS = 1 << 16
ROWS = 8


def convolve(bits: np.ndarray, filters: Filters, stride: Pair, dilation: Pair, border: Border, fill: int) -> np.ndarray:
    """Stored bits (n, h, w, c) with weights (kh, kw, c, outputs) of -1 and +1; a fill of 0 contributes nothing."""
    kh, kw, channels, outputs = filters.weights.shape
    unit = word_dtype(channels, kh * kw)
    stored = filters.once(unit, lambda: filter_words(filters.weights, unit))
    source = packed(planes(bits), unit)
    edge = packed(np.full((channels, 1, 1, 1), fill == 1, np.uint8), unit)
    height, width = window_shape((kh, kw), stride, dilation, Padding(*border), *source.shape[1:3])
    where = taps((kh, kw), stride, dilation, (height, width))
    products = kh * kw * channels
    ones_dtype = narrowest(128 * len(stored))
    result = np.empty((outputs, height, width, len(bits)), ones_dtype)
    step = max(1, BLOCK_WORDS // ROWS // max(height * width, 1))
    for start in range(0, len(bits), step):
        block = bordered(source[..., start : start + step], border, edge, unit)
        words = gathered([block[:, rows, columns] for rows, columns in where], unit)
        ones = differences(words.reshape(len(words), -1), stored)
        part = result[..., start : start + step]
        ones *= -2
        np.add(ones.reshape(part.shape), products, out=part)
    if fill == 0 and any(border):
        result += correction(filters.weights, (kh, kw), stride, dilation, border, bits.shape[1:3]).astype(result.dtype)
    return from_planes(result)


def differences(words: np.ndarray, filters: np.ndarray) -> np.ndarray:
    """How many bits of each position, (words, positions), differ from each of the filters, (words, outputs)."""
    count, positions = words.shape
    outputs = filters.shape[1]
    total = np.empty((outputs, positions), narrowest(128 * count))
    # Where positions are few, more filters at once keep the calls long.
    most = min(outputs, max(ROWS, BLOCK_WORDS // positions)) if positions else outputs
    mixed = np.empty((most, positions), np.uint64)
    ones, few = np.empty((2, most, positions), np.uint8)
    for first in range(0, outputs, most):
        rows = min(most, outputs - first)
        for index in range(count):
            np.bitwise_xor(words[index], filters[index, first : first + rows, None], out=mixed[:rows])
            # Three words' ones fit in a byte; bytes add faster than wider sums.
            np.bitwise_count(mixed[:rows], out=(ones if index % 3 else few)[:rows])
            if index % 3:
                few[:rows] += ones[:rows]
            if index == count - 1 or index % 3 == 2:
                if index < 3:
                    total[first : first + rows] = few[:rows]
                else:
                    total[first : first + rows] += few[:rows]
    return total


def word_dtype(channels: int, taps: int) -> np.dtype:
    """The unit that a pixel's channels are packed into: what leaves the fewest words of 64 in a patch, widest first."""
    widths = {np.dtype(f"u{size}"): 8 * size for size in (8, 4, 2, 1)}
    return min(widths, key=lambda unit: -(-(-(-channels // widths[unit]) * taps * widths[unit]) // 64))


def packed(stack: np.ndarray, unit: np.dtype) -> np.ndarray:
    """Planes of stored bits (channels, ...) as planes of units (channels / bits of a unit, ...); missing ones are 0."""
    channels, *rest = stack.shape
    size = unit.itemsize
    units = -(-channels // (8 * size))
    octets = np.zeros((units * size, *rest), np.uint8)
    for bit in range(8):
        lane = stack[bit::8]
        octets[: len(lane)] |= lane << np.uint8(bit)
    if size == 1:
        return octets
    lanes = octets.reshape(units, size, *rest)
    return np.ascontiguousarray(np.moveaxis(lanes, 1, -1)).view(unit)[..., 0]


def gathered(parts: list[np.ndarray], unit: np.dtype) -> np.ndarray:
    """The units of each tap, (units, ...), one after the other in words of 64 bits, (words, ...), filled up with 0."""
    per = 8 // unit.itemsize
    units = len(parts[0])
    shape = parts[0].shape[1:]
    count = -(-units * len(parts) // per)
    words = np.zeros((count, *shape, per), unit) if per > 1 else np.empty((count, *shape, 1), unit)
    for tap, part in enumerate(parts):
        for number in range(units):
            place = tap * units + number
            words[place // per, ..., place % per] = part[number]
    return words.view(np.uint64)[..., 0]


def filter_words(weights: np.ndarray, unit: np.dtype) -> np.ndarray:
    """Weights of -1 and +1 in the same order as `gathered` patches: (words, outputs)."""
    kh, kw, channels, outputs = weights.shape
    stored = (weights > 0).astype(np.uint8).reshape(kh * kw, channels, outputs)
    units = packed(np.ascontiguousarray(stored.transpose(1, 0, 2)), unit)
    return gathered([units[:, tap] for tap in range(kh * kw)], unit)


def correction(
    weights: np.ndarray, kernel: Pair, stride: Pair, dilation: Pair, border: Border, shape: Pair
) -> np.ndarray:
    """What a border packed as -1 took away, to be given back: the sum of each output's weights beyond the edge."""
    inside = bordered(np.ones((1, *shape, 1), np.int64), border, 0, np.dtype(np.int64))
    outputs = window_shape(kernel, stride, dilation, Padding(*border), *shape)
    beyond = np.stack([1 - inside[0, rows, columns, 0] for rows, columns in taps(kernel, stride, dilation, outputs)])
    per_tap = weights.sum(axis=2).reshape(len(beyond), -1)
    return np.einsum("to,tyx->oyx", per_tap, beyond)[..., None]
