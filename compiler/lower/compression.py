"""CBCNN's Image Compression Block: brightness as a weighted sum, and the two ops that make a table for each frame."""

from fractions import Fraction

import numpy as np

from binloom.compiler.exact import constant
from binloom.compiler.ir.builder import LUMA
from binloom.compiler.ir.ops import Conv, Equalise, FixedPoint, Standardise
from binloom.compiler.layers import Layer
from binloom.compiler.lower.builder import Builder, Value
from binloom.compiler.lower.config import whole
from binloom.compiler.lower.pixels import BYTE, demand_pixels


def luma(b: Builder, layer: Layer, x: Value) -> Value:
    """The weighted sum, and its 256th rounded: half up, as a FixedPoint of whole numbers rounds."""
    demand_frame(b, layer, x, len(LUMA))
    total = b.emit(Conv(np.array(LUMA).reshape(1, 1, -1, 1)), [x], layer, "sum")
    part = b.scale(constant(Fraction(1, 256), 1), constant(0, 1), total, layer, "part")
    return b.emit(FixedPoint(Fraction(1), 0, BYTE), [part], layer)


def equalise(b: Builder, layer: Layer, x: Value) -> Value:
    demand_frame(b, layer, x, 1)
    return b.emit(Equalise(), [x], layer)


def standardise(b: Builder, layer: Layer, x: Value) -> Value:
    demand_frame(b, layer, x, 1)
    bits = whole(b, layer, "bits", 8, range(2, 17))
    places = whole(b, layer, "places", 5, range(bits))
    steps = b.emit(Standardise(places, bits), [x], layer)
    return b.scale(constant(Fraction(1, 1 << places), 1), constant(0, 1), steps, layer, "real")


def demand_frame(b: Builder, layer: Layer, x: Value, channels: int) -> None:
    if x.channels != channels:
        b.fail(layer, f"it takes {channels} channels, got {x.channels}", "RGB goes through Luma first, and only RGB")
    demand_pixels(b, layer, x, 8)


LAYERS = {
    ("binloom", "Luma"): luma,
    ("binloom", "Equalise"): equalise,
    ("binloom", "Standardise"): standardise,
}
