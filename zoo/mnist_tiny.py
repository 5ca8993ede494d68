"""Trains the MNIST network that takes the least logic: `mnist_tiny.h5` and its model card's figures.

    python -m binloom.zoo.mnist_tiny --data mnist.npz --out DIR [--epochs 20] [--seed 1]

One convolution, and nothing in it but bits: pixels are ink or paper, kernels -1 or +1, a feature is there or not. A
filter costs rows of a memory and hardly any logic, so that one layer of many is smaller than two layers of few. The
dense layer is trained anew once the filters stand still, which is worth more than anything else here; then the filters
that it uses least are left out, and its weights become whole numbers of four bits.
"""

import argparse
from pathlib import Path

import keras
import numpy as np

from binloom.train.layers import BinaryConv2D, Sign

SHIFT = 1  # pixels that a training image moves at most, each way
FILTERS = (64, 48)  # trained with, and left once the dense layer was trained anew
LARGEST = 7  # weight of the dense layer: four bits
HELD_OUT = 5_000  # training images on which FILTERS and SPREAD were chosen
DROPPED, DECAY = 0.3, 3e-4  # bits left out at random, and what weights lose, while the dense layer is trained anew
SPREAD = 3.0  # standard deviations of the real weights that this one stands for


def build(filters: int, kernel: int = 7, pool: int = 3, classes: int = 10) -> keras.Model:
    """Convolution, pool, bound, dense."""
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((28, 28, 1), name="pixels"),
            layers.Rescaling(2 / 255, -1, name="rescale"),
            BinaryConv2D(filters, kernel, binary_input=True, use_bias=False, name="conv"),
            layers.MaxPooling2D(pool, name="pool"),
            # Without a factor of its own: a max pool of bits is then an OR in every channel.
            layers.BatchNormalization(scale=False, name="norm"),
            Sign(name="features"),
            layers.Flatten(name="flatten"),
            layers.Dense(classes, name="dense"),
        ],
        name="mnist_tiny",
    )


