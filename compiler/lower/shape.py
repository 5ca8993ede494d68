"""Layers that move elements, or put a border around them."""

import math

from binloom.compiler.exact import constant
from binloom.compiler.ir.ops import Pad, Padding, Reshape, Scale, Shape
from binloom.compiler.layers import Layer
from binloom.compiler.lower.builder import Builder, Value
from binloom.compiler.lower.config import demand_channels_last, demand_map


def reshaped(b: Builder, layer: Layer, x: Value, shape: Shape, rank: int) -> Value:
    if shape == x.shape:
        return Value(x.name, shape, rank, x.bit)
    return b.emit(Reshape(shape), [x], layer, rank=rank)


def flatten(b: Builder, layer: Layer, x: Value) -> Value:
    demand_channels_last(b, layer)
    return reshaped(b, layer, x, (1, 1, math.prod(x.shape)), 2)


def reshape(b: Builder, layer: Layer, x: Value) -> Value:
    target, total = layer.config.get("target_shape"), math.prod(x.shape)
    if not isinstance(target, list | tuple) or not 1 <= len(target) <= 3 or not all(isinstance(n, int) for n in target):
        b.fail(
            layer, f"target_shape must be one to three whole numbers, got {target!r}", "mend the model's configuration"
        )
    known = math.prod(n for n in target if n != -1)
    sides = [total // known if n == -1 and known else n for n in target]
    if min(sides) < 1 or target.count(-1) > 1 or math.prod(sides) != total:
        b.fail(layer, f"{total} elements do not make a shape {tuple(target)}", "mend the model's configuration")
    height, width, channels = [1] * (3 - len(sides)) + sides
    return reshaped(b, layer, x, (height, width, channels), 1 + len(sides))


def zero_padding(b: Builder, layer: Layer, x: Value) -> Value:
    """A border of zeros of its own. Over bits it is one of numbers, which is what the Scale of 1 says."""
    demand_map(b, layer, x.rank)
    demand_channels_last(b, layer)
    top, bottom, left, right = borders(b, layer)
    padding = Padding(top, bottom, left, right)
    if not padding.any:
        return x
    if x.bit:
        x = b.emit(Scale(constant(1, x.channels), constant(0, x.channels)), [x], layer, "number")
    return b.emit(Pad(padding), [x], layer)


def borders(b: Builder, layer: Layer) -> tuple[int, int, int, int]:
    """2, (1, 2) or ((0, 1), (0, 1)) as top, bottom, left, right."""
    value = layer.config.get("padding", 1)
    both = [value, value] if isinstance(value, int) else value
    if isinstance(both, list | tuple) and len(both) == 2:
        sides = [n for side in both for n in ([side, side] if isinstance(side, int) else side)]
        if len(sides) == 4 and all(isinstance(n, int) and n >= 0 for n in sides):
            return sides[0], sides[1], sides[2], sides[3]
    return b.fail(layer, f"padding must be two pairs of whole numbers, got {value!r}", "mend the model's configuration")


LAYERS = {
    ("keras", "Flatten"): flatten,
    ("keras", "Reshape"): reshape,
    ("keras", "ZeroPadding2D"): zero_padding,
}
