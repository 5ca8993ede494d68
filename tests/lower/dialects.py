"""Keras 3 stand-ins for layers of Larq, CBCNN and Keras 2, written from their descriptions; they save as those do."""

from tests.keras_env import keras  # isort: skip

import numpy as np
from keras import layers, ops

larq = keras.saving.register_keras_serializable(package="larq")
keras2 = keras.saving.register_keras_serializable(package="keras")
cbcnn = keras.saving.register_keras_serializable(package="CBCNN")


@larq
def ste_sign(x):
    return ops.where(x >= 0, ops.ones_like(x), -ops.ones_like(x))


def magnitude_aware_sign(x):
    return ste_sign(x) * ops.mean(ops.abs(x), axis=list(range(len(x.shape) - 1)))


QUANTIZERS = {
    None: lambda x: x,
    "ste_sign": ste_sign,
    "approx_sign": ste_sign,
    "swish_sign": ste_sign,
    "magnitude_aware_sign": magnitude_aware_sign,
}


def same_padding(shape, kernel, strides, dilation):
    pads = []
    for axis in (0, 1):
        reach = (kernel[axis] - 1) * dilation[axis] + 1
        total = max((-(-shape[1 + axis] // strides[axis]) - 1) * strides[axis] + reach - shape[1 + axis], 0)
        pads.append((total // 2, total - total // 2))
    return [(0, 0), *pads, (0, 0)]


class Quantized:
    """Quantizers and padding values, kept in the configuration under Larq's keys."""

    quantizer_keys: tuple[str, ...] = ()

    def __init__(self, *args, pad_values=0.0, **config):
        self.quantizers = {key: config.pop(key, None) for key in ("input_quantizer", *self.quantizer_keys)}
        self.pad_values = pad_values
        super().__init__(*args, **config)

    def quantized(self, key, x):
        return QUANTIZERS[self.quantizers[key]](x)

    def padded(self, x):
        """(input, padding): Larq pads by hand where it pads with something else than zeros."""
        if self.padding != "same" or not self.pad_values:
            return x, self.padding
        pads = same_padding(x.shape, self.kernel_size, self.strides, self.dilation_rate)
        return ops.pad(x, pads, constant_values=self.pad_values), "valid"

    def finished(self, x):
        x = x if self.bias is None else x + self.bias
        return self.activation(x)

    def get_config(self):
        return {**super().get_config(), "pad_values": self.pad_values, **self.quantizers}


@larq
class QuantConv2D(Quantized, layers.Conv2D):
    quantizer_keys = ("kernel_quantizer",)

    def call(self, x):
        x, padding = self.padded(self.quantized("input_quantizer", x))
        kernel = self.quantized("kernel_quantizer", self.kernel)
        return self.finished(ops.conv(x, kernel, self.strides, padding, dilation_rate=self.dilation_rate))


@larq
class QuantDepthwiseConv2D(Quantized, layers.DepthwiseConv2D):
    quantizer_keys = ("depthwise_quantizer",)

    def call(self, x):
        x, padding = self.padded(self.quantized("input_quantizer", x))
        kernel = self.quantized("depthwise_quantizer", self.kernel)
        return self.finished(ops.depthwise_conv(x, kernel, self.strides, padding))


@larq
class QuantSeparableConv2D(Quantized, layers.SeparableConv2D):
    quantizer_keys = ("depthwise_quantizer", "pointwise_quantizer", "intermediate_quantizer")

    def call(self, x):
        x, padding = self.padded(self.quantized("input_quantizer", x))
        kernel = self.quantized("depthwise_quantizer", self.depthwise_kernel)
        x = self.quantized("intermediate_quantizer", ops.depthwise_conv(x, kernel, self.strides, padding))
        return self.finished(ops.conv(x, self.quantized("pointwise_quantizer", self.pointwise_kernel)))


@larq
class QuantDense(Quantized, layers.Dense):
    quantizer_keys = ("kernel_quantizer",)

    def call(self, x):
        kernel = self.quantized("kernel_quantizer", self.kernel)
        return self.finished(ops.matmul(self.quantized("input_quantizer", x), kernel))


class Quantizer(layers.Layer):
    """Larq's quantizers are layers, too; forward they are all one."""

    def call(self, x):
        return ste_sign(x)


@larq
class SteSign(Quantizer):
    pass


@larq
class ApproxSign(Quantizer):
    pass


@larq
class SwishSign(Quantizer):
    pass


@larq
class NoOp(layers.Layer):
    def call(self, x):
        return x


@keras2
class SyncBatchNormalization(layers.BatchNormalization):
    """Keras 3 made an option of it."""


@cbcnn
def binary_tanh(x):
    return 2 * ops.round(ops.clip(0.5 * x + 0.5, 0, 1)) - 1


class Scaled:
    """H, a number or "Glorot", and the kernel binarised to -H and +H."""

    def __init__(self, *args, H=1.0, **config):
        self.H = H
        super().__init__(*args, **config)

    def binarised(self):
        shape = self.kernel.shape
        area = int(np.prod(shape[:-2]))
        h = np.float32(np.sqrt(1.5 / (area * (shape[-2] + shape[-1])))) if self.H == "Glorot" else self.H
        return h * binary_tanh(self.kernel / h)

    def get_config(self):
        return {**super().get_config(), "H": self.H}


@cbcnn
class BinaryConv2D(Scaled, layers.Conv2D):
    def call(self, x):
        x = ops.conv(x, self.binarised(), self.strides, self.padding)
        return self.activation(x if self.bias is None else x + self.bias)


@cbcnn
class BinaryDense(Scaled, layers.Dense):
    def call(self, x):
        x = ops.matmul(x, self.binarised())
        return self.activation(x if self.bias is None else x + self.bias)
