"""Trains a small CBCNN for Fashion-MNIST: `cbcnn_small.h5` and its model card's figures.

    python -m binloom.zoo.cbcnn_small --data fashion_mnist.npz --out DIR [--epochs 2] [--images 12000] [--seed 1]

The paper's blocks, one after the other: BinaryConv2D with Glorot's H, max pool, batch normalisation, sign; then two
binary dense layers. Zeros are put between the bits at the border, and a tie becomes -1, as in the paper's code.
"""

import keras

from binloom.train.layers.cbcnn import BinaryConv2D, BinaryDense, binary_tanh
from binloom.zoo.script import run


def build(channels: tuple[int, int, int] = (32, 32, 64), units: int = 64, classes: int = 10) -> keras.Model:
    """Three blocks and two dense layers."""
    layers = keras.layers
    stack = [keras.Input((28, 28, 1), name="pixels"), layers.Rescaling(2 / 255, -1, name="rescale")]
    for number, filters in enumerate(channels, 1):
        stack += [
            BinaryConv2D(filters, 3, padding="same", H="Glorot", use_bias=False, name=f"conv{number}"),
            layers.MaxPooling2D(2, name=f"pool{number}"),
            layers.BatchNormalization(epsilon=1e-6, name=f"norm{number}"),
            layers.Activation(binary_tanh, name=f"sign{number}"),
        ]
    stack += [
        layers.Flatten(name="flatten"),
        BinaryDense(units, H="Glorot", use_bias=False, name="dense1"),
        layers.BatchNormalization(epsilon=1e-6, name="norm4"),
        layers.Activation(binary_tanh, name="sign4"),
        BinaryDense(classes, H="Glorot", use_bias=False, name="dense2"),
        layers.BatchNormalization(epsilon=1e-6, name="norm5"),
    ]
    return keras.Sequential(stack, name="cbcnn_small")


if __name__ == "__main__":
    run("cbcnn_small", __doc__, build, epochs=2, images=12_000, batch=64, rate=0.005)
