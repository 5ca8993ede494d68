"""Every op once more, slow and plain: loops over single numbers, in Python's own integers and Fractions.

Shares no code with the interpreter. An image is a nested dict {(y, x, c): value} with bits as -1 and +1.
"""

from fractions import Fraction
from math import floor

import numpy as np

from binloom.compiler.ir.graph import Graph
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
    PiecewiseAffine,
    Reshape,
    Scale,
    ShiftAdd,
    Sign,
    Standardise,
    SumPool,
    Threshold,
)

Image = dict[tuple[int, int, int], object]
FILL = {Fill.ZERO: 0, Fill.PLUS_ONE: 1, Fill.MINUS_ONE: -1}


def plain(number):
    """A NumPy scalar as Python's own number."""
    return Fraction(number) if isinstance(number, Fraction | float | np.floating) else int(number)


def image_of(array: np.ndarray) -> Image:
    return {index: plain(value) for index, value in np.ndenumerate(array)}


def array_of(image: Image) -> np.ndarray:
    shape = tuple(max(index[axis] for index in image) + 1 for axis in range(3))
    array = np.empty(shape, object)
    for index, value in image.items():
        array[index] = value
    return array


def evaluate(graph: Graph, frame: np.ndarray) -> dict[str, np.ndarray]:
    """Every node's numbers for one frame, as object arrays; bits as -1 and +1."""
    found: dict[str, Image] = {}
    for node in graph:
        if isinstance(node.op, Input):
            found[node.name] = image_of(frame)
        else:
            shape = node.tensor.shape
            found[node.name] = apply(node.op, [found[name] for name in node.inputs], shape)
    return {name: array_of(image) for name, image in found.items()}


def apply(op: Op, xs: list[Image], shape: tuple[int, int, int]) -> Image:
    height, width, channels = shape
    x = xs[0]
    result: Image = {}
    for oy in range(height):
        for ox in range(width):
            for c in range(channels):
                result[oy, ox, c] = element(op, xs, x, oy, ox, c, shape)
    return result


def code(k: int, length: int) -> list[int]:
    """An orthogonal code by its tree: (C, C) is child 2 * k of C, code k, and (C, -C) is child 2 * k + 1."""
    if length == 1:
        return [1]
    parent = code(k // 2, length // 2)
    return parent + [-sign if k % 2 else sign for sign in parent]


def extent(x: Image) -> tuple[int, int, int]:
    return tuple(max(index[axis] for index in x) + 1 for axis in range(3))  # type: ignore[return-value]


def element(op: Op, xs: list[Image], x: Image, oy: int, ox: int, c: int, shape: tuple[int, int, int]):
    match op:
        case Conv():
            kh, kw, inputs, outputs = op.weights.shape
            group = c // (outputs // op.groups)
            total = 0 if op.bias is None else plain(op.bias[c])
            for ky in range(kh):
                for kx in range(kw):
                    y = oy * op.stride[0] + ky * op.dilation[0] - op.padding.top
                    z = ox * op.stride[1] + kx * op.dilation[1] - op.padding.left
                    for i in range(inputs):
                        value = x.get((y, z, group * inputs + i), FILL[op.padding.fill])
                        total += plain(op.weights[ky, kx, i, c]) * value
            return total
        case BitPlanes():
            place = op.bits - op.planes + c % op.planes
            return 1 if x[oy, ox, c // op.planes] // 2**place % 2 else -1
        case ShiftAdd():
            channel, n = divmod(c, op.filters)
            return sum(2**p * x[oy, ox, (channel * op.planes + p) * op.filters + n] for p in range(op.planes))
        case OvsfConv():
            total = 0 if op.bias is None else plain(op.bias[c])
            for k, factors in zip(op.codes.tolist(), op.coefficients.tolist(), strict=True):
                signs = code(k, op.length)
                for (ky, kx, i), place in np.ndenumerate(op.places):
                    y = oy * op.stride[0] + ky * op.dilation[0] - op.padding.top
                    z = ox * op.stride[1] + kx * op.dilation[1] - op.padding.left
                    total += factors[c] * signs[place] * x.get((y, z, i), FILL[op.padding.fill])
            return total
        case Dense():
            total = 0 if op.bias is None else plain(op.bias[c])
            return total + sum(plain(op.weights[i, c]) * x[0, 0, i] for i in range(op.weights.shape[0]))
        case Threshold():
            at_least = x[oy, ox, c] >= plain(op.bound[c])
            return 1 if at_least != bool(op.flip[c]) else -1
        case Affine():
            return floor(Fraction(x[oy, ox, c] * plain(op.mul[c]) + plain(op.add[c]), 2**op.shift))
        case PiecewiseAffine():
            return x[oy, ox, c] * plain(op.pos[c] if x[oy, ox, c] >= 0 else op.neg[c])
        case Knee():
            up = x[oy, ox, c] >= plain(op.knee[c])
            slope, addend = (op.pos[c], op.above[c]) if up else (op.neg[c], op.below[c])
            return floor(Fraction(x[oy, ox, c] * plain(slope) + plain(addend), 2**op.shift))
        case FixedPoint():
            return min(max(floor(Fraction(x[oy, ox, c]) / op.step + Fraction(1, 2)), op.lo), op.hi) * op.step
        case Clip():
            return min(max(x[oy, ox, c], op.lo), op.hi)
        case MaxPool() | SumPool():
            window = []
            for ky in range(op.size[0]):
                for kx in range(op.size[1]):
                    at = (oy * op.stride[0] + ky - op.padding.top, ox * op.stride[1] + kx - op.padding.left, c)
                    if at in x:
                        window.append(x[at])
            if isinstance(op, SumPool):
                return sum(window) * plain(op.rows[oy]) * plain(op.cols[ox])
            return min(window) if op.minimum is not None and op.minimum[c] else max(window)
        case Pad():
            return x.get((oy - op.padding.top, ox - op.padding.left, c), FILL[op.padding.fill])
        case Add():
            return sum(one[oy, ox, c] for one in xs)
        case Concat():
            for one in xs:
                if c < extent(one)[2]:
                    return one[oy, ox, c]
                c -= extent(one)[2]
        case Reshape():
            _, w, n = extent(x)
            flat = (oy * shape[1] + ox) * shape[2] + c
            return x[flat // n // w, flat // n % w, flat % n]
        case ArgMax():
            ranked = sorted(range(len(x)), key=lambda i: (-x[0, 0, i], i))
            return ranked[c]
        case Equalise():
            n, own = len(x), x[oy, ox, c]
            least = sum(value == min(x.values()) for value in x.values())
            upto = sum(value <= own for value in x.values())
            return own if n == least else floor(Fraction(255 * (upto - least), n - least) + Fraction(1, 2))
        case Standardise():
            n, total = len(x), sum(x.values())
            n_squared_variance = max(n * sum(value**2 for value in x.values()) - total**2, n)
            d = 0
            while (d + 1) ** 2 <= n_squared_variance:
                d += 1
            near = floor(Fraction(2**op.places * (n * x[oy, ox, c] - total), d) + Fraction(1, 2))
            return min(max(near, -(2 ** (op.bits - 1))), 2 ** (op.bits - 1) - 1)
        case Scale():
            return x[oy, ox, c] * plain(op.mul[c]) + plain(op.add[c])
        case Sign():
            value = x[oy, ox, c] if x[oy, ox, c] else op.tie
            return 1 if value > 0 else -1
        case Output():
            return x[oy, ox, c]
    raise AssertionError(op)
