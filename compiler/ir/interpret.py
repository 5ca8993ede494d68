"""What each op means: the graph evaluated on whole batches of images. This is the truth that all else is compared with.

A bit is held in its stored form, uint8 0 or 1; an integer in int64 or a narrower dtype that holds it; a real number in
float64, or, on request, as an exact Fraction.
"""

from collections.abc import Callable, Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial
from math import isqrt
from os import cpu_count
from typing import Any

import numpy as np

from binloom.compiler.ir import kernels, pooling, xnor
from binloom.compiler.ir.defect import GraphError
from binloom.compiler.ir.filters import Filters
from binloom.compiler.ir.graph import Graph
from binloom.compiler.ir.images import fitted
from binloom.compiler.ir.infer import FILLS, REAL_FIELDS, infer_shapes, is_real
from binloom.compiler.ir.layout import bordered, from_planes, images_inner, planes
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
    FixedPoint,
    Input,
    Knee,
    MaxPool,
    Op,
    Output,
    OvsfConv,
    Pad,
    Padding,
    PiecewiseAffine,
    Reshape,
    Scale,
    ShiftAdd,
    Sign,
    Standardise,
    SumPool,
    Threshold,
)

# Images are evaluated in batches whose largest tensor has about so many elements, to stay in the cache: measured best
# between 1 and 4 million on nets of 20,000 to 30,000 elements an image. So many batches are under way at once.
BATCH_ELEMENTS = 2 << 20
MOST_IMAGES = 500
THREADS = min(4, cpu_count() or 1)


@dataclass(frozen=True, slots=True, eq=False)
class Value:
    """A batch of tensors, (n, height, width, channels); `bit` says that the array holds stored bits."""

    array: np.ndarray
    bit: bool = False

    @property
    def number(self) -> np.ndarray:
        """The numbers that the array stands for: bits as -1 and +1."""
        return (self.array.astype(np.int8) << 1) - np.int8(1) if self.bit else self.array


def run(graph: Graph, images: np.ndarray, *, batch: int | None = None, exact: bool = False) -> dict[str, np.ndarray]:
    """Each output's tensors, by name: uint8 for bits, int64 for integers, float64 (`exact`: Fractions) for reals."""
    images = fitted(graph, images, least=0)
    wanted = {node.name for node in graph.outputs}
    meanings = prepared(graph, exact)
    step = batch or batch_size(graph)
    # Without images one empty batch still says what the outputs' shapes are.
    starts = range(0, max(len(images), 1), step)
    with kernels.one_blas_thread(), ThreadPoolExecutor(THREADS) as pool:
        parts = list(pool.map(lambda start: evaluate(graph, images[start : start + step], wanted, meanings), starts))
    joined = {name: np.concatenate([part[name] for part in parts]) for name in sorted(wanted)}
    return {
        name: np.ascontiguousarray(array, np.int64 if array.dtype.kind == "i" else None)
        for name, array in joined.items()
    }


def trace(graph: Graph, images: np.ndarray, *, exact: bool = False) -> dict[str, np.ndarray]:
    """Every node's tensors, by name, for as many images as memory holds; integers in any dtype that holds them."""
    with kernels.one_blas_thread():
        found = evaluate(graph, fitted(graph, images, least=0), graph.by_name.keys(), prepared(graph, exact))
    return {name: np.ascontiguousarray(array) for name, array in found.items()}


