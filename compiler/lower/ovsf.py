"""Convolutions of orthogonal codes: whole coefficients, and the codes and places that they belong to."""

from fractions import Fraction
from math import prod

import numpy as np

from binloom.compiler.exact import constant
from binloom.compiler.ir.ops import OvsfConv
from binloom.compiler.layers import Layer
from binloom.compiler.lower.builder import Builder, Value
from binloom.compiler.lower.config import number, pair, weight, window_padding
from binloom.compiler.lower.convolution import finish, opening, signed_input
from binloom.compiler.ovsf_codes import CHOICES, STEPS, chosen_codes


def ovsf_conv2d(b: Builder, layer: Layer, x: Value) -> Value:
    opening(b, layer, x)
    size, stride, dilation = (pair(b, layer, key) for key in ("kernel_size", "strides", "dilation_rate"))
    shape = (*size, x.channels)
    length = 1 << (prod(shape) - 1).bit_length()
    codes = chosen(b, layer, length)
    latent = weight(b, layer, "coefficients", (len(codes), layer.config.get("filters")))
    x = signed_input(b, layer, x)
    padding = window_padding(b, layer, x.shape, size, stride, dilation)
    op = OvsfConv(whole(latent), codes, places(b, layer, shape), length, stride, dilation, padding)
    product = b.emit(op, [x], layer)
    return finish(b, layer, product, constant(Fraction(1, STEPS), product.channels))


def whole(latent: np.ndarray) -> np.ndarray:
    """The coefficients in steps: the nearest whole number, of halves the upper, from -127 to 127."""
    steps = np.floor(latent.astype(np.float32) * np.float32(STEPS) + np.float32(0.5))
    return np.clip(steps, 1 - STEPS, STEPS - 1).astype(np.int64)


def chosen(b: Builder, layer: Layer, length: int) -> np.ndarray:
    """The codes that the layer keeps."""
    codes = layer.config.get("codes", "first")
    ratio = number(b, layer, "ratio", 1.0)
    if isinstance(codes, list) and all(type(code) is int and 0 <= code < length for code in codes):
        listed = np.array(codes, np.int64)
        if 0 < len(np.unique(listed)) == len(codes):
            return listed
    if codes not in CHOICES or not 0 < ratio <= 1:
        b.fail(
            layer, f"codes {codes!r:.60} and ratio {ratio!r} are no choice of codes", "mend the layer's configuration"
        )
    return np.array(chosen_codes(codes, ratio, length), np.int64)


def places(b: Builder, layer: Layer, shape: tuple[int, int, int]) -> np.ndarray:
    """Where in a code each weight of the kernel lies."""
    order = layer.config.get("order", "hwc")
    if order == "hwc":
        return np.arange(prod(shape)).reshape(shape)
    if order != "chw":
        b.fail(layer, f"order {order!r} is not known", "use 'hwc' or 'chw'")
    return np.arange(prod(shape)).reshape(shape[2], *shape[:2]).transpose(1, 2, 0).copy()


LAYERS = {("binloom", "OvsfConv2D"): ovsf_conv2d}
