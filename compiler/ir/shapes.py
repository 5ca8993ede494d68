"""The shape of each op's result, and whether its arrays fit the channels they meet."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from binloom.compiler.ir.defect import GraphError
from binloom.compiler.ir.ops import (
    Add,
    Affine,
    ArgMax,
    BitPlanes,
    Clip,
    Concat,
    Conv,
    Dense,
    Equalise,
    Fill,
    FixedPoint,
    Input,
    Knee,
    MaxPool,
    Op,
    Output,
    OvsfConv,
    Pad,
    Padding,
    Pair,
    PiecewiseAffine,
    Reshape,
    Scale,
    Shape,
    ShiftAdd,
    Sign,
    Standardise,
    SumPool,
    Threshold,
)


def shape_of(op: Op, inputs: Sequence[Shape]) -> Shape:
    """Shape of the op's result over inputs of these shapes; GraphError where they cannot meet."""
    if type(op) not in SHAPES:
        raise GraphError(f"{type(op).__name__} is not in the op table")
    wrong = len(inputs) < 2 if op.arity is None else len(inputs) != op.arity
    if wrong:
        wanted = "two or more inputs" if op.arity is None else f"{op.arity} inputs"
        raise GraphError(f"{type(op).__name__} takes {wanted}, got {len(inputs)}")
    return SHAPES[type(op)](op, *inputs)


