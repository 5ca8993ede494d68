"""Trains a small network with every unit of "Binary Neural Networks at the Edge": `thesis_small.h5` and its card.

    python -m binloom.zoo.thesis_small --data fashion_mnist.npz --out DIR [--epochs 5] [--seed 1]

Pixels come in as bit planes, each under filters and an int8 BatchNormalization of its own; sums of binary convolutions
are clipped to 8 bits; int8 BatchNormalizations stand in front of a residual addition, and thresholds everywhere else.
"""

from typing import Any

import keras

from binloom.train.layers import BinaryConv2D, BinaryDense, Clip, Int8BatchNormalization, bit_plane_input
from binloom.zoo.script import run

PLANES = 8


def build(filters: int = 16, channels: int = 32, last: int = 64, classes: int = 10) -> keras.Model:
    """Bit planes, a convolution, a residual one, a pool, a last convolution, a dense layer."""
    layers = keras.layers
    same: dict[str, Any] = {"kernel_size": 3, "padding": "same", "use_bias": False, "binary_input": True}
    pixels = keras.Input((28, 28, 1), name="pixels")
    x = bit_plane_input(pixels, filters, planes=PLANES, strides=2)
    # Only the sign of a sum over planes is read; this brings the sum to where the sign has a gradient.
    x = layers.Rescaling(2.0**-PLANES, name="gradient")(x)
    x = Clip(name="clip1")(BinaryConv2D(channels, name="conv1", **same)(x))
    x = Int8BatchNormalization(unit=4, name="norm1")(x)
    y = Clip(name="clip2")(BinaryConv2D(channels, name="conv2", **same)(x))
    y = Int8BatchNormalization(unit=4, name="norm2")(y)
    x = layers.Add(name="sum")([x, y])
    x = layers.MaxPooling2D(2, name="pool")(x)
    x = Clip(name="clip3")(BinaryConv2D(last, name="conv3", **same)(x))
    x = layers.BatchNormalization(name="norm3")(x)
    x = BinaryDense(classes, binary_input=True, use_bias=False, name="dense")(layers.Flatten(name="flatten")(x))
    return keras.Model(pixels, layers.BatchNormalization(name="norm4")(x), name="thesis_small")


if __name__ == "__main__":
    run("thesis_small", __doc__, build, epochs=5)
