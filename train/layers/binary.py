"""Layers whose kernels are bits: Keras' own, told to take the sign of their latent kernel, and of their input if asked.

Each takes the arguments of the Keras layer it is named after (strides, padding, dilation_rate, groups, use_bias, ...)
and these:

    binary_input       the layer first takes the sign of what it is given
    input_gradient     of that sign, one of `quantizers.GRADIENTS`
    kernel_gradient    of the kernel's sign, without `tau`
    tau                standardised weights, as in ReCU: `quantizers.revived` carries the kernel's gradient, with this
                       quantile (0.85 at first, 0.99 in the end), and latent weights are kept at a mean of 0, filter by
                       filter. Stored weights are then the standardised ones, up to a factor, and their signs the bits

Padding 'same' inserts its zeros after the sign, so that a padded position contributes nothing. There is no scaling
factor: a BatchNormalization behind the layer does what one would do, and compiles to nothing. Stored weights are the
latent ones, without `tau` real numbers in [-1, 1]; q(w) = +1 where w >= 0, -1 elsewhere is what counts.
"""

from typing import Any

import keras
from keras import ops

from binloom.train.precision import exact
from binloom.train.quantizers import Centred, UnitClip, known_gradient, revived, sign, with_gradient_of


@keras.saving.register_keras_serializable(package="binloom")
class Sign(keras.layers.Layer):
    """y = q(x), elementwise; `gradient` is one of `quantizers.GRADIENTS`."""

    keeps_bits = True  # also in bfloat16: rounding changes no sign

    def __init__(self, *, gradient: str = "clipped", **config):
        super().__init__(**config)
        self.gradient = known_gradient(gradient)

    def call(self, inputs):
        return sign(inputs, self.gradient)

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        return {**super().get_config(), "gradient": self.gradient}


class Binary:
    """What the layers below have in common: what they are told, and the bits of input and kernel."""

    kernel: Any
    constraint = "kernel_constraint"  # the argument that keeps latent weights where they belong

    def __init__(
        self,
        *args,
        binary_input: bool = False,
        input_gradient: str = "clipped",
        kernel_gradient: str = "clipped",
        tau: float | None = None,
        **config,
    ) -> None:
        if tau is not None and not 0.5 < tau < 1:
            raise ValueError(f"tau must lie between 0.5 and 1, got {tau}")
        keep = UnitClip() if tau is None else Centred()
        super().__init__(*args, **exact({self.constraint: keep, **config}))
        self.binary_input, self.tau = binary_input, tau
        self.input_gradient, self.kernel_gradient = known_gradient(input_gradient), known_gradient(kernel_gradient)

    def seen(self, inputs):
        """b(x)."""
        return sign(inputs, self.input_gradient) if self.binary_input else inputs

    def bits(self, kernel):
        """q(w)."""
        if self.tau is None:
            return sign(kernel, self.kernel_gradient)
        return with_gradient_of(sign(kernel), revived(kernel, self.tau))

    def get_config(self) -> dict[str, Any]:
        own = {"binary_input": self.binary_input, "input_gradient": self.input_gradient}
        own |= {"kernel_gradient": self.kernel_gradient, "tau": self.tau}
        return {**super().get_config(), **own}  # type: ignore[misc]


@keras.saving.register_keras_serializable(package="binloom")
class BinaryConv2D(Binary, keras.layers.Conv2D):
    """y[oy, ox, m] = bias[m] + sum over ky, kx, c of q(kernel[ky, kx, c, m]) * b(x[iy, ix, c]),

    iy = oy*stride + ky*dilation - padding, ix likewise,

    where b is q if `binary_input`, else the identity, and what lies outside of x counts as 0. With `groups` = g,
    c runs over the input channels of m's group.
    """

    def convolution_op(self, inputs, kernel):
        return super().convolution_op(self.seen(inputs), self.bits(kernel))


@keras.saving.register_keras_serializable(package="binloom")
class BinaryDepthwiseConv2D(Binary, keras.layers.DepthwiseConv2D):
    """y[oy, ox, c*M + m] = bias[c*M + m] + sum over ky, kx of q(kernel[ky, kx, c, m]) * b(x[oy*s + ky*d - p, ..., c])

    for m below M = `depth_multiplier`; b as in BinaryConv2D. With `tau` the kernels of all channels that make the same
    m are one filter.
    """

    constraint = "depthwise_constraint"

    def call(self, inputs):
        outputs = ops.depthwise_conv(
            self.seen(inputs),
            self.bits(self.kernel),
            strides=self.strides,
            padding=self.padding,
            dilation_rate=self.dilation_rate,
            data_format=self.data_format,
        )
        if self.use_bias:
            channels_last = self.data_format == "channels_last"
            outputs = outputs + (self.bias if channels_last else ops.reshape(self.bias, (1, -1, 1, 1)))
        return outputs if self.activation is None else self.activation(outputs)


@keras.saving.register_keras_serializable(package="binloom")
class BinaryDense(Binary, keras.layers.Dense):
    """y[m] = bias[m] + sum over n of q(kernel[n, m]) * b(x[n]); b as in BinaryConv2D."""

    def call(self, inputs):
        outputs = ops.matmul(self.seen(inputs), self.bits(self.kernel))
        if self.use_bias:
            outputs = outputs + self.bias
        return outputs if self.activation is None else self.activation(outputs)
