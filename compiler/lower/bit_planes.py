"""Pixels as bits: their planes, the sum over planes, and thermometers."""

import numpy as np

from binloom.compiler.exact import constant, float32, rationals
from binloom.compiler.ir.ops import BitPlanes, Conv, ShiftAdd, Sign
from binloom.compiler.layers import Layer
from binloom.compiler.lower.builder import Builder, Value
from binloom.compiler.lower.config import number, whole
from binloom.compiler.lower.pixels import demand_pixels

MOST_BITS, MOST_LEVELS = 16, 256


def bit_planes(b: Builder, layer: Layer, x: Value) -> Value:
    bits = whole(b, layer, "bits", 8, range(1, MOST_BITS + 1))
    planes = whole(b, layer, "planes", 8, range(1, bits + 1))
    demand_pixels(b, layer, x, bits)
    return b.emit(BitPlanes(planes, bits), [x], layer)


def shift_add(b: Builder, layer: Layer, x: Value) -> Value:
    planes = whole(b, layer, "planes", None, range(1, MOST_BITS + 1))
    filters = whole(b, layer, "filters", None, range(1, x.channels + 1))
    return b.emit(ShiftAdd(planes, filters), [x], layer)


def thermometer(b: Builder, layer: Layer, x: Value) -> Value:
    """Each pixel once for each level, less the level's bound, and the sign of that."""
    levels = whole(b, layer, "levels", 32, range(1, MOST_LEVELS + 1))
    lo, hi = number(b, layer, "lo", 0.0), number(b, layer, "hi", 255.0)
    bounds = rationals([float32(lo + (hi - lo) * (2 * k + 1) / (2 * levels)) for k in range(levels)] * x.channels)
    copies = np.ones((1, 1, 1, x.channels * levels), np.int64)
    x = b.emit(Conv(copies, groups=x.channels), [x], layer, "levels")
    x = b.scale(constant(1, x.channels), -bounds, x, layer, "bounds")
    return b.emit(Sign(1), [x], layer)


LAYERS = {
    ("binloom", "BitPlanes"): bit_planes,
    ("binloom", "ShiftAdd"): shift_add,
    ("binloom", "Thermometer"): thermometer,
}
