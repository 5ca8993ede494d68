"""Trains a small CBCNN for Fashion-MNIST: `cbcnn_small.h5` and its model card's figures.

    python -m binloom.zoo.cbcnn_small --data fashion_mnist.npz --out DIR [--epochs 2] [--images 12000] [--seed 1]

The paper's blocks, one after the other: BinaryConv2D with Glorot's H, max pool, batch normalisation, sign; then two
binary dense layers. Zeros are put between the bits at the border, and a tie becomes -1, as in the paper's code.
"""

import argparse
from pathlib import Path

import keras
import numpy as np

from binloom.train.layers.cbcnn import BinaryConv2D, BinaryDense, binary_tanh


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


def train(model: keras.Model, data: dict[str, np.ndarray], epochs: int, batch: int = 64, rate: float = 0.005) -> None:
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
    parser.add_argument("--out", type=Path, required=True, help="folder for cbcnn_small.h5")
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--images", type=int, default=12_000, help="of the training set, the first so many")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    data = dict(np.load(args.data))
    data |= {name: data[name][: args.images] for name in ("x_train", "y_train")}
    keras.utils.set_random_seed(args.seed)
    model = build()
    train(model, data, args.epochs)
    right = int((model.predict(data["x_test"], batch_size=500, verbose=0).argmax(-1) == data["y_test"]).sum())
    print(f"test images classified right: {right} of {len(data['y_test'])}")
    args.out.mkdir(parents=True, exist_ok=True)
    model.save(args.out / "cbcnn_small.h5", include_optimizer=False)


if __name__ == "__main__":
    main()
