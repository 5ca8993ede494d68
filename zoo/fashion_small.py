"""Trains the small Fashion-MNIST network that ships with binloom: `fashion_small.h5` and its model card's figures.

    python -m binloom.zoo.fashion_small --data fashion_mnist.npz --out DIR [--epochs 40] [--seed 1]

It shows each kind of layer once on the way from pixels to classes: 8-bit pixels under +-1 kernels, max pools,
BatchNormalization that becomes a bound, XNOR convolutions, a binary dense layer, and a last BatchNormalization that
stays a number.
"""

from typing import Any

import keras

from binloom.train.layers import BinaryConv2D, BinaryDense
from binloom.zoo.script import run

CLASSES = (
    "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
)  # fmt: skip


def build(channels: tuple[int, int, int] = (24, 48, 64), classes: int = 10) -> keras.Model:
    """Three convolutions, each halved by a max pool, and one dense layer."""
    first, second, third = channels
    same: dict[str, Any] = {"padding": "same", "use_bias": False}
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((28, 28, 1), name="pixels"),
            layers.Rescaling(1 / 255, name="rescale"),
            BinaryConv2D(first, 3, name="conv1", **same),
            layers.MaxPooling2D(2, name="pool1"),
            layers.BatchNormalization(name="norm1"),
            BinaryConv2D(second, 3, binary_input=True, name="conv2", **same),
            layers.MaxPooling2D(2, name="pool2"),
            layers.BatchNormalization(name="norm2"),
            BinaryConv2D(third, 3, binary_input=True, name="conv3", **same),
            layers.MaxPooling2D(2, name="pool3"),
            layers.BatchNormalization(name="norm3"),
            layers.Flatten(name="flatten"),
            BinaryDense(classes, binary_input=True, use_bias=False, name="dense"),
            layers.BatchNormalization(name="norm4"),
        ],
        name="fashion_small",
    )


if __name__ == "__main__":
    folder = run("fashion_small", __doc__, build, epochs=40)
    (folder / "fashion_small.classes.txt").write_text("".join(f"{name}\n" for name in CLASSES))
