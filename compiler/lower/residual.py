"""binloom's layers of residual nets: shifted signs and slopes, and numbers of few bits."""

from fractions import Fraction

import numpy as np

from binloom.compiler.exact import constant, rationals
from binloom.compiler.ir.ops import FixedPoint, PiecewiseAffine, Sign
from binloom.compiler.layers import Layer
from binloom.compiler.lower.builder import Builder, Value
from binloom.compiler.lower.config import weight

# Codes of the parameters that are on a grid, each with its sign: 16 bits of a shift, 8 of a slope.
SHIFT_TOP = (1 << 15) - 1
SLOPE_TOP = (1 << 7) - 1

# Past so many binary places, or whole ones, float32 has no such numbers any more.
MOST_PLACES = 100


def rsign(b: Builder, layer: Layer, x: Value) -> Value:
    """+1 where x >= threshold."""
    threshold = rationals(weight(b, layer, "threshold", (x.channels,)))
    return b.emit(Sign(1), [b.scale(constant(1, x.channels), -threshold, x, layer, "shift")], layer)


def rprelu(b: Builder, layer: Layer, x: Value) -> Value:
    """A shift, a slope below zero, and a shift back."""
    shift, slope, offset = (weight(b, layer, role, (x.channels,)) for role in ("shift", "slope", "offset"))
    if layer.config.get("fraction") is not None:
        fraction, slope_fraction = (whole(b, layer, key, -MOST_PLACES, MOST_PLACES) for key in PLACES)
        shift, offset = (on_grid(values, fraction, SHIFT_TOP) for values in (shift, offset))
        slope = on_grid(slope, slope_fraction, SLOPE_TOP)
    one = constant(1, x.channels)
    x = b.scale(one, -rationals(shift), x, layer, "shift")
    x = b.emit(PiecewiseAffine(one, rationals(slope)), [x], layer, "slope")
    return b.scale(one, rationals(offset), x, layer)


PLACES = ("fraction", "slope_fraction")


def fixed_point(b: Builder, layer: Layer, x: Value) -> Value:
    bits, fraction = whole(b, layer, "bits", 2, 16), whole(b, layer, "fraction", -MOST_PLACES, MOST_PLACES)
    top = (1 << (bits - 1)) - 1
    return b.emit(FixedPoint(Fraction(1, 2) ** fraction, -top, top), [x], layer)


def on_grid(values: np.ndarray, fraction: int, top: int) -> np.ndarray:
    """What the layer makes of its parameters, in the float32 that it calculates in."""
    codes = np.floor(np.ldexp(values.astype(np.float32), fraction) + np.float32(0.5))
    return np.ldexp(np.clip(codes, -top, top), -fraction)


def whole(b: Builder, layer: Layer, key: str, least: int, most: int) -> int:
    """A whole number of the layer's configuration."""
    value = layer.config.get(key)
    if type(value) is not int or not least <= value <= most:
        b.fail(
            layer,
            f"{key} must be a whole number from {least} to {most}, got {value!r}",
            "mend the model's configuration",
        )
    return value


LAYERS = {
    ("binloom", "RSign"): rsign,
    ("binloom", "RPReLU"): rprelu,
    ("binloom", "FixedPoint"): fixed_point,
}
