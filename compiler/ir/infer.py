"""Shapes and elements of every node: shapes from the ops, elements by interval arithmetic over the real weights.

Intervals are kept per channel while they travel; a node's element is their hull. They stop at an op that is real,
and start again at a bit, so a graph under way has elements only where they mean something.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from binloom.compiler.ir.defect import GraphError
from binloom.compiler.ir.graph import Graph, Node, Tensor
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
    Input,
    Knee,
    MaxPool,
    Op,
    Output,
    OvsfConv,
    Pad,
    PiecewiseAffine,
    Reshape,
    Shape,
    ShiftAdd,
    Sign,
    Standardise,
    SumPool,
    Threshold,
)
from binloom.compiler.ir.shapes import shape_of
from binloom.hw.element import BIT, Element

# Products and sums of intervals are formed in int64; one bit is left so that no sum of two can wrap either.
LIMIT = 1 << 62

FILLS = {Fill.ZERO: 0, Fill.PLUS_ONE: 1, Fill.MINUS_ONE: -1}


@dataclass(frozen=True, slots=True, eq=False)
class Bounds:
    """Least and greatest value of each channel, int64 (channels,), of a tensor of this shape."""

    shape: Shape
    lo: np.ndarray
    hi: np.ndarray
    bit: bool = False

    @property
    def element(self) -> Element:
        return BIT if self.bit else Element(int(self.lo.min()), int(self.hi.max()))

    def with_value(self, value: int) -> "Bounds":
        """The same, where that value can occur as well."""
        return replace(self, lo=np.minimum(self.lo, value), hi=np.maximum(self.hi, value))


# Arrays that hold real numbers until the passes have made them integers.
REAL_FIELDS = ("weights", "coefficients", "bias", "pos", "neg", "bound", "mul", "add")


def infer_shapes(graph: Graph) -> Graph:
    """The same graph with the shape of each node's tensor worked out anew, and no elements."""
    shapes: dict[str, Shape] = {}
    nodes = []
    for node in graph:
        shapes[node.name] = _shape(graph, node, shapes)
        nodes.append(replace(node, tensor=Tensor(shapes[node.name])))
    return replace(graph, nodes=tuple(nodes))


def infer(graph: Graph) -> Graph:
    """The same graph with shapes and elements worked out anew; what a real op reaches has no element."""
    found = bounds(graph)
    shaped = infer_shapes(graph)
    nodes = []
    for node in shaped:
        at = found[node.name]
        nodes.append(replace(node, tensor=Tensor(node.tensor.shape, at.element if at is not None else None)))
    return replace(graph, nodes=tuple(nodes))


def bounds(graph: Graph) -> dict[str, Bounds | None]:
    """Intervals per channel of each node, None where a real number flows."""
    found: dict[str, Bounds | None] = {}
    shapes: dict[str, Shape] = {}
    for node in graph:
        shape = shapes[node.name] = _shape(graph, node, shapes)
        inputs = [found[name] for name in node.inputs]
        if isinstance(node.op, Sign):
            ones = np.ones(shape[2], np.int64)
            found[node.name] = Bounds(shape, -ones, ones, bit=True)
        elif is_real(node.op) or any(x is None for x in inputs):
            found[node.name] = None
        else:
            try:
                found[node.name] = replace(BOUNDS[type(node.op)](node.op, *inputs), shape=shape)
            except GraphError as error:
                raise GraphError(f"{graph.name}.{node.name}: {error}") from None
    return found


def is_real(op: Op) -> bool:
    """Whether an op's result is a real number: a real op, or one whose arrays or bounds are not integers yet."""
    if op.real or (isinstance(op, Clip) and (isinstance(op.lo, Fraction) or isinstance(op.hi, Fraction))):
        return True
    arrays = (getattr(op, name, None) for name in REAL_FIELDS)
    return any(isinstance(array, np.ndarray) and array.dtype.kind not in "iub" for array in arrays)


def _shape(graph: Graph, node: Node, shapes: dict[str, Shape]) -> Shape:
    try:
        return shape_of(node.op, [shapes[name] for name in node.inputs])
    except KeyError as error:
        raise GraphError(f"{graph.name}.{node.name}: reads {error.args[0]!r}, which does not come before it") from None
    except GraphError as error:
        raise GraphError(f"{graph.name}.{node.name}: {error}") from None


