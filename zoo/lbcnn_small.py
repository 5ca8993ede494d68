"""Makes a small LB-CNN for MNIST: `lbcnn_small.h5` and its model card's figures.

    python -m binloom.zoo.lbcnn_small --data mnist.npz --out DIR [--seed 1]

The authors' structure: depthwise kernels of -1 and +1 over whole numbers, nothing between them but max pools that
overlap, and a dense layer of whole numbers. The kernels are random and stay so; the dense layer is the ridge
regression of the classes on what they make of the images (an extreme learning machine), and its weights are rounded.
Sums over images are taken in batches, so that memory does not grow with their number.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path

import keras
import numpy as np

MULTIPLIERS = (32, 2)
LARGEST = 127  # weight of the dense layer: eight bits
RIDGE = 3e-3  # of the mean square of a feature, times the number of images
BATCH = 1000


def build(seed: int = 1, classes: int = 10) -> keras.Model:
    """Two depthwise convolutions of random kernels, each behind it a pool, and a dense layer of zeros."""
    random, layers = np.random.default_rng(seed), keras.layers
    stack: list[keras.layers.Layer] = [keras.Input((28, 28, 1), name="pixels")]
    for number, multiplier in enumerate(MULTIPLIERS, 1):
        stack += [
            layers.DepthwiseConv2D(
                3, padding="same", depth_multiplier=multiplier, use_bias=False, name=f"depthwise{number}"
            ),
            layers.MaxPooling2D(4, strides=2, padding="same", name=f"pool{number}"),
        ]
    model = keras.Sequential(
        [*stack, layers.Flatten(name="flatten"), layers.Dense(classes, name="dense")], name="lbcnn_small"
    )
    for layer in model.layers:
        if isinstance(layer, layers.DepthwiseConv2D):
            layer.set_weights([random.choice([-1.0, 1.0], layer.kernel.shape)])
    model.get_layer("dense").set_weights([np.zeros(w.shape) for w in model.get_layer("dense").get_weights()])
    return model


def features(model: keras.Model, images: np.ndarray) -> Iterator[np.ndarray]:
    """What the dense layer is given for pixels from 0 to 1, batch after batch, with a column of ones."""
    front = keras.Model(model.inputs, model.get_layer("flatten").output)
    for start in range(0, len(images), BATCH):
        found = front.predict_on_batch(images[start : start + BATCH].astype(np.float32) / 255)
        yield np.concatenate([found, np.ones((len(found), 1), np.float32)], axis=1)


def solve(model: keras.Model, images: np.ndarray, labels: np.ndarray) -> None:
    """Set the dense layer to the ridge regression of +-1 for each class, in whole numbers."""
    classes = model.output_shape[-1]
    size = model.get_layer("dense").kernel.shape[0] + 1
    gram, right = np.zeros((size, size)), np.zeros((size, classes))
    wanted = 2.0 * np.eye(classes)[labels] - 1
    for number, found in enumerate(features(model, images)):
        gram += found.T @ found
        right += found.T @ wanted[number * BATCH : number * BATCH + len(found)]
    gram[np.diag_indices(size)] += RIDGE * np.trace(gram) / size
    weights = np.linalg.solve(gram, right)
    step = np.abs(weights[:-1]).max() / LARGEST
    model.get_layer("dense").set_weights([np.rint(weights[:-1] / step), np.rint(weights[-1] / step)])


def right(model: keras.Model, images: np.ndarray, labels: np.ndarray) -> int:
    found = model.predict(images.astype(np.float32) / 255, batch_size=BATCH, verbose=0)
    return int((found.argmax(-1) == labels).sum())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="x_train, y_train, x_test, y_test as uint8")
    parser.add_argument("--out", type=Path, required=True, help="folder for lbcnn_small.h5")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    with np.load(args.data) as file:
        data = {name: file[name] for name in ("x_train", "y_train", "x_test", "y_test")}
    model = build(args.seed)
    solve(model, data["x_train"].reshape(-1, 28, 28, 1), data["y_train"].astype(int))
    found = right(model, data["x_test"].reshape(-1, 28, 28, 1), data["y_test"])
    print(f"test images classified right: {found} of {len(data['y_test'])}")
    args.out.mkdir(parents=True, exist_ok=True)
    model.save(args.out / "lbcnn_small.h5", include_optimizer=False)


if __name__ == "__main__":
    main()
