"""Graphs written by hand: each method adds a node and gives back its name, to be read by the next."""

from collections.abc import Mapping
from fractions import Fraction

import numpy as np
from numpy.typing import ArrayLike

from binloom.compiler.ir.graph import Graph, Node, Tensor
from binloom.compiler.ir.infer import infer
from binloom.compiler.ir.ops import (
    NO_PADDING,
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
from binloom.compiler.ir.shapes import same, shape_of, window_shape

LUMA = (77, 150, 29)  # of R, G and B, in 256ths: all of 255 stays 255


class GraphBuilder:
    """Collects nodes; `output` (or, for several outputs, `graph`) gives the graph with its tensors inferred."""

    def __init__(self, name: str = "net", meta: Mapping[str, object] | None = None) -> None:
        self.name = name
        self.meta = dict(meta or {})
        self.nodes: dict[str, Node] = {}

    def node(self, op: Op, *inputs: str, name: str = "", source: str = "") -> str:
        """Any op, under a name of its own or one made from the op's."""
        stem = name or type(op).__name__.lower()
        number = 1
        unique = stem if name else f"{stem}_{number}"
        while not name and unique in self.nodes:
            number += 1
            unique = f"{stem}_{number}"
        if unique in self.nodes:
            raise ValueError(f"a node's name must be its own, got {unique!r} twice")
        shape = shape_of(op, [self.shape(read) for read in inputs])
        self.nodes[unique] = Node(unique, op, inputs, Tensor(shape), source)
        return unique

    def shape(self, name: str) -> Shape:
        return self.nodes[name].tensor.shape

    def input(self, shape: Shape, lo: int = 0, hi: int = 255, *, name: str = "image") -> str:
        return self.node(Input(shape, lo, hi), name=name)

    def bit_planes(self, x: str, planes: int = 8, bits: int = 8, *, name: str = "") -> str:
        return self.node(BitPlanes(planes, bits), x, name=name)

    def shift_add(self, x: str, planes: int, filters: int, *, name: str = "") -> str:
        return self.node(ShiftAdd(planes, filters), x, name=name)

    def conv(
        self,
        x: str,
        weights: ArrayLike,
        *,
        stride: Pair = (1, 1),
        dilation: Pair = (1, 1),
        padding: Padding | str = NO_PADDING,
        groups: int = 1,
        bias: ArrayLike | None = None,
        name: str = "",
    ) -> str:
        """Weights (kh, kw, inputs / groups, outputs). `padding` is a Padding, or "same" for Keras' with zeros."""
        weights = _numbers(weights)
        if isinstance(padding, str):
            padding = same(weights.shape[:2], stride, self.shape(x), dilation=dilation)
        bias = None if bias is None else _numbers(bias)
        return self.node(Conv(weights, stride, dilation, padding, groups, bias), x, name=name)

    def depthwise(self, x: str, weights: ArrayLike, **options) -> str:
        """Weights as Keras keeps them, (kh, kw, channels, multiplier); the other options are those of `conv`."""
        weights = _numbers(weights)
        kh, kw, channels, multiplier = weights.shape
        return self.conv(x, weights.reshape(kh, kw, 1, channels * multiplier), groups=channels, **options)

    def dense(self, x: str, weights: ArrayLike, *, bias: ArrayLike | None = None, name: str = "") -> str:
        return self.node(Dense(_numbers(weights), None if bias is None else _numbers(bias)), x, name=name)

    def ovsf(
        self,
        x: str,
        coefficients: ArrayLike,
        kernel: Pair,
        *,
        codes: ArrayLike | None = None,
        places: ArrayLike | None = None,
        length: int = 0,
        stride: Pair = (1, 1),
        dilation: Pair = (1, 1),
        padding: Padding | str = NO_PADDING,
        bias: ArrayLike | None = None,
        name: str = "",
    ) -> str:
        """Coefficients (codes, outputs). By default the first codes of the shortest length, laid row by row over the
        window. Padding as in `conv`."""
        coefficients = np.asarray(coefficients, np.int64)
        shape = (*kernel, self.shape(x)[2])
        places = np.arange(np.prod(shape)).reshape(shape) if places is None else np.asarray(places, np.int64)
        codes = np.arange(len(coefficients)) if codes is None else np.asarray(codes, np.int64)
        length = length or 1 << max(int(places.max()), int(codes.max())).bit_length()
        if isinstance(padding, str):
            padding = same(kernel, stride, self.shape(x), dilation=dilation)
        bias = None if bias is None else _numbers(bias)
        op = OvsfConv(coefficients, codes, places, length, stride, dilation, padding, bias)
        return self.node(op, x, name=name)

    def threshold(self, x: str, bound: ArrayLike = 0, flip: ArrayLike = False, *, name: str = "") -> str:
        return self.node(Threshold(self._channels(x, bound), self._channels(x, flip, bool)), x, name=name)

    def affine(self, x: str, mul: ArrayLike, add: ArrayLike = 0, shift: int = 0, *, name: str = "") -> str:
        return self.node(Affine(self._channels(x, mul), self._channels(x, add), shift), x, name=name)

    def piecewise(self, x: str, pos: ArrayLike = 1, neg: ArrayLike = 0, *, name: str = "") -> str:
        """ReLU, unless told otherwise."""
        return self.node(PiecewiseAffine(self._channels(x, pos), self._channels(x, neg)), x, name=name)

    def knee(
        self,
        x: str,
        knee: ArrayLike,
        pos: ArrayLike,
        neg: ArrayLike,
        above: ArrayLike = 0,
        below: ArrayLike = 0,
        shift: int = 0,
        *,
        name: str = "",
    ) -> str:
        at, pos, neg, above, below = (self._channels(x, given) for given in (knee, pos, neg, above, below))
        return self.node(Knee(at, pos, neg, above, below, shift), x, name=name)

    def clip(self, x: str, lo: int | Fraction, hi: int | Fraction, *, name: str = "") -> str:
        return self.node(Clip(lo, hi), x, name=name)

    def max_pool(
        self,
        x: str,
        size: Pair,
        stride: Pair | None = None,
        *,
        padding: Padding | str = NO_PADDING,
        minimum: ArrayLike | None = None,
        name: str = "",
    ) -> str:
        if isinstance(padding, str):
            padding = same(size, stride or size, self.shape(x))
        minimum = None if minimum is None else self._channels(x, minimum, bool)
        return self.node(MaxPool(size, stride or size, padding, minimum), x, name=name)

    def sum_pool(
        self,
        x: str,
        size: Pair,
        stride: Pair | None = None,
        *,
        rows: ArrayLike = 1,
        cols: ArrayLike = 1,
        padding: Padding | str = NO_PADDING,
        name: str = "",
    ) -> str:
        height, width, _ = self.shape(x)
        if isinstance(padding, str):
            padding = same(size, stride or size, self.shape(x))
        windows = window_shape(size, stride or size, (1, 1), padding, height, width)
        row, col = np.broadcast_to(np.asarray(rows), windows[:1]), np.broadcast_to(np.asarray(cols), windows[1:])
        return self.node(SumPool(size, stride or size, _numbers(row), _numbers(col), padding), x, name=name)

    def pad(self, x: str, padding: Padding, *, name: str = "") -> str:
        return self.node(Pad(padding), x, name=name)

    def add(self, *xs: str, name: str = "") -> str:
        return self.node(Add(), *xs, name=name)

    def concat(self, *xs: str, name: str = "") -> str:
        return self.node(Concat(), *xs, name=name)

    def reshape(self, x: str, shape: Shape, *, name: str = "") -> str:
        return self.node(Reshape(shape), x, name=name)

    def flatten(self, x: str, *, name: str = "") -> str:
        height, width, channels = self.shape(x)
        return self.reshape(x, (1, 1, height * width * channels), name=name)

    def argmax(self, x: str, k: int = 1, *, name: str = "") -> str:
        return self.node(ArgMax(k), x, name=name)

    def luminance(self, x: str, *, name: str = "luminance") -> str:
        """RGB to Y: floor((77 * R + 150 * G + 29 * B + 128) / 256), which keeps 0..255."""
        y = self.conv(x, np.array(LUMA).reshape(1, 1, 3, 1), name=f"{name}_sum")
        return self.affine(y, 1, 128, 8, name=name)

    def equalise(self, x: str, *, name: str = "") -> str:
        return self.node(Equalise(), x, name=name)

    def standardise(self, x: str, places: int = 5, bits: int = 8, *, name: str = "") -> str:
        return self.node(Standardise(places, bits), x, name=name)

    def scale(self, x: str, mul: ArrayLike, add: ArrayLike = 0, *, name: str = "") -> str:
        return self.node(Scale(self._channels(x, mul, object), self._channels(x, add, object)), x, name=name)

    def sign(self, x: str, tie: int = 1, *, name: str = "") -> str:
        return self.node(Sign(tie), x, name=name)

    def fixed_point(self, x: str, step: Fraction | int, lo: int, hi: int, *, name: str = "") -> str:
        return self.node(FixedPoint(step, lo, hi), x, name=name)

    def output(self, x: str, name: str = "logits") -> Graph:
        self.node(Output(), x, name=name)
        return self.graph()

    def graph(self) -> Graph:
        return infer(Graph(self.name, tuple(self.nodes.values()), self.meta))

    def _channels(self, x: str, given: ArrayLike, dtype: type | None = None) -> np.ndarray:
        """One entry a channel from one number or many."""
        array = _numbers(given) if dtype is None else np.asarray(given, dtype)
        return np.broadcast_to(array, (self.shape(x)[2],) if not array.ndim else array.shape).copy()


def _numbers(given: ArrayLike) -> np.ndarray:
    """Integers as int64; floats and Fractions as they are."""
    array = np.asarray(given)
    return array.astype(np.int64) if array.dtype.kind in "iub" else array
