"""Trains the small Fashion-MNIST network that ships with binloom: `fashion_small.h5` and its model card's figures.

    python -m binloom.zoo.fashion_small --data fashion_mnist.npz --out DIR [--epochs 40] [--seed 1]

It shows each kind of layer once on the way from pixels to classes: 8-bit pixels under +-1 kernels, max pools,
BatchNormalization that becomes a bound, XNOR convolutions, a binary dense layer, and a last BatchNormalization that
stays a number.
"""

import argparse
from pathlib import Path
from typing import Any

import keras
import numpy as np

from binloom.train.layers import BinaryConv2D, BinaryDense

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


def train(model: keras.Model, data: dict[str, np.ndarray], epochs: int, batch: int = 128, rate: float = 0.01) -> None:
    """Adam with a rate that falls to zero along a cosine; no choice is made by looking at the test set."""
    steps = epochs * (len(data["x_train"]) // batch)
    model.compile(
        optimizer=keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(rate, steps)),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    model.fit(data["x_train"], data["y_train"], batch_size=batch, epochs=epochs, verbose=2)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="x_train, y_train, x_test, y_test as uint8")
    parser.add_argument(
        "--out", type=Path, required=True, help="folder for fashion_small.h5 and the names of its classes"
    )
    parser.add_argument("--epochs", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    data = dict(np.load(args.data))
    keras.utils.set_random_seed(args.seed)
    model = build()
    train(model, data, args.epochs)
    right = int((model.predict(data["x_test"], batch_size=500, verbose=0).argmax(-1) == data["y_test"]).sum())
    print(f"test images classified right: {right} of {len(data['y_test'])}")
    args.out.mkdir(parents=True, exist_ok=True)
    model.save(args.out / "fashion_small.h5", include_optimizer=False)
    (args.out / "fashion_small.classes.txt").write_text("".join(f"{name}\n" for name in CLASSES))


if __name__ == "__main__":
    main()
