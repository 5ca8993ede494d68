"""Trains a small ReActNet on Fashion-MNIST: `react_small.h5` and its model card's figures.

    python -m binloom.zoo.react_small --data fashion_mnist.npz --out DIR [--epochs 4] [--seed 1]

Every unit of a residual binary net is in it: signs with learned thresholds, slopes with learned shifts, shortcuts of 8
bits that saturate, an average pool with the channels beside themselves where the size is halved.
"""

from functools import partial

import keras
from keras import layers

from binloom.train.layers import BinaryConv2D
from binloom.train.models.react import block
from binloom.train.models.residual import INT8, classified, normalised, stages
from binloom.zoo.script import run


def build(width: int = 16, depths: tuple[int, ...] = (2, 2, 2), classes: int = 10) -> keras.Model:
    """A stem of kernels of -1 and +1 that halves the image, and six binary convolutions with shortcuts."""
    image = keras.Input((28, 28, 1), name="pixels")
    x = layers.Rescaling(1 / 255)(image)
    x = INT8(normalised(BinaryConv2D(width, 3, strides=2, padding="same", use_bias=False)(x)))
    x = stages(x, depths, width, partial(block, grid=INT8))
    return classified(image, x, classes, "react_small")


if __name__ == "__main__":
    run("react_small", __doc__, build, epochs=4, rate=0.005)