def input_(op: Input) -> Bounds:
    channels = op.shape[2]
    return Bounds(op.shape, np.full(channels, op.lo, np.int64), np.full(channels, op.hi, np.int64))


def bit_planes(op: BitPlanes, x: Bounds) -> Bounds:
    if x.bit or x.lo.min() < 0 or x.hi.max() >> op.bits:
        raise GraphError(f"planes of {op.bits} bits are those of numbers 0..{(1 << op.bits) - 1}, got {x.element}")
    places = np.arange(op.bits - op.planes, op.bits)
    lo, hi = ((end[:, None] >> places).reshape(-1) for end in (x.lo, x.hi))
    # What no number of the interval changes above a bit keeps that bit as it is.
    always, never = (lo == hi) & (lo & 1 == 1), (lo == hi) & (lo & 1 == 0)
    return Bounds(x.shape, np.where(always, 1, -1), np.where(never, -1, 1), bit=True)


def shift_add(op: ShiftAdd, x: Bounds) -> Bounds:
    weights = 1 << np.arange(op.planes, dtype=np.int64)[:, None]
    lo, hi = (end.reshape(-1, op.planes, op.filters) for end in (x.lo, x.hi))
    demand_fits((np.maximum(np.abs(lo.astype(np.float64)), np.abs(hi.astype(np.float64))) * weights).sum(axis=1))
    return Bounds(x.shape, (lo * weights).sum(axis=1).reshape(-1), (hi * weights).sum(axis=1).reshape(-1))


def weighted(
    weights: np.ndarray, lo: np.ndarray, hi: np.ndarray, bias: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray]:
    """Interval of sum(weights * x) + bias over the first axis; weights (terms, outputs), lo and hi (terms,)."""
    exact = weights.astype(np.float64)
    sizes = np.abs(exact)
    reach = np.maximum(np.abs(lo.astype(np.float64)), np.abs(hi.astype(np.float64))) @ sizes
    demand_fits(reach if bias is None else reach + np.abs(bias.astype(np.float64)))
    if reach.max(initial=0) < 1 << 51:
        # Middle and spread of the interval, twice each: whole numbers that a float holds, for BLAS to sum.
        middle, spread = (lo + hi).astype(np.float64) @ exact, (hi - lo).astype(np.float64) @ sizes
        least, most = (((middle + side * spread) / 2).astype(np.int64) for side in (-1, 1))
    else:
        weights = weights.astype(np.int64)
        positive, negative = np.maximum(weights, 0), np.minimum(weights, 0)
        least, most = lo @ positive + hi @ negative, hi @ positive + lo @ negative
    return (least, most) if bias is None else (least + bias, most + bias)


def demand_fits(magnitude: np.ndarray) -> None:
    if magnitude.size and float(np.max(magnitude)) >= LIMIT:
        raise GraphError(f"values reach 2**{np.log2(np.max(magnitude)):.1f}, past the 62 bits an accumulator may have")


def conv(op: Conv, x: Bounds) -> Bounds:
    kh, kw, inputs, outputs = op.weights.shape
    outside = border_taps(op, x.shape)
    padded = x.with_value(FILLS[op.padding.fill])
    per_group = outputs // op.groups
    least, most = np.empty(outputs, np.int64), np.empty(outputs, np.int64)
    for group in range(op.groups):
        own, made = slice(group * inputs, (group + 1) * inputs), slice(group * per_group, (group + 1) * per_group)
        lo = np.where(outside[..., None], padded.lo[own], x.lo[own]).reshape(-1)
        hi = np.where(outside[..., None], padded.hi[own], x.hi[own]).reshape(-1)
        weights = op.weights[..., made].reshape(kh * kw * inputs, per_group)
        least[made], most[made] = weighted(weights, lo, hi, None if op.bias is None else op.bias[made])
    return Bounds(x.shape, least, most)


def border_taps(op: Conv, shape: Shape) -> np.ndarray:
    """Taps of the kernel that fall on padding at some output position, bool (kh, kw)."""
    rows = outside_taps(op.kernel[0], op.stride[0], op.dilation[0], op.padding.top, op.padding.bottom, shape[0])
    columns = outside_taps(op.kernel[1], op.stride[1], op.dilation[1], op.padding.left, op.padding.right, shape[1])
    return rows[:, None] | columns


