"""What the scripts of the zoo have in common: train a model on a data set, say how it does on the test set, save it."""

import argparse
from collections.abc import Callable, Mapping
from pathlib import Path

import keras
import numpy as np


def run(
    name: str,
    about: str,
    build: Callable[[], keras.Model],
    *,
    epochs: int,
    images: int | None = None,
    batch: int = 128,
    rate: float = 0.01,
) -> Path:
    """The command line of the script for NAME.h5; `images` is how many training images it takes unless told.

    Gives the folder in which the model is.
    """
    parser = argparse.ArgumentParser(description=about.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="x_train, y_train, x_test, y_test as uint8")
    parser.add_argument("--out", type=Path, required=True, help=f"folder for {name}.h5")
    parser.add_argument("--epochs", type=int, default=epochs)
    parser.add_argument("--images", type=int, default=images, help="of the training set, the first so many")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    data = dict(np.load(args.data))
    data |= {part: data[part][: args.images] for part in ("x_train", "y_train")}
    keras.utils.set_random_seed(args.seed)
    model = build()
    train(model, data, args.epochs, batch, rate)
    right = int((model.predict(data["x_test"], batch_size=500, verbose=0).argmax(-1) == data["y_test"]).sum())
    print(f"test images classified right: {right} of {len(data['y_test'])}")
    args.out.mkdir(parents=True, exist_ok=True)
    model.save(args.out / f"{name}.h5", include_optimizer=False)
    out: Path = args.out
    return out


def train(model: keras.Model, data: Mapping[str, np.ndarray], epochs: int, batch: int, rate: float) -> None:
    """Adam with a rate that falls to zero along a cosine; no choice is made by looking at the test set."""
    steps = epochs * (len(data["x_train"]) // batch)
    model.compile(
        optimizer=keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(rate, steps)),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    model.fit(data["x_train"], data["y_train"], batch_size=batch, epochs=epochs, verbose=2)
