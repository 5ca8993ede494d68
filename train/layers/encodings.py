"""Other ways of pixels into binary layers, which the bit-plane input is compared with.

    direct_binary_input(x)           DBID: the bits of a pixel as channels of the first layer
    binary_input_layer(x, 32)        BIL: a binary 1 x 1 convolution first makes other channels of these bits
    Thermometer(32)(x)               as many bits set as the pixel has passed levels

DBID and BIL are of "Binary Input Layer: Training of CNN models with binary input data" (arXiv 1812.03410). All give
bits, for a binary layer of any kind to follow.
"""

import keras
from keras import ops

from binloom.train.layers.binary import BinaryConv2D, Sign
from binloom.train.layers.bit_planes import BitPlanes
from binloom.train.precision import exact


@keras.saving.register_keras_serializable(package="binloom")
class Thermometer(keras.layers.Layer):
    """y[c * levels + k] = +1 where x[c] >= lo + (hi - lo) * (2 * k + 1) / (2 * levels), -1 elsewhere.

    The bounds lie in the middle of `levels` equal steps from `lo` to `hi`, rounded to float32. No gradient passes.
    """

    def __init__(self, levels: int = 32, *, lo: float = 0, hi: float = 255, **config):
        if levels < 1 or not lo < hi:
            raise ValueError(f"levels must be at least 1, and lo below hi, got {levels}, {lo} and {hi}")
        super().__init__(**exact(config))
        self.levels, self.lo, self.hi = levels, lo, hi

    @property
    def bounds(self) -> list[float]:
        return [self.lo + (self.hi - self.lo) * (2 * k + 1) / (2 * self.levels) for k in range(self.levels)]

    def call(self, inputs):
        bounds = ops.convert_to_tensor(self.bounds, "float32")
        above = ops.expand_dims(ops.cast(inputs, "float32"), -1) >= bounds
        bits = 2 * ops.cast(above, self.compute_dtype) - 1
        return ops.reshape(bits, (*ops.shape(inputs)[:-1], inputs.shape[-1] * self.levels))

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], input_shape[-1] * self.levels)

    def get_config(self):
        return {**super().get_config(), "levels": self.levels, "lo": self.lo, "hi": self.hi}


def direct_binary_input(x, *, bits: int = 8, name: str = "dbid"):
    """DBID: all bits of whole numbers 0..2**bits - 1 as channels."""
    return BitPlanes(bits, bits=bits, name=name)(x)


def binary_input_layer(x, channels: int, *, bits: int = 8, name: str = "bil"):
    """BIL: which bits make a channel, and with which sign, is learned, by a binary 1 x 1 convolution over all bits."""
    x = direct_binary_input(x, bits=bits, name=f"{name}_bits")
    x = BinaryConv2D(channels, 1, use_bias=False, name=f"{name}_mix")(x)
    x = keras.layers.BatchNormalization(name=f"{name}_norm")(x)
    return Sign(name=f"{name}_sign")(x)
