"""Layers whose kernels are bits: Keras' own, told to take the sign of their latent kernel, and of their input if asked.

Each takes the arguments of the Keras layer it is named after (strides, padding, dilation_rate, groups, use_bias, ...)
and one more, `binary_input`: the layer first takes the sign of what it is given. Padding 'same' inserts its zeros
after that sign, so that a padded position contributes nothing. There is no scaling factor: a BatchNormalization
behind the layer does what one would do, and compiles to nothing. Stored weights are the latent ones, real numbers in
[-1, 1]; q(w) = +1 where w >= 0, -1 elsewhere is what counts.
"""

import keras
from keras import ops

from binloom.train.quantizers import UnitClip, known_gradient, sign


@keras.saving.register_keras_serializable(package="binloom")
class Sign(keras.layers.Layer):
    """y = q(x), elementwise; `gradient` is one of `quantizers.GRADIENTS`."""

    def __init__(self, *, gradient: str = "straight", **config):
        super().__init__(**config)
        self.gradient = known_gradient(gradient)

    def call(self, inputs):
        return sign(inputs, self.gradient)

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        return {**super().get_config(), "gradient": self.gradient}


@keras.saving.register_keras_serializable(package="binloom")
class BinaryConv2D(keras.layers.Conv2D):
    """y[oy, ox, m] = bias[m] + sum over ky, kx, c of q(kernel[ky, kx, c, m]) * b(x[iy, ix, c]),

    iy = oy*stride + ky*dilation - padding, ix likewise,

    where b is q if `binary_input`, else the identity, and what lies outside of x counts as 0. With `groups` = g,
    c runs over the input channels of m's group.
    """

    def __init__(self, filters, kernel_size, *, binary_input: bool = False, **config):
        super().__init__(filters, kernel_size, **{"kernel_constraint": UnitClip(), **config})
        self.binary_input = binary_input

    def convolution_op(self, inputs, kernel):
        return super().convolution_op(sign(inputs) if self.binary_input else inputs, sign(kernel))

    def get_config(self):
        return {**super().get_config(), "binary_input": self.binary_input}


@keras.saving.register_keras_serializable(package="binloom")
class BinaryDepthwiseConv2D(keras.layers.DepthwiseConv2D):
    """y[oy, ox, c*M + m] = bias[c*M + m] + sum over ky, kx of q(kernel[ky, kx, c, m]) * b(x[oy*s + ky*d - p, ..., c])

    for m below M = `depth_multiplier`; b as in BinaryConv2D.
    """

    def __init__(self, kernel_size, *, binary_input: bool = False, **config):
        super().__init__(kernel_size, **{"depthwise_constraint": UnitClip(), **config})
        self.binary_input = binary_input

    def call(self, inputs):
        outputs = ops.depthwise_conv(
            sign(inputs) if self.binary_input else inputs,
            sign(self.kernel),
            strides=self.strides,
            padding=self.padding,
            dilation_rate=self.dilation_rate,
            data_format=self.data_format,
        )
        if self.use_bias:
            channels_last = self.data_format == "channels_last"
            outputs = outputs + (self.bias if channels_last else ops.reshape(self.bias, (1, -1, 1, 1)))
        return outputs if self.activation is None else self.activation(outputs)

    def get_config(self):
        return {**super().get_config(), "binary_input": self.binary_input}


@keras.saving.register_keras_serializable(package="binloom")
class BinaryDense(keras.layers.Dense):
    """y[m] = bias[m] + sum over n of q(kernel[n, m]) * b(x[n]); b as in BinaryConv2D."""

    def __init__(self, units, *, binary_input: bool = False, **config):
        super().__init__(units, **{"kernel_constraint": UnitClip(), **config})
        self.binary_input = binary_input

    def call(self, inputs):
        outputs = ops.matmul(sign(inputs) if self.binary_input else inputs, sign(self.kernel))
        if self.use_bias:
            outputs = outputs + self.bias
        return outputs if self.activation is None else self.activation(outputs)

    def get_config(self):
        return {**super().get_config(), "binary_input": self.binary_input}