def same(size: Pair, stride: Pair, shape: Shape, *, dilation: Pair = (1, 1), fill: Fill = Fill.ZERO) -> Padding:
    """Keras' padding 'same': the output has ceil(n / stride) positions, and the odd one of the border comes after."""
    borders = []
    for axis in (0, 1):
        outputs = -(-shape[axis] // stride[axis])
        total = max(0, (outputs - 1) * stride[axis] + (size[axis] - 1) * dilation[axis] + 1 - shape[axis])
        borders += [total // 2, total - total // 2]
    top, bottom, left, right = borders
    return Padding(top, bottom, left, right, fill)


def window_shape(size: Pair, stride: Pair, dilation: Pair, padding: Padding, height: int, width: int) -> Pair:
    """How many windows fit, downwards and across."""
    if min(*size, *stride, *dilation) < 1:
        raise GraphError(f"size, stride and dilation must be at least 1, got {size}, {stride}, {dilation}")
    if min(padding.top, padding.bottom, padding.left, padding.right) < 0:
        raise GraphError(f"padding must not be negative, got {padding}")
    rows = height + padding.top + padding.bottom - (size[0] - 1) * dilation[0] - 1
    columns = width + padding.left + padding.right - (size[1] - 1) * dilation[1] - 1
    if rows < 0 or columns < 0:
        raise GraphError(f"a window of {size}, dilation {dilation}, does not fit {height} x {width} with {padding}")
    return rows // stride[0] + 1, columns // stride[1] + 1


def demand_length(name: str, array: np.ndarray | None, length: int) -> None:
    if array is not None and array.shape != (length,):
        raise GraphError(f"{name} must have shape ({length},), got {array.shape}")


def bit_planes(op: BitPlanes, x: Shape) -> Shape:
    return x[0], x[1], x[2] * op.planes


def shift_add(op: ShiftAdd, x: Shape) -> Shape:
    if op.planes < 1 or op.filters < 1 or x[2] % (op.planes * op.filters):
        raise GraphError(f"{op.filters} filters on each of {op.planes} planes do not fit {x[2]} channels")
    return x[0], x[1], x[2] // op.planes


def conv(op: Conv, x: Shape) -> Shape:
    if op.weights.ndim != 4:
        raise GraphError(f"weights must be (kh, kw, inputs / groups, outputs), got shape {op.weights.shape}")
    _, _, inputs, outputs = op.weights.shape
    if op.groups < 1 or inputs * op.groups != x[2] or outputs % op.groups:
        raise GraphError(f"weights {op.weights.shape} in {op.groups} groups do not fit {x[2]} channels")
    demand_length("bias", op.bias, outputs)
    return (*window_shape(op.kernel, op.stride, op.dilation, op.padding, x[0], x[1]), outputs)


def dense(op: Dense, x: Shape) -> Shape:
    if op.weights.ndim != 2 or x != (1, 1, op.weights.shape[0]):
        raise GraphError(f"weights {op.weights.shape} do not fit a tensor of shape {x}")
    demand_length("bias", op.bias, op.weights.shape[1])
    return 1, 1, op.weights.shape[1]


def ovsf_conv(op: OvsfConv, x: Shape) -> Shape:
    if op.length < 1 or op.length & (op.length - 1):
        raise GraphError(f"the length of a code must be a power of two, got {op.length}")
    for name, array in (("codes", op.codes.ravel()), ("places", op.places.ravel())):
        if not array.size or array.min() < 0 or array.max() >= op.length or len(np.unique(array)) < array.size:
            raise GraphError(f"{name} must be different numbers of 0 .. {op.length - 1}")
    if op.places.ndim != 3 or op.coefficients.ndim != 2 or op.codes.shape != op.coefficients.shape[:1]:
        shapes = f"{op.codes.shape}, {op.coefficients.shape} and {op.places.shape}"
        raise GraphError(
            f"codes must be (codes,), coefficients (codes, outputs), places (kh, kw, channels), got {shapes}"
        )
    return conv(op.plain, x)


def per_channel(*fields: str) -> Callable[[Any, Shape], Shape]:
    """The input's own shape, once each of these arrays has one entry a channel."""

    def shape(op: Op, x: Shape) -> Shape:
        for field in fields:
            demand_length(field, getattr(op, field), x[2])
        return x

    return shape


def pool(op: MaxPool | SumPool, x: Shape) -> Shape:
    height, width = window_shape(op.size, op.stride, (1, 1), op.padding, x[0], x[1])
    before, after = max(op.padding.top, op.padding.bottom), max(op.padding.left, op.padding.right)
    if before >= op.size[0] or after >= op.size[1]:
        raise GraphError(f"a pool of {op.size} with {op.padding} has windows that hold nothing")
    if isinstance(op, MaxPool):
        demand_length("minimum", op.minimum, x[2])
    else:
        demand_length("rows", op.rows, height)
        demand_length("cols", op.cols, width)
    return height, width, x[2]


def pad(op: Pad, x: Shape) -> Shape:
    border = op.padding
    if min(border.top, border.bottom, border.left, border.right) < 0:
        raise GraphError(f"padding must not be negative, got {border}")
    return x[0] + border.top + border.bottom, x[1] + border.left + border.right, x[2]


def add(op: Add, *xs: Shape) -> Shape:
    if len(set(xs)) > 1:
        raise GraphError(f"all inputs must have one shape, got {', '.join(map(str, xs))}")
    return xs[0]


def concat(op: Concat, *xs: Shape) -> Shape:
    if len({x[:2] for x in xs}) > 1:
        raise GraphError(f"all inputs must have one height and width, got {', '.join(map(str, xs))}")
    return xs[0][0], xs[0][1], sum(x[2] for x in xs)


def reshape(op: Reshape, x: Shape) -> Shape:
    if x[0] * x[1] * x[2] != op.shape[0] * op.shape[1] * op.shape[2]:
        raise GraphError(f"{x} and {op.shape} hold different numbers of elements")
    return op.shape


def argmax(op: ArgMax, x: Shape) -> Shape:
    if x[:2] != (1, 1) or not 1 <= op.k <= x[2]:
        raise GraphError(f"k must lie between 1 and the length of a vector, got k = {op.k} of {x}")
    return 1, 1, op.k


def of_one_channel(op: Equalise | Standardise, x: Shape) -> Shape:
    if x[2] != 1:
        raise GraphError(f"{type(op).__name__} takes a frame of one channel, got {x[2]}")
    return x


SHAPES: dict[type[Op], Callable[..., Shape]] = {
    Input: lambda op: op.shape,
    BitPlanes: bit_planes,
    ShiftAdd: shift_add,
    Conv: conv,
    Dense: dense,
    OvsfConv: ovsf_conv,
    Threshold: per_channel("bound", "flip"),
    Affine: per_channel("mul", "add"),
    PiecewiseAffine: per_channel("pos", "neg"),
    Knee: per_channel("knee", "pos", "neg", "above", "below"),
    Clip: per_channel(),
    MaxPool: pool,
    SumPool: pool,
    Pad: pad,
    Add: add,
    Concat: concat,
    Reshape: reshape,
    ArgMax: argmax,
    Equalise: of_one_channel,
    Standardise: of_one_channel,
    Output: per_channel(),
    Scale: per_channel("mul", "add"),
    Sign: per_channel(),
    FixedPoint: per_channel(),
}
