"""Trains a small BinaryFlex: `binaryflex_small.h5` and its model card's figures.

    python -m binloom.zoo.binaryflex_small --data fashion_mnist.npz --out DIR [--codes spread] [--epochs 6] [--seed 1]

A stem of all codes over the pixels, two FlexModules with a quarter of the codes, an average, ten classes. `--codes`
says which quarter: the first, evenly spread, or `pruned`: half of the epochs with all codes, after which each layer
keeps the quarter with the largest coefficients.
"""

import argparse
from pathlib import Path

import keras
import numpy as np

from binloom.train.layers import pruned
from binloom.train.models import binaryflex

RATIO = 0.25


def build(codes: str, ratio: float = RATIO) -> keras.Model:
    return binaryflex(
        (28, 28, 1),
        10,
        stem=32,
        stem_strides=2,
        width=(32, 64),
        strides=(1, 2),
        ratios=(ratio, ratio),
        squeeze=2,
        codes=codes,
        name="binaryflex_small",
    )


def train(
    model: keras.Model, x: np.ndarray, y: np.ndarray, *, epochs: int, batch: int = 100, rate: float = 0.005
) -> None:
    """Adam with a rate that falls to zero along a cosine."""
    model.compile(
        optimizer=keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(rate, epochs * -(-len(x) // batch))),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    model.fit(x, y, batch_size=batch, epochs=epochs, verbose=2)


def trained(codes: str, x: np.ndarray, y: np.ndarray, *, epochs: int) -> keras.Model:
    """A net with a quarter of its codes, after so many epochs in all."""
    if codes != "pruned":
        model = build(codes)
        train(model, x, y, epochs=epochs)
        return model
    whole = build("first", 1.0)
    train(whole, x, y, epochs=epochs - epochs // 2)
    model = pruned(whole, RATIO, names=("flex1_kernel", "flex2_kernel"))
    train(model, x, y, epochs=epochs // 2, rate=0.0025)
    return model


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--codes", choices=("first", "spread", "pruned"), default="spread")
    parser.add_argument("--epochs", type=int, default=6)
    parser.add_argument("--images", type=int, default=60_000, help="training images, the first of the set")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    keras.utils.set_random_seed(given.seed)
    with np.load(given.data) as data:
        x, y, x_test, y_test = (data[name] for name in ("x_train", "y_train", "x_test", "y_test"))
    x, y = x[: given.images].reshape(-1, 28, 28, 1).astype(np.float32), y[: given.images].ravel()
    model = trained(given.codes, x, y, epochs=given.epochs)
    given.out.mkdir(parents=True, exist_ok=True)
    model.save(given.out / "binaryflex_small.h5", include_optimizer=False)
    loss, accuracy = model.evaluate(x_test.reshape(-1, 28, 28, 1).astype(np.float32), y_test.ravel(), verbose=0)
    print(f"{given.codes}: loss {loss:.4f}, accuracy {accuracy:.4%}")


if __name__ == "__main__":
    main()
