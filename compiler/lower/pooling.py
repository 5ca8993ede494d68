"""Pooling: the largest of a window, or the mean of what the border leaves of it."""

import math
from fractions import Fraction

import numpy as np

from binloom.compiler.exact import constant
from binloom.compiler.ir.infer import counts
from binloom.compiler.ir.ops import MaxPool, Padding, Pair, SumPool
from binloom.compiler.ir.shapes import window_shape
from binloom.compiler.layers import Layer
from binloom.compiler.lower.builder import Builder, Value
from binloom.compiler.lower.config import demand_channels_last, demand_map, pair, window_padding


def window(b: Builder, layer: Layer, x: Value) -> tuple[Pair, Pair, Padding]:
    demand_map(b, layer, x.rank)
    demand_channels_last(b, layer)
    size = pair(b, layer, "pool_size", 2)
    stride = pair(b, layer, "strides", None) if layer.config.get("strides") is not None else size
    return size, stride, window_padding(b, layer, x.shape, size, stride, (1, 1))


def max_pooling(b: Builder, layer: Layer, x: Value) -> Value:
    size, stride, padding = window(b, layer, x)
    return b.emit(MaxPool(size, stride, padding), [x], layer)


def average_pooling(b: Builder, layer: Layer, x: Value) -> Value:
    size, stride, padding = window(b, layer, x)
    return average(b, layer, x, size, stride, padding)


def average(b: Builder, layer: Layer, x: Value, size: Pair, stride: Pair, padding: Padding) -> Value:
    """A sum in which cut windows count for more, and one constant to divide by."""
    height, width = window_shape(size, stride, (1, 1), padding, x.shape[0], x.shape[1])
    rows, row_unit = multipliers(counts(size[0], stride[0], padding.top, height, x.shape[0]))
    cols, col_unit = multipliers(counts(size[1], stride[1], padding.left, width, x.shape[1]))
    x = b.emit(SumPool(size, stride, rows, cols, padding), [x], layer)
    return b.scale(constant(Fraction(1, row_unit * col_unit), x.channels), constant(0, x.channels), x, layer, "mean")


def multipliers(lengths: np.ndarray) -> tuple[np.ndarray, int]:
    """For windows of these lengths, whole factors that make them all count for one length, which comes second."""
    common = math.lcm(*(int(length) for length in lengths))
    return common // lengths.astype(np.int64), common


def vector(b: Builder, layer: Layer, x: Value) -> Value:
    """A global pool's result without its two axes of length 1, unless `keepdims` keeps them."""
    rank = 4 if layer.config.get("keepdims") else 2
    return Value(x.name, x.shape, rank, x.bit)


def global_max_pooling(b: Builder, layer: Layer, x: Value) -> Value:
    demand_map(b, layer, x.rank)
    demand_channels_last(b, layer)
    size = x.shape[:2]
    return vector(b, layer, b.emit(MaxPool(size, size), [x], layer))


def global_average_pooling(b: Builder, layer: Layer, x: Value) -> Value:
    demand_map(b, layer, x.rank)
    demand_channels_last(b, layer)
    size = x.shape[:2]
    return vector(b, layer, average(b, layer, x, size, size, Padding()))


LAYERS = {
    ("keras", "MaxPooling2D"): max_pooling,
    ("keras", "AveragePooling2D"): average_pooling,
    ("keras", "GlobalMaxPooling2D"): global_max_pooling,
    ("keras", "GlobalAveragePooling2D"): global_average_pooling,
}