def outside_taps(size: int, stride: int, dilation: int, before: int, after: int, length: int) -> np.ndarray:
    starts = np.arange(0, length + before + after - (size - 1) * dilation, stride) - before
    positions = starts[:, None] + np.arange(size) * dilation
    return np.asarray(((positions < 0) | (positions >= length)).any(axis=0))


def dense(op: Dense, x: Bounds) -> Bounds:
    return Bounds(x.shape, *weighted(op.weights, x.lo, x.hi, op.bias))


def threshold(op: Threshold, x: Bounds) -> Bounds:
    # A channel whose bound lies beyond its interval is a constant, and what follows may count on it.
    always, never = x.lo >= op.bound, x.hi < op.bound
    lo = np.where(op.flip, np.where(never, 1, -1), np.where(always, 1, -1))
    hi = np.where(op.flip, np.where(always, -1, 1), np.where(never, -1, 1))
    return Bounds(x.shape, lo, hi, bit=True)


def affine(op: Affine, x: Bounds) -> Bounds:
    size = np.maximum(np.abs(x.lo.astype(np.float64)), np.abs(x.hi.astype(np.float64)))
    demand_fits(size * np.abs(op.mul.astype(np.float64)) + np.abs(op.add.astype(np.float64)))
    ends = np.stack([(end * op.mul + op.add) >> op.shift for end in (x.lo, x.hi)])
    return Bounds(x.shape, ends.min(axis=0), ends.max(axis=0))


def piecewise(op: PiecewiseAffine, x: Bounds) -> Bounds:
    size = np.maximum(np.abs(x.lo.astype(np.float64)), np.abs(x.hi.astype(np.float64)))
    demand_fits(size * np.maximum(np.abs(op.pos.astype(np.float64)), np.abs(op.neg.astype(np.float64))))
    # Each piece is monotone, so its ends are enough; a piece that the interval does not reach repeats the other's end.
    inner = (np.maximum(x.lo, 0), np.minimum(x.hi, -1))
    ends = [np.where(x.lo < 0, x.lo * op.neg, x.lo * op.pos), np.where(x.hi < 0, x.hi * op.neg, x.hi * op.pos)]
    ends.append(np.where(x.hi >= 0, inner[0] * op.pos, ends[1]))
    ends.append(np.where(x.lo < 0, inner[1] * op.neg, ends[0]))
    return Bounds(x.shape, np.min(ends, axis=0), np.max(ends, axis=0))


def knee(op: Knee, x: Bounds) -> Bounds:
    size = np.maximum(np.abs(x.lo.astype(np.float64)), np.abs(x.hi.astype(np.float64)))
    for slope, addend in ((op.pos, op.above), (op.neg, op.below)):
        demand_fits(size * np.abs(slope.astype(np.float64)) + np.abs(addend.astype(np.float64)))
    # Each line is monotone on its side, so its ends are enough; a side without numbers repeats an end of the other.
    least, most = np.maximum(x.lo, np.minimum(op.knee, x.hi)), np.minimum(x.hi, np.maximum(op.knee - 1, x.lo))
    up, down = x.hi >= op.knee, x.lo < op.knee
    ends = [_at_knee(op, end, side) for end, side in ((x.lo, ~down), (x.hi, up), (least, up), (most, ~down))]
    return Bounds(x.shape, np.min(ends, axis=0), np.max(ends, axis=0))


def _at_knee(op: Knee, x: np.ndarray, up: np.ndarray) -> np.ndarray:
    return (x * np.where(up, op.pos, op.neg) + np.where(up, op.above, op.below)) >> op.shift


def clip(op: Clip, x: Bounds) -> Bounds:
    lo, hi = int(op.lo), int(op.hi)  # a clip between fractions is real, and has no intervals
    return Bounds(x.shape, np.clip(x.lo, lo, hi), np.clip(x.hi, lo, hi))


