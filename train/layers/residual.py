"""The layers of residual binary nets: signs and slopes that are shifted by channel, and shortcuts of few bits.

RSign and RPReLU are ReActNet's (Liu et al. 2020). FixedPoint says of how many bits a shortcut is: in training as on
the chip, so that what is trained is what runs.
"""

import keras
from keras import ops

from binloom.compiler.lower.residual import SHIFT_TOP, SLOPE_TOP
from binloom.train.precision import exact
from binloom.train.quantizers import known_gradient, on_grid, sign


@keras.saving.register_keras_serializable(package="binloom")
class RSign(keras.layers.Layer):
    """y[..., c] = q(x[..., c] - threshold[c]): +1 where x >= threshold, -1 elsewhere; thresholds are learned.

    `gradient` is one of `quantizers.GRADIENTS`; ReActNet's is "polynomial".
    """

    def __init__(self, *, gradient: str = "polynomial", threshold_initializer="zeros", **config):
        super().__init__(**exact(config))
        self.gradient = known_gradient(gradient)
        self.threshold_initializer = keras.initializers.get(threshold_initializer)

    def build(self, input_shape):
        self.threshold = self.add_weight(
            shape=(input_shape[-1],), initializer=self.threshold_initializer, name="threshold"
        )

    def call(self, inputs):
        return sign(inputs - self.threshold, self.gradient)

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        stored = keras.initializers.serialize(self.threshold_initializer)
        return {**super().get_config(), "gradient": self.gradient, "threshold_initializer": stored}


@keras.saving.register_keras_serializable(package="binloom")
class RPReLU(keras.layers.Layer):
    """With u = x[..., c] - shift[c]:   y[..., c] = offset[c] + (u where u >= 0, slope[c] * u elsewhere).

    Shifts, slopes and offsets are learned. With `fraction` they are whole numbers of few bits, in training too: shift
    and offset count in steps of 2**-fraction and have 16 bits, slopes in steps of 2**-slope_fraction and have 8 bits.
    Over an input of at most 16 bits and as many binary places every number then fits into float32, so that Keras, the
    graph and the chip agree to the bit.
    """

    def __init__(
        self, *, fraction: int | None = None, slope_fraction: int = 6, slope_initializer: object = 0.25, **config
    ):
        super().__init__(**exact(config))
        self.fraction = fraction
        self.slope_fraction = slope_fraction
        constant = isinstance(slope_initializer, int | float)
        start = keras.initializers.Constant(slope_initializer) if constant else slope_initializer
        self.slope_initializer = keras.initializers.get(start)

    def build(self, input_shape):
        channels = (input_shape[-1],)
        self.shift = self.add_weight(shape=channels, initializer="zeros", name="shift")
        self.slope = self.add_weight(shape=channels, initializer=self.slope_initializer, name="slope")
        self.offset = self.add_weight(shape=channels, initializer="zeros", name="offset")

    def call(self, inputs):
        shift, slope, offset = self.shift, self.slope, self.offset
        if self.fraction is not None:
            shift, offset = (on_grid(value, 2.0**-self.fraction, SHIFT_TOP) for value in (shift, offset))
            slope = on_grid(slope, 2.0**-self.slope_fraction, SLOPE_TOP)
        u = inputs - shift
        return ops.where(u >= 0, u, slope * u) + offset

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        own = {"fraction": self.fraction, "slope_fraction": self.slope_fraction}
        stored = keras.initializers.serialize(self.slope_initializer)
        return {**super().get_config(), **own, "slope_initializer": stored}


@keras.saving.register_keras_serializable(package="binloom")
class FixedPoint(keras.layers.Layer):
    """y = min(max(floor(x * 2**fraction + 1/2), -top), top) / 2**fraction,       top = 2**(bits - 1) - 1.

    A number of `bits` bits with its sign, `fraction` of them behind the point; what is larger saturates. The gradient
    passes where nothing does.
    """

    def __init__(self, bits: int = 8, fraction: int = 4, **config):
        super().__init__(**exact(config))
        if not 2 <= bits <= 16:
            raise ValueError(f"a fixed-point number has 2 to 16 bits, got {bits}")
        self.bits = bits
        self.fraction = fraction

    def call(self, inputs):
        return on_grid(inputs, 2.0**-self.fraction, (1 << (self.bits - 1)) - 1)

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        return {**super().get_config(), "bits": self.bits, "fraction": self.fraction}
