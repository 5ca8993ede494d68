"""Trains a small CBCNN for traffic signs in colour: `cbcnn_small.h5` and its model card's figures.

    python -m binloom.zoo.cbcnn_small --data gtsrb.npz --out DIR [--epochs 20] [--seed 1]

Every unit of the paper: the image compression block in front, so that it takes a camera's pixels; three blocks of
BinaryConv2D with Glorot's H, max pool, batch normalisation, sign; then two binary dense layers. Zeros are put between
the bits at the border, and a tie becomes -1, as in the paper's code.
"""

import keras

from binloom.train.layers import image_compression
from binloom.train.layers.cbcnn import BinaryConv2D, BinaryDense, binary_tanh
from binloom.zoo.script import run


def build(channels: tuple[int, int, int] = (32, 40, 64), units: int = 64, classes: int = 43) -> keras.Model:
    """The image compression block, three blocks and two dense layers."""
    layers = keras.layers
    pixels = keras.Input((32, 32, 3), name="pixels")
    x = image_compression(pixels)
    for number, filters in enumerate(channels, 1):
        x = BinaryConv2D(filters, 3, padding="same", H="Glorot", use_bias=False, name=f"conv{number}")(x)
        x = layers.MaxPooling2D(2, name=f"pool{number}")(x)
        x = layers.BatchNormalization(epsilon=1e-6, name=f"norm{number}")(x)
        x = layers.Activation(binary_tanh, name=f"sign{number}")(x)
    x = BinaryDense(units, H="Glorot", use_bias=False, name="dense1")(layers.Flatten(name="flatten")(x))
    x = layers.Activation(binary_tanh, name="sign4")(layers.BatchNormalization(epsilon=1e-6, name="norm4")(x))
    x = BinaryDense(classes, H="Glorot", use_bias=False, name="dense2")(x)
    return keras.Model(pixels, layers.BatchNormalization(epsilon=1e-6, name="norm5")(x), name="cbcnn_small")


if __name__ == "__main__":
    run("cbcnn_small", __doc__, build, epochs=20, batch=64, rate=0.005)