def sum_pool(op: SumPool, x: Bounds) -> Bounds:
    height, width, _ = x.shape
    factors = np.outer(
        counts(op.size[0], op.stride[0], op.padding.top, len(op.rows), height).astype(object) * op.rows,
        counts(op.size[1], op.stride[1], op.padding.left, len(op.cols), width).astype(object) * op.cols,
    )
    least, most = int(factors.min()), int(factors.max())
    demand_fits(np.abs(np.stack([x.lo, x.hi]).astype(np.float64)) * float(max(abs(least), abs(most))))
    ends = np.stack([end * factor for end in (x.lo, x.hi) for factor in (least, most)])
    return Bounds(x.shape, ends.min(axis=0), ends.max(axis=0))


def counts(size: int, stride: int, before: int, outputs: int, length: int) -> np.ndarray:
    """How many elements that exist each window covers along one axis."""
    starts = np.arange(outputs) * stride - before
    return np.minimum(starts + size, length) - np.maximum(starts, 0)


def pad(op: Pad, x: Bounds) -> Bounds:
    if x.bit and op.padding.fill is Fill.ZERO:
        raise GraphError("a border of zeros over bits has no stored form; the convolution must take it in")
    return x.with_value(FILLS[op.padding.fill]) if op.padding.any else x


def add(op: Add, *xs: Bounds) -> Bounds:
    lows, highs = np.stack([x.lo for x in xs]), np.stack([x.hi for x in xs])
    demand_fits(np.maximum(np.abs(lows.astype(np.float64)), np.abs(highs.astype(np.float64))).sum(axis=0))
    return Bounds(xs[0].shape, lows.sum(axis=0), highs.sum(axis=0))


def concat(op: Concat, *xs: Bounds) -> Bounds:
    bit = all(x.bit for x in xs)
    # Beside numbers a bit becomes one, and its stream says of no bit that it is constant.
    lo = np.concatenate([x.lo if bit or not x.bit else np.minimum(x.lo, -1) for x in xs])
    hi = np.concatenate([x.hi if bit or not x.bit else np.maximum(x.hi, 1) for x in xs])
    return Bounds(xs[0].shape, lo, hi, bit)


def reshape(op: Reshape, x: Bounds) -> Bounds:
    pixels, channels = x.shape[0] * x.shape[1], op.shape[2]
    lo = np.tile(x.lo, pixels).reshape(-1, channels).min(axis=0)
    return Bounds(op.shape, lo, np.tile(x.hi, pixels).reshape(-1, channels).max(axis=0), x.bit)


def argmax(op: ArgMax, x: Bounds) -> Bounds:
    return Bounds(x.shape, np.zeros(op.k, np.int64), np.full(op.k, x.shape[2] - 1, np.int64))


def equalise(op: Equalise, x: Bounds) -> Bounds:
    demand_bytes(x)
    return Bounds(x.shape, np.zeros(1, np.int64), np.full(1, 255, np.int64))


def standardise(op: Standardise, x: Bounds) -> Bounds:
    demand_bytes(x)
    half = np.full(1, 1 << (op.bits - 1), np.int64)
    return Bounds(x.shape, -half, half - 1)


def demand_bytes(x: Bounds) -> None:
    """A table of a frame has a word for each number that can be in it."""
    if x.bit or x.lo.min() < 0 or x.hi.max() > 255:
        raise GraphError(f"a table of a frame is one of numbers 0..255, got {x.element}")
    # n * squares - sum**2 is at most (255 * n / 2)**2, and n * squares at most 255**2 * n**2
    demand_fits(np.array(float(255 * x.shape[0] * x.shape[1]) ** 2))


BOUNDS: dict[type[Op], Callable[..., Bounds]] = {
    Input: input_,
    BitPlanes: bit_planes,
    ShiftAdd: shift_add,
    Conv: conv,
    Dense: dense,
    OvsfConv: lambda op, x: conv(op.plain, x),
    Threshold: threshold,
    Affine: affine,
    PiecewiseAffine: piecewise,
    Knee: knee,
    Clip: clip,
    MaxPool: lambda op, x: x,
    SumPool: sum_pool,
    Pad: pad,
    Add: add,
    Concat: concat,
    Reshape: reshape,
    ArgMax: argmax,
    Equalise: equalise,
    Standardise: standardise,
    Output: lambda op, x: x,
}
