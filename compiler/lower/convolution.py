"""Convolutions of every dialect: what is signed, what is padded, and with which kernel."""

from collections.abc import Mapping

import numpy as np

from binloom.compiler.exact import constant, rationals
from binloom.compiler.ir.ops import Conv, Fill, Sign
from binloom.compiler.layers import Layer
from binloom.compiler.lower.activation import activate
from binloom.compiler.lower.builder import Builder, Value
from binloom.compiler.lower.config import demand_channels_last, demand_map, pair, weight, window_padding
from binloom.compiler.lower.quantizer import (
    Kernel,
    binloom_kernel,
    cbcnn_kernel,
    larq_input,
    larq_kernel,
    name_of,
    plain,
)


def finish(b: Builder, layer: Layer, x: Value, factor: np.ndarray) -> Value:
    """The kernel's factor, the bias and the activation that follow a product."""
    channels = x.channels
    bias = weight(b, layer, "bias", (channels,)) if layer.config.get("use_bias", True) else np.zeros(channels)
    x = b.scale(factor, rationals(bias), x, layer, "bias")
    return activate(b, layer, x)


def convolve(
    b: Builder, layer: Layer, x: Value, kernel: Kernel, groups: int, fill: Fill = Fill.ZERO, suffix: str = ""
) -> Value:
    """The product alone, strides and padding as the layer says."""
    size = kernel.weights.shape[0], kernel.weights.shape[1]
    stride, dilation = pair(b, layer, "strides"), pair(b, layer, "dilation_rate")
    padding = window_padding(b, layer, x.shape, size, stride, dilation, fill)
    return b.emit(Conv(kernel.weights, stride, dilation, padding, groups), [x], layer, suffix)