def shifted(images: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Each image moved by a few pixels, at random, over paper."""
    padded = np.pad(images, ((0, 0), (SHIFT, SHIFT), (SHIFT, SHIFT), (0, 0)))
    moved = np.empty_like(images)
    ways = random.integers(0, 2 * SHIFT + 1, (len(images), 2))
    for y, x in np.ndindex(2 * SHIFT + 1, 2 * SHIFT + 1):
        these = (ways == (y, x)).all(axis=1)
        moved[these] = padded[these, y : y + 28, x : x + 28]
    return moved


def train(
    model: keras.Model, x: np.ndarray, y: np.ndarray, *, epochs: int, seed: int, batch: int = 128, rate: float = 0.005
) -> None:
    """Adam with a rate that falls to zero along a cosine; no choice is made by looking at the test set."""
    random = np.random.default_rng(seed)
    steps = epochs * -(-len(x) // batch)
    model.compile(
        optimizer=keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(rate, steps)),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    for epoch in range(epochs):
        # The last fifth on images as they are, which is what the test set holds.
        seen = shifted(x, random) if epoch < 0.8 * epochs else x
        model.fit(seen, y, batch_size=batch, initial_epoch=epoch, epochs=epoch + 1, verbose=2)


def features(model: keras.Model, x: np.ndarray) -> np.ndarray:
    """What the dense layer sees, as bits 0 and 1: (images, places, filters)."""
    front = keras.Sequential(model.layers[:-2])
    found = np.concatenate([front.predict(part, batch_size=500, verbose=0) > 0 for part in np.array_split(x, 20)])
    return found.reshape(len(x), -1, found.shape[-1]).astype(np.uint8)


def regress(
    x: np.ndarray, y: np.ndarray, *, seed: int, epochs: int = 16, batch: int = 250, rate: float = 0.005
) -> tuple[np.ndarray, np.ndarray]:
    """Weights and biases of a dense layer over bits: softmax regression by Adam, with decay and dropout."""
    random, classes = np.random.default_rng(seed), int(y.max()) + 1
    steps, step = epochs * (len(x) // batch), 0
    state = np.zeros((3, x.shape[1] + 1, classes), np.float32)  # parameters (the last row are biases), both moments
    weights, mean, square = state
    for _ in range(epochs):
        for rows in random.permutation(len(x))[: len(x) // batch * batch].reshape(-1, batch):
            kept = (random.random(x.shape[1], np.float32) > DROPPED) / (1 - DROPPED)
            seen = np.concatenate([x[rows] * kept, np.ones((batch, 1))], axis=1).astype(np.float32)
            scores = seen @ weights
            chances = np.exp(scores - scores.max(axis=1, keepdims=True))
            chances /= chances.sum(axis=1, keepdims=True)
            chances[np.arange(batch), y[rows]] -= 1
            slope = seen.T @ chances / batch + DECAY * weights
            step += 1
            mean += (slope - mean) * 0.1
            square += (slope * slope - square) * 0.001
            pace = rate * (1 + np.cos(np.pi * step / steps)) / 2
            weights -= pace * (mean / (1 - 0.9**step)) / (np.sqrt(square / (1 - 0.999**step)) + 1e-7)
    return weights[:-1], weights[-1]


def strongest(weights: np.ndarray, filters: int, count: int) -> np.ndarray:
    """Which filters weigh most, in their order."""
    strength = (weights.reshape(-1, filters, weights.shape[1]) ** 2).sum(axis=(0, 2))
    return np.sort(np.argsort(-strength)[:count])


def finished(model: keras.Model, x: np.ndarray, y: np.ndarray, seed: int) -> keras.Model:
    """The model with the filters that are left and whole numbers in its dense layer."""
    seen, kept = features(model, x), np.arange(FILTERS[0])
    weights, biases = regress(seen.reshape(len(x), -1), y, seed=seed)
    for count in FILTERS[1:]:
        kept = kept[strongest(weights, len(kept), count)]
        weights, biases = regress(seen[:, :, kept].reshape(len(x), -1), y, seed=seed)
    # Bits of 0 and 1 in training are -1 and +1 in the model: 2 * w . b = w . (2 * b - 1) + sum(w).
    scale = LARGEST / (SPREAD * weights.std())
    whole = np.clip(np.rint(weights * scale), -LARGEST, LARGEST)
    small = build(len(kept))
    small.get_layer("conv").set_weights([model.get_layer("conv").get_weights()[0][..., kept]])
    small.get_layer("norm").set_weights([values[kept] for values in model.get_layer("norm").get_weights()])
    small.get_layer("dense").set_weights([whole, np.rint(2 * biases * scale) + whole.sum(axis=0)])
    return small


def right(model: keras.Model, data: dict[str, np.ndarray]) -> int:
    return int((model.predict(data["x_test"], batch_size=500, verbose=0).argmax(-1) == data["y_test"]).sum())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="x_train, y_train, x_test, y_test as uint8")
    parser.add_argument("--out", type=Path, required=True, help="folder for mnist_tiny.h5")
    parser.add_argument("--trained", type=Path, help="a model of the first step, to begin with the second")
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    with np.load(args.data) as file:
        data = {name: file[name] for name in ("x_train", "y_train", "x_test", "y_test")}
    data |= {name: data[name].reshape(-1, 28, 28, 1) for name in ("x_train", "x_test")}
    keras.utils.set_random_seed(args.seed)
    args.out.mkdir(parents=True, exist_ok=True)
    if args.trained:
        model = keras.models.load_model(args.trained, compile=False)
    else:
        model = build(FILTERS[0])
        train(model, data["x_train"], data["y_train"], epochs=args.epochs, seed=args.seed)
        model.save(args.out / "mnist_tiny_trained.h5", include_optimizer=False)
    print(f"test images classified right: {right(model, data)} of {len(data['y_test'])} as trained")
    model = finished(model, data["x_train"][:-HELD_OUT], data["y_train"][:-HELD_OUT].astype(int), args.seed)
    print(f"{right(model, data)} with {FILTERS[-1]} filters and whole numbers")
    model.save(args.out / "mnist_tiny.h5", include_optimizer=False)


if __name__ == "__main__":
    main()
