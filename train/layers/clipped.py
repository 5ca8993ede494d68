"""A saturated sum: what the 8-bit dataflow of "Binary Neural Networks at the Edge" (3.1) puts behind a binary layer.

The finished sum saturates, not each step of it, so that the order of accumulation does not matter: 100 + 100 - 100 is
100, whatever is added first.
"""

import keras

from binloom.train.precision import exact
from binloom.train.quantizers import clip


@keras.saving.register_keras_serializable(package="binloom")
class Clip(keras.layers.Layer):
    """y = min(max(x, lo), hi), elementwise; the gradient passes unchanged where lo <= x <= hi and is zero outside."""

    def __init__(self, lo: float = -127, hi: float = 127, **config):
        if not lo <= hi:
            raise ValueError(f"lo must not exceed hi, got {lo} and {hi}")
        super().__init__(**exact(config))
        self.lo, self.hi = lo, hi

    def call(self, inputs):
        return clip(inputs, self.lo, self.hi)

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        return {**super().get_config(), "lo": self.lo, "hi": self.hi}