def full_kernel(b: Builder, layer: Layer, x: Value, role: str = "kernel") -> tuple[np.ndarray, int]:
    """The kernel (kh, kw, inputs / groups, filters) and the number of groups."""
    groups = layer.config.get("groups", 1) or 1
    kernel = weight(b, layer, role)
    if not isinstance(groups, int) or groups < 1 or x.channels % groups:
        b.fail(layer, f"{groups!r} groups do not divide {x.channels} channels", "mend the model's configuration")
    size = pair(b, layer, "kernel_size", default=None if kernel.ndim != 4 else kernel.shape[0])
    wanted = (*size, x.channels // groups, layer.config.get("filters", kernel.shape[-1]))
    return weight(b, layer, role, wanted), groups


def depthwise_kernel(b: Builder, layer: Layer, x: Value) -> np.ndarray:
    """The kernel (kh, kw, channels, multiplier), from whichever role the file gives it."""
    role = "depthwise_kernel" if "depthwise_kernel" in layer.weights or "kernel" not in layer.weights else "kernel"
    kernel = weight(b, layer, role)
    size = pair(b, layer, "kernel_size", default=None if kernel.ndim != 4 else kernel.shape[0])
    multiplier = layer.config.get("depth_multiplier", 1) or 1
    return weight(b, layer, role, (*size, x.channels, multiplier))


def as_groups(kernel: Kernel) -> Kernel:
    """A depthwise kernel (kh, kw, c, M) as a grouped one (kh, kw, 1, c * M): output channel c * M + m."""
    kh, kw, channels, multiplier = kernel.weights.shape
    return Kernel(kernel.weights.reshape(kh, kw, 1, channels * multiplier), np.tile(kernel.factor, channels))


def opening(b: Builder, layer: Layer, x: Value) -> None:
    demand_map(b, layer, x.rank)
    demand_channels_last(b, layer)


def conv2d(b: Builder, layer: Layer, x: Value) -> Value:
    opening(b, layer, x)
    latent, groups = full_kernel(b, layer, x)
    kernel = plain(latent)
    return finish(b, layer, convolve(b, layer, x, kernel, groups), kernel.factor)


def depthwise_conv2d(b: Builder, layer: Layer, x: Value) -> Value:
    opening(b, layer, x)
    kernel = as_groups(plain(depthwise_kernel(b, layer, x)))
    return finish(b, layer, convolve(b, layer, x, kernel, x.channels), kernel.factor)


def separable_conv2d(b: Builder, layer: Layer, x: Value) -> Value:
    opening(b, layer, x)
    return pointwise(
        b,
        layer,
        convolve(b, layer, x, as_groups(plain(depthwise_kernel(b, layer, x))), x.channels, suffix="depthwise"),
        None,
    )


def pointwise(b: Builder, layer: Layer, x: Value, kernel: Kernel | None) -> Value:
    """The second half of a separable convolution: 1 x 1, bias, activation."""
    if kernel is None:
        kernel = plain(weight(b, layer, "pointwise_kernel", (1, 1, x.channels, layer.config.get("filters"))))
    return finish(b, layer, b.emit(Conv(kernel.weights), [x], layer), kernel.factor)


def pad_fill(b: Builder, layer: Layer, x: Value) -> Fill:
    """Larq's `pad_values`: what padding 'same' adds to the input once it is quantized."""
    value = layer.config.get("pad_values") or 0
    fills: Mapping[object, Fill] = {0: Fill.ZERO, 1: Fill.PLUS_ONE, -1: Fill.MINUS_ONE}
    if isinstance(value, bool) or value not in fills:
        b.refuse(layer, f"pad_values must be 0, 1 or -1, got {value!r}", "mend the layer's configuration")
        return Fill.ZERO
    if value and not x.bit and layer.config.get("padding") == "same":
        b.refuse(
            layer,
            f"pad_values is {value}, but its input is not made of bits",
            "give it an input_quantizer, or pad_values=0",
        )
        return Fill.ZERO
    return fills[value]


def quant_conv2d(b: Builder, layer: Layer, x: Value) -> Value:
    opening(b, layer, x)
    latent, groups = full_kernel(b, layer, x)
    kernel = larq_kernel(
        b, layer, "kernel_quantizer", latent, over_bits=name_of(layer.config.get("input_quantizer")) != "none"
    )
    x = larq_input(b, layer, "input_quantizer", x)
    return finish(b, layer, convolve(b, layer, x, kernel, groups, pad_fill(b, layer, x)), kernel.factor)


def quant_depthwise_conv2d(b: Builder, layer: Layer, x: Value) -> Value:
    opening(b, layer, x)
    latent = depthwise_kernel(b, layer, x)
    signs = name_of(layer.config.get("input_quantizer")) != "none"
    kernel = as_groups(larq_kernel(b, layer, "depthwise_quantizer", latent, over_bits=signs))
    x = larq_input(b, layer, "input_quantizer", x)
    return finish(b, layer, convolve(b, layer, x, kernel, x.channels, pad_fill(b, layer, x)), kernel.factor)


def quant_separable_conv2d(b: Builder, layer: Layer, x: Value) -> Value:
    opening(b, layer, x)
    latent = depthwise_kernel(b, layer, x)
    signs = name_of(layer.config.get("input_quantizer")) != "none"
    kernel = as_groups(larq_kernel(b, layer, "depthwise_quantizer", latent, over_bits=signs))
    x = larq_input(b, layer, "input_quantizer", x)
    x = convolve(b, layer, x, kernel, x.channels, pad_fill(b, layer, x), "depthwise")
    x = b.scale(kernel.factor, constant(0, x.channels), x, layer, "factor")
    second = weight(b, layer, "pointwise_kernel", (1, 1, x.channels, layer.config.get("filters")))
    signs = name_of(layer.config.get("intermediate_quantizer")) != "none"
    kernel = larq_kernel(b, layer, "pointwise_quantizer", second, over_bits=signs)
    x = larq_input(b, layer, "intermediate_quantizer", x, "intermediate")
    return pointwise(b, layer, x, kernel)


def cbcnn_conv2d(b: Builder, layer: Layer, x: Value) -> Value:
    opening(b, layer, x)
    latent, groups = full_kernel(b, layer, x)
    area = latent.shape[0] * latent.shape[1]
    kernel = cbcnn_kernel(b, layer, latent, area * (latent.shape[2] * groups + latent.shape[3]))
    return finish(b, layer, convolve(b, layer, x, kernel, groups), kernel.factor)


def signed_input(b: Builder, layer: Layer, x: Value) -> Value:
    """Binloom's layers sign what they are given if `binary_input` says so."""
    return b.emit(Sign(1), [x], layer, "sign") if layer.config.get("binary_input") else x


def binloom_conv2d(b: Builder, layer: Layer, x: Value) -> Value:
    opening(b, layer, x)
    latent, groups = full_kernel(b, layer, x)
    kernel = binloom_kernel(b, layer, latent)
    return finish(b, layer, convolve(b, layer, signed_input(b, layer, x), kernel, groups), kernel.factor)


def binloom_depthwise_conv2d(b: Builder, layer: Layer, x: Value) -> Value:
    opening(b, layer, x)
    kernel = as_groups(binloom_kernel(b, layer, depthwise_kernel(b, layer, x)))
    return finish(b, layer, convolve(b, layer, signed_input(b, layer, x), kernel, x.channels), kernel.factor)


LAYERS = {
    ("keras", "Conv2D"): conv2d,
    ("keras", "DepthwiseConv2D"): depthwise_conv2d,
    ("keras", "SeparableConv2D"): separable_conv2d,
    ("larq", "QuantConv2D"): quant_conv2d,
    ("larq", "QuantDepthwiseConv2D"): quant_depthwise_conv2d,
    ("larq", "QuantSeparableConv2D"): quant_separable_conv2d,
    ("cbcnn", "BinaryConv2D"): cbcnn_conv2d,
    ("binloom", "BinaryConv2D"): binloom_conv2d,
    ("binloom", "BinaryDepthwiseConv2D"): binloom_depthwise_conv2d,
}