def batch_size(graph: Graph) -> int:
    """How many images to evaluate at once, so that their tensors fit in memory."""
    largest = max(int(np.prod(node.tensor.shape)) for node in infer_shapes(graph))
    return min(MOST_IMAGES, max(1, BATCH_ELEMENTS // largest))


Meaning = Callable[..., Value]


def prepared(graph: Graph, exact: bool) -> dict[str, Meaning]:
    """Each node's op as a function of its inputs, with all that depends on the op alone worked out."""
    found: dict[str, Meaning] = {}
    for node in graph:
        if isinstance(node.op, Input):
            continue
        op = settled(node.op, exact)
        found[node.name] = partial(MEANING[type(op)], op)
        if isinstance(op, Conv | Dense | OvsfConv):
            product = op.plain if isinstance(op, OvsfConv) else op
            found[node.name] = partial(found[node.name], filters=Filters(product.weights))
    return found


def evaluate(
    graph: Graph, images: np.ndarray, wanted: Collection[str], meanings: Mapping[str, Meaning]
) -> dict[str, np.ndarray]:
    """The wanted nodes' tensors; the others are dropped after their last reader."""
    left = {name: len(users) for name, users in graph.users.items()}
    values: dict[str, Value] = {}
    found = {}
    for node in graph:
        if isinstance(node.op, Input):
            value = Value(images_inner(images.astype(kernels.narrowest(max(abs(node.op.lo), abs(node.op.hi))))))
        else:
            inputs = [values[name] for name in node.inputs]
            value = meanings[node.name](*inputs)
            if value.array.dtype == object and not is_real(node.op) and all(x.array.dtype.kind in "iu" for x in inputs):
                # Made of integers by integers: what was worked out in Python's own mostly fits into fewer bits again.
                value = Value(value.array.astype(kernels.narrowest(kernels.magnitude(value.array))))
        if node.name in wanted:
            found[node.name] = value.array
        if left[node.name]:
            values[node.name] = value
        for name in node.inputs:
            left[name] -= 1
            if not left[name]:
                values.pop(name, None)
    return found


def settled(op: Op, exact: bool) -> Op:
    """The op with its real arrays and bounds as Fractions, or as float64."""
    changed: dict[str, Any] = {}
    if isinstance(op, Clip) and is_real(op) and not exact:
        changed = {"lo": float(op.lo), "hi": float(op.hi)}
    if isinstance(op, FixedPoint):
        changed = {"step": Fraction(op.step) if exact else float(op.step)}
    for name in REAL_FIELDS:
        array = getattr(op, name, None)
        if isinstance(array, np.ndarray) and array.dtype.kind in "fO":
            changed[name] = np.frompyfunc(Fraction, 1, 1)(array) if exact else array.astype(np.float64)
    return replace(op, **changed) if changed else op


def bit_planes(op: BitPlanes, x: Value) -> Value:
    """y[c * planes + p] = bit bits - planes + p of x[c]."""
    places = range(op.bits - op.planes, op.bits)
    found = np.stack([((x.array >> place) & 1).astype(np.uint8) for place in places], axis=4)
    return Value(images_inner(found.reshape(*x.array.shape[:3], -1)), bit=True)


def shift_add(op: ShiftAdd, x: Value) -> Value:
    """y[c * filters + n] = sum over p of 2**p * x[(c * planes + p) * filters + n]."""
    number = x.number
    wide = widened(number, max(reach(number), 1) << op.planes)
    split = wide.reshape(*wide.shape[:3], -1, op.planes, op.filters)
    total = sum(split[..., p, :] * (1 << p) for p in range(1, op.planes)) + split[..., 0, :]
    return Value(images_inner(total.reshape(*wide.shape[:3], -1)))


def conv(op: Conv, x: Value, filters: Filters) -> Value:
    """y[oy, ox, o] = bias[o] + sum of w[ky, kx, i, o] * x[oy*sy + ky*dy - top, ox*sx + kx*dx - left, i]."""
    border, fill = sides(op.padding), FILLS[op.padding.fill]
    if x.bit and op.groups == 1 and filters.binary:
        sums = xnor.convolve(x.array, filters, op.stride, op.dilation, border, fill)
    else:
        sums = kernels.convolve(x.number, filters, op.stride, op.dilation, border, fill, op.groups)
    return biased(sums, op.bias)


def dense(op: Dense, x: Value, filters: Filters) -> Value:
    """y[o] = bias[o] + sum over i of weights[i, o] * x[i]: a convolution of one pixel."""
    return conv(Conv(op.weights, bias=op.bias), x, filters)


def ovsf_conv(op: OvsfConv, x: Value, filters: Filters) -> Value:
    """The convolution of the kernel w = sum of coefficients[j] * code(codes[j]), laid over the window by places."""
    return conv(op.plain, x, filters)


def sides(padding: Padding) -> kernels.Border:
    return padding.top, padding.bottom, padding.left, padding.right


def biased(array: np.ndarray, bias: np.ndarray | None) -> Value:
    if bias is None:
        return Value(array)
    wide = widened(array, reach(array) + reach(bias))
    return Value(wide + like(wide, bias))


def threshold(op: Threshold, x: Value) -> Value:
    """bit = (x >= bound) xor flip."""
    above = at_least(x.number, op.bound)
    return Value((above ^ op.flip if op.flip.any() else above).view(np.uint8), bit=True)


def sign(op: Sign, x: Value) -> Value:
    """bit = x > 0, or x = 0 and the tie is +1."""
    return Value((x.number >= 0 if op.tie == 1 else x.number > 0).astype(np.uint8), bit=True)


def affine(op: Affine, x: Value) -> Value:
    """y = floor((x * mul + add) / 2**shift); a right shift rounds down."""
    if x.array.dtype.kind in "fO":  # real numbers, or integers of Python's own
        return Value((x.array * op.mul + op.add) // (1 << op.shift))
    wide = widened(x.number, max(reach(x.number), 1) * reach(op.mul) + reach(op.add))
    return Value((wide * like(wide, op.mul) + like(wide, op.add)) >> op.shift)


def scale(op: Scale, x: Value) -> Value:
    """y = mul * x + add."""
    return Value(x.number * op.mul + op.add)


def piecewise(op: PiecewiseAffine, x: Value) -> Value:
    """y = x * pos where x >= 0, x * neg elsewhere."""
    wide = widened(x.number, max(reach(x.number), 1) * max(reach(op.pos), reach(op.neg)))
    return Value(wide * np.where(wide >= 0, like(wide, op.pos), like(wide, op.neg)))


def knee(op: Knee, x: Value) -> Value:
    """y = floor((x * pos + above) / 2**shift) where x >= knee, floor((x * neg + below) / 2**shift) elsewhere."""
    most = max(reach(x.number), 1) * max(reach(op.pos), reach(op.neg)) + max(reach(op.above), reach(op.below))
    side = at_least(x.number, op.knee)
    wide = widened(x.number, most)
    slope = np.where(side, like(wide, op.pos), like(wide, op.neg))
    return Value((wide * slope + np.where(side, like(wide, op.above), like(wide, op.below))) >> op.shift)


def clip(op: Clip, x: Value) -> Value:
    """y = min(max(x, lo), hi)."""
    lo: Any = op.lo  # a float or a Fraction where the op is real
    hi: Any = op.hi
    wide = widened(x.number, max(abs(lo), abs(hi)))
    return Value(np.minimum(np.maximum(wide, lo), hi))


def fixed_point(op: FixedPoint, x: Value) -> Value:
    """y = step * min(max(floor(x / step + 1/2), lo), hi)."""
    step: Any = op.step  # a float, or on request a Fraction
    near = np.floor(x.number / step + type(step)(1) / 2)
    return Value(np.minimum(np.maximum(near, op.lo), op.hi) * step)


def max_pool(op: MaxPool, x: Value) -> Value:
    """y = max of the window's elements that exist; where `minimum` is set, their min."""
    if op.minimum is None:
        return Value(pooling.max_pool(x.array, op.size, op.stride, op.padding), x.bit)
    # min(x) = -max(-x), and for a stored bit 1 - max(1 - x).
    sense, offset = np.where(op.minimum, -1, 1).astype(np.int8), np.where(op.minimum, np.uint8(1), np.uint8(0))
    mirrored = x.array ^ offset if x.bit else x.array * sense
    largest = pooling.max_pool(mirrored, op.size, op.stride, op.padding)
    return Value(largest ^ offset if x.bit else largest * sense, x.bit)


def sum_pool(op: SumPool, x: Value) -> Value:
    """y[oy, ox, c] = rows[oy] * cols[ox] * sum of the window's elements that exist."""
    number = x.number
    most = max(reach(number), 1) * op.size[0] * op.size[1]
    sums = pooling.sum_pool(widened(number, most), op.size, op.stride, op.padding)
    wide = widened(sums, most * reach(op.rows) * reach(op.cols))
    return Value(wide * like(wide, op.rows[:, None, None] * op.cols[:, None]))


def pad(op: Pad, x: Value) -> Value:
    """The input inside a border of the fill's value."""
    fill = FILLS[op.padding.fill]
    if x.bit and not fill:
        raise GraphError("a border of zeros over bits has no stored form")
    stored = (fill + 1) // 2 if x.bit else fill
    return Value(from_planes(bordered(planes(x.array), sides(op.padding), stored, x.array.dtype)), x.bit)


def add(op: Add, *xs: Value) -> Value:
    """y = sum of the inputs."""
    most = sum(reach(x.number) for x in xs)
    return Value(sum(widened(x.number, most) for x in xs[1:]) + widened(xs[0].number, most))


def concat(op: Concat, *xs: Value) -> Value:
    """Channels of the first input, then of the second, and so on."""
    bit = all(x.bit for x in xs)
    return Value(np.concatenate([x.array if bit else x.number for x in xs], axis=3), bit)


def reshape(op: Reshape, x: Value) -> Value:
    """The same elements in row-major order."""
    flat = x.array.transpose(1, 2, 3, 0).reshape(*op.shape, len(x.array))
    return Value(flat.transpose(3, 0, 1, 2), x.bit)


def argmax(op: ArgMax, x: Value) -> Value:
    """Indices of the k largest, largest first, of equals the lowest index first."""
    # A stable sort keeps equals in the order it finds them; read backwards, that is the highest index first.
    vector = x.number[:, 0, 0, ::-1]
    order = np.argsort(vector, axis=1, kind="stable")[:, ::-1][:, : op.k]
    return Value((x.array.shape[3] - 1 - order)[:, None, None, :])


def equalise(op: Equalise, x: Value) -> Value:
    """y = floor((2 * 255 * (c[x] - c0) + n - c0) / (2 * (n - c0))), or x where n = c0."""

    def table(frame: np.ndarray) -> np.ndarray:
        upto = np.bincount(frame, minlength=256).cumsum()
        least, n = upto[frame.min()], len(frame)
        return np.arange(256) if n == least else (510 * (upto - least) + n - least) // (2 * (n - least))

    return looked_up(x, table)


def standardise(op: Standardise, x: Value) -> Value:
    """y = floor((2 * 2**places * (n * x - sum) + d) / (2 * d)), d = isqrt(max(n * squares - sum**2, n)), saturated."""
    half = 1 << (op.bits - 1)

    def table(frame: np.ndarray) -> np.ndarray:
        n, total, squares = len(frame), int(frame.sum()), int((frame**2).sum())
        d = isqrt(max(n * squares - total**2, n))
        near = ((np.arange(256) * n - total) * (2 << op.places) + d) // (2 * d)
        return np.clip(near, -half, half - 1)

    return looked_up(x, table)


def looked_up(x: Value, table: Callable[[np.ndarray], np.ndarray]) -> Value:
    """Each frame by a table of its own, made of all that it holds."""
    flat = [np.ascontiguousarray(frame, np.int64).ravel() for frame in x.array]
    found = [table(frame)[frame].reshape(x.array.shape[1:]) for frame in flat]
    return Value(images_inner(np.stack(found).astype(np.int32) if found else x.array.astype(np.int32)))


def reach(array: np.ndarray) -> int:
    """The largest magnitude of integers; of real numbers it does not matter."""
    return kernels.magnitude(array) if array.dtype.kind in "iub" else 0


def widened(array: np.ndarray, most: int) -> np.ndarray:
    """Integers in a dtype that holds magnitudes up to `most` as well; real numbers as they are."""
    if array.dtype.kind not in "iub":
        return array
    return array.astype(np.result_type(array.dtype, kernels.narrowest(most)), copy=False)


def like(array: np.ndarray, operand: np.ndarray) -> np.ndarray:
    """An op's integers in the dtype of the array they meet, which holds them; real numbers as they are."""
    return operand.astype(array.dtype) if array.dtype.kind in "iub" and operand.dtype.kind in "iub" else operand


def at_least(x: np.ndarray, bound: np.ndarray) -> np.ndarray:
    """x >= bound, without widening x to the bound's int64."""
    if x.dtype.kind != "i" or bound.dtype.kind != "i":
        return np.asarray(x >= bound, bool)
    # x > bound - 1, which the dtype's own limits may stand for: no array here holds its dtype's lowest number.
    limits = np.iinfo(x.dtype)
    below = np.maximum(bound, np.iinfo(np.int64).min + 1) - 1
    return x > np.clip(below, limits.min, limits.max).astype(x.dtype)


MEANING: dict[type[Op], Meaning] = {
    BitPlanes: bit_planes,
    ShiftAdd: shift_add,
    Conv: conv,
    Dense: dense,
    OvsfConv: ovsf_conv,
    Threshold: threshold,
    Affine: affine,
    PiecewiseAffine: piecewise,
    Knee: knee,
    Clip: clip,
    MaxPool: max_pool,
    SumPool: sum_pool,
    Pad: pad,
    Add: add,
    Concat: concat,
    Reshape: reshape,
    ArgMax: argmax,
    Equalise: equalise,
    Standardise: standardise,
    Output: lambda op, x: x,
    Scale: scale,
    Sign: sign,
    FixedPoint: fixed_point,
}
