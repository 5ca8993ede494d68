"""CBCNN's Image Compression Block: RGB to Y, histogram equalisation, standardisation of each image, in whole numbers.

    x = image_compression(keras.Input((32, 32, 3)))        # 32 x 32 x 1, multiples of 1/32 from -4 to 3.97

What these layers compute is what the graph's ops and the hardware compute, to the bit, on any backend
(`docs/image_compression.md`). They have no weights and pass no gradient on, so they stand in front of everything that
is trained; a data set may as well go through them once: `image_compression(keras.Input(...))` is a model by itself.
"""

import keras
from keras import ops

from binloom.compiler.ir.builder import LUMA
from binloom.train.precision import exact

LEVELS = 256


class OfPixels(keras.layers.Layer):
    """Takes frames of whole numbers 0..255 as they are: no Rescaling may come before it."""

    channels = 1

    def __init__(self, **config):
        super().__init__(**exact(config))

    def build(self, input_shape):
        if len(input_shape) != 4 or input_shape[-1] != self.channels or None in input_shape[1:]:
            raise ValueError(
                f"{type(self).__name__} takes (batch, height, width, {self.channels}) of known size, got {input_shape}"
            )
        super().build(input_shape)

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], 1)

    def get_config(self):
        # What Keras makes up for a layer without this leaves the name out, where __init__ has no argument for it.
        return super().get_config()


@keras.saving.register_keras_serializable(package="binloom")
class Luma(OfPixels):
    """y = floor((77 * R + 150 * G + 29 * B + 128) / 256), the brightness of RGB, 0..255 as well."""

    channels = 3

    def call(self, inputs):
        weights = ops.convert_to_tensor(LUMA, "int32")
        total = ops.sum(ops.cast(inputs, "int32") * weights, axis=-1, keepdims=True)
        return ops.cast(ops.right_shift(total + 128, 8), self.compute_dtype)


@keras.saving.register_keras_serializable(package="binloom")
class Equalise(OfPixels):
    """y = floor(255 * (c[x] - c0) / (n - c0) + 1/2): each image's histogram spread over 0..255.

    n: pixels of the image, c[v]: how many of them hold v or less, c0: how many hold its least value. Where all are
    equal, n = c0, y = x.
    """

    def call(self, inputs):
        frames = flat(inputs)
        images, pixels = ops.shape(frames)[0], frames.shape[1]
        # Each image's table stands behind that of the one before, so that all are made and read at once.
        places = frames + LEVELS * ops.expand_dims(ops.arange(images, dtype="int32"), 1)
        counts = ops.segment_sum(ops.ones_like(ops.ravel(places)), ops.ravel(places), LEVELS * images)
        counts = ops.reshape(counts, (-1, LEVELS))
        upto = ops.cumsum(counts, axis=1)
        least = ops.min(ops.where(counts > 0, upto, pixels), axis=1, keepdims=True)
        span = pixels - least
        spread = ops.floor_divide(2 * (LEVELS - 1) * (upto - least) + span, ops.maximum(2 * span, 1))
        tables = ops.where(span > 0, spread, ops.arange(LEVELS, dtype="int32"))
        found = ops.take(ops.ravel(tables), places)
        return ops.cast(ops.reshape(found, ops.shape(inputs)), self.compute_dtype)


@keras.saving.register_keras_serializable(package="binloom")
class Standardise(OfPixels):
    """(x - mean) / max(deviation, 1 / sqrt(n)) of each image, in steps of 2**-places, saturated to `bits` bits.

        d = isqrt(max(n * sum of x**2 - (sum of x)**2, n))
        y = clip(floor(2**places * (n * x - sum of x) / d + 1/2), -2**(bits - 1), 2**(bits - 1) - 1) / 2**places

    The pixels of an image are at most 2**17 and at most 2**(22 - places), so that 32 bits hold every number on the way.
    """

    def __init__(self, places: int = 5, bits: int = 8, **config):
        if not (2 <= bits <= 16 and 0 <= places < bits):
            raise ValueError(f"bits must lie in 2..16, and places in 0..bits - 1, got {bits} and {places}")
        super().__init__(**config)
        self.places, self.bits = places, bits

    def build(self, input_shape):
        super().build(input_shape)
        pixels, most = input_shape[1] * input_shape[2], 1 << min(17, 22 - self.places)
        if pixels > most:
            raise ValueError(f"an image of {self.places} places has at most {most:,} pixels, got {pixels:,}")

    def call(self, inputs):
        frames = flat(inputs)
        pixels, total = frames.shape[1], ops.sum(frames, axis=1, keepdims=True)
        rest, squares = moments(frames, total)
        deviation = root(rest, squares, pixels)
        near = (frames * pixels - total) * (2 << self.places) + deviation
        half = 1 << (self.bits - 1)
        codes = ops.clip(ops.floor_divide(near, 2 * deviation), -half, half - 1)
        return ops.cast(ops.reshape(codes, ops.shape(inputs)), self.compute_dtype) * 2.0**-self.places

    def get_config(self):
        return {**super().get_config(), "places": self.places, "bits": self.bits}


def image_compression(x, *, places: int = 5, bits: int = 8, name: str = "compression"):
    """The whole block over pixels `x`, in colour or grey."""
    if x.shape[-1] == 3:
        x = Luma(name=f"{name}_luma")(x)
    x = Equalise(name=f"{name}_equalise")(x)
    return Standardise(places, bits, name=f"{name}_standardise")(x)


def flat(images):
    """A row of whole numbers an image."""
    return ops.reshape(ops.cast(images, "int32"), (-1, images.shape[1] * images.shape[2]))


def moments(frames, total):
    """Sum and sum of squares of each row less the whole number next to its mean, which leaves the deviation alone."""
    pixels = frames.shape[1]
    centred = frames - ops.floor_divide(2 * total + pixels, 2 * pixels)
    return ops.sum(centred, axis=1, keepdims=True), ops.sum(ops.square(centred), axis=1, keepdims=True)


def root(total, squares, pixels: int):
    """isqrt(max(pixels * squares - total**2, pixels)), where that square does not fit into 32 bits.

    float32 finds the root but for a few units. What is left of the square then fits, so that it is known from numbers
    modulo 2**32, which is what products of int32 are; one step of Newton's and one down end at the very root. Where
    `pixels` is the larger, all numbers are so small that float32 holds them exactly.
    """
    real = float(pixels) * ops.cast(squares, "float32") - ops.square(ops.cast(total, "float32"))
    square = ops.where(real < pixels, pixels, pixels * squares - total * total)
    found = ops.cast(ops.sqrt(ops.maximum(real, float(pixels))), "int32")
    found = found + ops.floor_divide(square - found * found, 2 * found)
    return found - ops.cast(square - found * found < 0, "int32")
