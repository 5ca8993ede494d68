"""Batch normalisation in 8 bits, for where no sign follows: Algorithm 2 of "Binary Neural Networks at the Edge".

At inference the layer computes with whole numbers, and gives what the hardware gives, to the bit, on any backend. In
training it normalises by the batch, in real numbers between an int8 input and an int8 output; once frozen it computes
as at inference and only passes gradients on, so that a network can be frozen and trained on layer by layer.
"""

from typing import Any

import keras
from keras import ops

from binloom.compiler.int8_norm import ADDEND, CODE, FINEST, LARGEST, RANGE_BITS, RULE, Places
from binloom.train.precision import exact
from binloom.train.quantizers import clip, half_up, on_grid, with_gradient_of


@keras.saving.register_keras_serializable(package="binloom")
class Int8BatchNormalization(keras.layers.BatchNormalization):
    """gamma * (x - mean) / sigma + beta with sigma = sqrt(variance + epsilon), over the channels, in whole numbers.

        x = i / 2**input_fraction, y = o / 2**output_fraction, i and o whole numbers from -127 to 127
        parameters   gamma, beta, mean / 2**unit, sigma / 2**unit
        range bits   clip(ceil(log2(largest |parameter|)), 0, 15), of all channels together
        F            15 - range bits
        code(w)      floor(w * 2**F + 1/2), at most 32767 either way; sigma's at least 1
        R            floor(code(gamma) * 2**F / code(sigma) + 1/2), at most 32767 either way
        T            code(beta) * 2**F - code(mean) * R
        y'           R * i / 2**(F + unit + input_fraction) + T / 2**(2 * F)
        o            floor(y' * 2**output_fraction + 1/2), at most 127 either way

    An input that is no such i is first rounded to the nearest. `unit` is 0 in the thesis; where gamma / sigma is much
    smaller or larger than the parameters, another one keeps more of its bits. Besides these, the layer takes the
    arguments of `BatchNormalization`.
    """

    def __init__(self, *, input_fraction: int = 0, output_fraction: int = 4, unit: int = 0, **config):
        if not Places(input_fraction, output_fraction, unit).possible:
            raise ValueError(f"{RULE}, got {input_fraction}, {output_fraction} and {unit}")
        super().__init__(**exact(config))
        if self.axis not in (-1, [-1]):
            raise ValueError(f"it normalises the channels, axis=-1, got {self.axis}")
        self.input_fraction, self.output_fraction, self.unit = input_fraction, output_fraction, unit

    def freeze(self) -> None:
        """From here on training leaves the parameters alone, and the layer computes as at inference."""
        self.trainable = False

    def call(self, inputs, training=None, mask=None):
        x = on_grid(inputs, 2.0**-self.input_fraction, LARGEST)
        step = 2.0**-self.output_fraction
        real = super().call(x, training=training, mask=mask)
        if training and self.trainable:
            return on_grid(real, step, LARGEST)
        codes = self._unit(ops.cast(x * 2.0**self.input_fraction, "int32"))
        exact = ops.cast(codes, self.compute_dtype) * step
        return with_gradient_of(exact, clip(real, -LARGEST * step, LARGEST * step))

    def _unit(self, x):
        """int8 codes of int8 codes. All that is held here fits into 32 bits."""
        format, ratio, offset = self._codes()
        fine = self.input_fraction + self.unit  # a product has format + fine places, the offset 2 * format
        shift = format + fine - self.output_fraction
        coarse = ops.right_shift(
            x * ratio + scaled(offset, fine - format) + ops.left_shift(1, ops.maximum(shift - 1, 0)),
            ops.maximum(shift, 0),
        )
        rounded = ops.right_shift(scaled(offset, 1 + self.output_fraction - 2 * format) + 1, 1)
        as_fine = ops.left_shift(x * ratio, ops.clip(-shift, 0, -FINEST)) + ops.clip(rounded, -ADDEND, ADDEND)
        return ops.clip(ops.where(shift >= 1, coarse, as_fine), -LARGEST, LARGEST)

    def _codes(self) -> tuple[Any, Any, Any]:
        """The places of the format, and of each channel R and T, in int32."""
        mean, variance = number(self.moving_mean), number(self.moving_variance)
        sigma = ops.sqrt(variance + self.epsilon)
        gamma = number(self.gamma) if self.scale else ops.ones_like(mean)
        beta = number(self.beta) if self.center else ops.zeros_like(mean)
        parameters = ops.stack([gamma, beta, mean * 2.0**-self.unit, sigma * 2.0**-self.unit])
        limits = ops.convert_to_tensor([2.0**k for k in range(RANGE_BITS)], "float32")
        format = RANGE_BITS - ops.sum(ops.cast(ops.max(ops.abs(parameters)) > limits, "int32"))
        grids = ops.convert_to_tensor([2.0**k for k in range(RANGE_BITS + 1)], "float32")
        gamma, beta, mean, sigma = ops.unstack(
            ops.cast(ops.clip(half_up(parameters * ops.take(grids, format)), -CODE, CODE), "int32")
        )
        sigma = ops.maximum(sigma, 1)
        whole = ops.left_shift(gamma, format)
        below = ops.floor_divide(whole, sigma)
        # floor(whole / sigma + 1/2): one more where the rest is half of sigma at least.
        ratio = below + ops.cast(2 * (whole - below * sigma) >= sigma, "int32")
        ratio = ops.clip(ratio, -CODE, CODE)
        return format, ratio, ops.left_shift(beta, format) - mean * ratio

    def get_config(self):
        own = {"input_fraction": self.input_fraction, "output_fraction": self.output_fraction, "unit": self.unit}
        return {**super().get_config(), **own}


def number(variable):
    return ops.cast(ops.convert_to_tensor(variable), "float32")


def scaled(value, places):
    """floor(value * 2**places), at most ADDEND either way."""
    lower = ops.right_shift(value, ops.clip(-places, 0, 31))
    most = ops.right_shift(ADDEND, ops.clip(places, 0, 31))
    upper = ops.where(
        value > most, ADDEND, ops.where(value < -most, -ADDEND, ops.left_shift(value, ops.clip(places, 0, 31)))
    )
    return ops.clip(ops.where(places <= 0, lower, upper), -ADDEND, ADDEND)
