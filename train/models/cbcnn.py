"""CBCNN: blocks of a binary convolution, a max pool, a normalisation and a sign, then two binary dense layers.

In the dialect of its authors' code (train/layers/cbcnn.py): zeros between the bits at the border, a tie becomes -1. The
paper counts parameters, and four blocks of 128 filters with a dense layer of 256 have exactly as many: 480,404 for
28 x 28 x 1 and ten classes, 587,222 for 32 x 32 x 1 and 43.
"""

from collections.abc import Sequence

import keras
from keras import layers

from binloom.train.layers.cbcnn import BinaryConv2D, BinaryDense, binary_tanh
from binloom.train.layers.compression import image_compression


def cbcnn(
    input_shape: tuple[int, int, int] = (28, 28, 1),
    classes: int = 10,
    *,
    filters: Sequence[int] = (128, 128, 128, 128),
    units: int = 256,
    compression: bool = False,
    H: float | str = 1.0,
) -> keras.Model:
    """Raw pixels, brought to -1 .. 1 or compressed; a block of so many filters each, every one of which halves the
    image."""
    image = keras.Input(input_shape, name="pixels")
    x = image_compression(image) if compression else layers.Rescaling(2 / 255, -1, name="rescale")(image)
    for number, count in enumerate(filters, 1):
        x = BinaryConv2D(count, 3, padding="same", H=H, use_bias=False, name=f"conv{number}")(x)
        x = layers.MaxPooling2D(2, name=f"pool{number}")(x)
        x = layers.Activation(binary_tanh, name=f"sign{number}")(_normalised(x, number))
    last = len(filters) + 1
    x = BinaryDense(units, H=H, use_bias=False, name="dense1")(layers.Flatten(name="flatten")(x))
    x = layers.Activation(binary_tanh, name=f"sign{last}")(_normalised(x, last))
    x = BinaryDense(classes, H=H, use_bias=False, name="dense2")(x)
    return keras.Model(image, _normalised(x, last + 1), name="cbcnn")


def _normalised(x, number: int):
    return layers.BatchNormalization(epsilon=1e-6, momentum=0.9, name=f"norm{number}")(x)
