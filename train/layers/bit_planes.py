"""Bit-plane input: "Binary Neural Networks at the Edge", 3.2. Pixels go into binary convolutions as the bits they are.

    x = bit_plane_input(keras.Input((28, 28, 1)), filters=8)        # 28 x 28 x 8 maps, signed by the layer that follows

Each of the planes of a channel meets filters of its own, so that a bit counts as what it is; what they find is brought
to 8 bits by a BatchNormalization of the plane's own, and put together with the weight of the plane.
"""

import keras
from keras import ops

from binloom.train.layers.binary import BinaryDepthwiseConv2D
from binloom.train.layers.int8 import Int8BatchNormalization
from binloom.train.precision import exact


@keras.saving.register_keras_serializable(package="binloom")
class BitPlanes(keras.layers.Layer):
    """y[c * planes + p] = +1 where bit (bits - planes + p) of x[c] is set, -1 elsewhere.

    x holds pixels as they are, whole numbers of 0..2**bits - 1: no Rescaling may come before it. The planes are the
    most significant, the least of them first. They have no gradient: nothing before them is trained.
    """

    def __init__(self, planes: int = 8, *, bits: int = 8, **config):
        if not 1 <= planes <= bits <= 16:
            raise ValueError(f"planes must lie in 1..bits, and bits in 1..16, got {planes} of {bits}")
        super().__init__(**exact(config))
        self.planes, self.bits = planes, bits

    def call(self, inputs):
        places = ops.convert_to_tensor(list(range(self.bits - self.planes, self.bits)), "int32")
        # In whole numbers: compiled graphs divide numbers of float32 by what is nearly their divisor.
        bits = ops.bitwise_and(ops.right_shift(ops.expand_dims(ops.cast(inputs, "int32"), -1), places), 1)
        shape = ops.shape(inputs)
        return ops.reshape(2 * ops.cast(bits, self.compute_dtype) - 1, (*shape[:-1], inputs.shape[-1] * self.planes))

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], input_shape[-1] * self.planes)

    def get_config(self):
        return {**super().get_config(), "planes": self.planes, "bits": self.bits}


@keras.saving.register_keras_serializable(package="binloom")
class ShiftAdd(keras.layers.Layer):
    """y[c * N + n] = sum over p below `planes` of 2**p * x[(c * planes + p) * N + n], N = `filters`."""

    def __init__(self, planes: int, filters: int, **config):
        if planes < 1 or filters < 1:
            raise ValueError(f"planes and filters must be at least 1, got {planes} and {filters}")
        super().__init__(**exact(config))
        self.planes, self.filters = planes, filters

    def call(self, inputs):
        weights = ops.convert_to_tensor([[2.0**p] for p in range(self.planes)], self.compute_dtype)
        shape = ops.shape(inputs)
        split = ops.reshape(inputs, (*shape[:-1], -1, self.planes, self.filters))
        return ops.reshape(ops.sum(split * weights, axis=-2), (*shape[:-1], inputs.shape[-1] // self.planes))

    def compute_output_shape(self, input_shape):
        if input_shape[-1] % (self.planes * self.filters):
            raise ValueError(
                f"{self.filters} filters on each of {self.planes} planes do not fit {input_shape[-1]} channels"
            )
        return (*input_shape[:-1], input_shape[-1] // self.planes)

    def get_config(self):
        return {**super().get_config(), "planes": self.planes, "filters": self.filters}


def bit_plane_input(x, filters: int, *, planes: int = 8, bits: int = 8, name: str = "input", **convolution):
    """The whole input layer over pixels `x`: `filters` maps for each channel, whole multiples of a power of two.

    The arguments of the convolution are those of `BinaryDepthwiseConv2D`: kernel_size (3), strides, padding ("same").
    """
    config = {"kernel_size": 3, "padding": "same", "use_bias": False, **convolution}
    x = BitPlanes(planes, bits=bits, name=f"{name}_bits")(x)
    x = BinaryDepthwiseConv2D(depth_multiplier=filters, **config, name=f"{name}_filters")(x)
    # The sums of 3 x 3 bits have a deviation of about 3: divided by 4, their BatchNormalization keeps its bits.
    x = Int8BatchNormalization(unit=2, name=f"{name}_norm")(x)
    return ShiftAdd(planes, filters, name=f"{name}_sum")(x)
