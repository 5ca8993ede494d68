"""Trains a small network with every unit of "Binary Neural Networks at the Edge": `thesis_small.h5` and its card.

    python -m binloom.zoo.thesis_small --data fashion_mnist.npz --out DIR [--epochs 5] [--seed 1]

Pixels come in as bit planes, each under filters and an int8 BatchNormalization of its own; sums of binary convolutions
are clipped to 8 bits; int8 BatchNormalizations stand in front of a residual addition, and thresholds everywhere else.
"""

import argparse
from pathlib import Path
from typing import Any

import keras
import numpy as np

from binloom.train.layers import BinaryConv2D, BinaryDense, Clip, Int8BatchNormalization, bit_plane_input

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
    parser.add_argument("--out", type=Path, required=True, help="folder for thesis_small.h5")
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    data = dict(np.load(args.data))
    keras.utils.set_random_seed(args.seed)
    model = build()
    train(model, data, args.epochs)
    right = int((model.predict(data["x_test"], batch_size=500, verbose=0).argmax(-1) == data["y_test"]).sum())
    print(f"test images classified right: {right} of {len(data['y_test'])}")
    args.out.mkdir(parents=True, exist_ok=True)
    model.save(args.out / "thesis_small.h5", include_optimizer=False)


if __name__ == "__main__":
    main()
