"""Dense layers of every dialect. Over a feature map each one acts on the last axis: a 1 x 1 convolution."""

import numpy as np

from binloom.compiler.ir.ops import Conv, Dense
from binloom.compiler.layers import Layer
from binloom.compiler.lower.builder import Builder, Value
from binloom.compiler.lower.config import weight
from binloom.compiler.lower.convolution import finish, signed_input
from binloom.compiler.lower.quantizer import (
    Kernel,
    binloom_kernel,
    cbcnn_kernel,
    larq_input,
    larq_kernel,
    name_of,
    plain,
)


def latent_kernel(b: Builder, layer: Layer, x: Value) -> np.ndarray:
    stored = weight(b, layer, "kernel")
    return weight(b, layer, "kernel", (x.channels, layer.config.get("units", stored.shape[-1])))


def multiply(b: Builder, layer: Layer, x: Value, kernel: Kernel) -> Value:
    op = Dense(kernel.weights) if x.shape[:2] == (1, 1) else Conv(kernel.weights[None, None])
    return finish(b, layer, b.emit(op, [x], layer), kernel.factor)


def dense(b: Builder, layer: Layer, x: Value) -> Value:
    return multiply(b, layer, x, plain(latent_kernel(b, layer, x)))


def quant_dense(b: Builder, layer: Layer, x: Value) -> Value:
    signs = name_of(layer.config.get("input_quantizer")) != "none"
    kernel = larq_kernel(b, layer, "kernel_quantizer", latent_kernel(b, layer, x), over_bits=signs)
    return multiply(b, layer, larq_input(b, layer, "input_quantizer", x), kernel)


def cbcnn_dense(b: Builder, layer: Layer, x: Value) -> Value:
    latent = latent_kernel(b, layer, x)
    return multiply(b, layer, x, cbcnn_kernel(b, layer, latent, sum(latent.shape)))


def binloom_dense(b: Builder, layer: Layer, x: Value) -> Value:
    kernel = binloom_kernel(b, layer, latent_kernel(b, layer, x))
    return multiply(b, layer, signed_input(b, layer, x), kernel)


LAYERS = {
    ("keras", "Dense"): dense,
    ("larq", "QuantDense"): quant_dense,
    ("cbcnn", "BinaryDense"): cbcnn_dense,
    ("binloom", "BinaryDense"): binloom_dense,
}
