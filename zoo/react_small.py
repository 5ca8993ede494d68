"""Trains a small ReActNet on Fashion-MNIST: `react_small.h5` and its model card's figures.

    python -m binloom.zoo.react_small --data fashion_mnist.npz --out DIR [--epochs 4] [--seed 1]

Every unit of a residual binary net is in it: signs with learned thresholds, slopes with learned shifts, shortcuts of 8
bits that saturate, an average pool with the channels beside themselves where the size is halved.
"""

import argparse
from pathlib import Path

import keras
import numpy as np
from keras import layers

from binloom.train.layers import BinaryConv2D
from binloom.train.models.react import block
from binloom.train.models.residual import INT8, classified, normalised


def build(width: int = 16, depths: tuple[int, ...] = (2, 2, 2), classes: int = 10) -> keras.Model:
    """A stem of kernels of -1 and +1 that halves the image, and six binary convolutions with shortcuts."""
    image = keras.Input((28, 28, 1), name="pixels")
    x = layers.Rescaling(1 / 255)(image)
    x = INT8(normalised(BinaryConv2D(width, 3, strides=2, padding="same", use_bias=False)(x)))
    for stage, depth in enumerate(depths):
        for index in range(depth):
            x = block(x, width << stage, 2 if stage and not index else 1, INT8)
    return classified(image, x, classes, "react_small")


def train(model: keras.Model, data: dict[str, np.ndarray], epochs: int, batch: int = 128, rate: float = 0.005) -> None:
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
    parser.add_argument("--out", type=Path, required=True, help="folder for react_small.h5")
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    data = dict(np.load(args.data))
    keras.utils.set_random_seed(args.seed)
    model = build()
    train(model, data, args.epochs)
    found = model.predict(data["x_test"], batch_size=500, verbose=0).argmax(-1)
    print(f"test images classified right: {int((found == data['y_test']).sum())} of {len(found)}")
    args.out.mkdir(parents=True, exist_ok=True)
    model.save(args.out / "react_small.h5", include_optimizer=False)


if __name__ == "__main__":
    main()
