"""Images made up for trainings of a second: a bright square whose place tells the class, in noise."""

from pathlib import Path

import numpy as np

from binloom.train.data import Dataset

# A recipe of their name for a small VGG, first with sums as they come, then with sums of 8 bits.
TWO_STAGES = """\
data = "blobs"
[vgg]
width = 0.0625
planes = 2
clip = true
[[fit]]
epochs = 9
rate = 0.01
batch = 30
clip = false
[[fit]]
epochs = 9
rate = 0.01
batch = 30
freeze = ["input_norm"]
"""


def blobs(images: int, seed: int = 0, size: int = 8, classes: int = 3) -> tuple[np.ndarray, np.ndarray]:
    """Images and their classes."""
    random = np.random.default_rng(seed)
    labels = np.arange(images) % classes
    x = random.integers(0, 120, (images, size, size, 1), np.uint8)
    for image, label in zip(x, labels, strict=True):
        image[2 * label : 2 * label + 3, 1:6] += 100
    return x, labels


def arrays(images: int = 240, train: int = 180) -> dict[str, np.ndarray]:
    """A data set as a file holds it: the first `train` images to train on, the others to test on."""
    x, y = blobs(images)
    return {"x_train": x[:train], "y_train": y[:train], "x_test": x[train:], "y_test": y[train:]}


def dataset(images: int = 240, train: int = 180) -> Dataset:
    return Dataset.of("blobs", arrays(images, train), "here")


def write(folder: Path, recipe: str) -> Path:
    """The data set as `set.npz` and a recipe as `mine.toml`, in `folder`."""
    np.savez(folder / "set.npz", **arrays())
    (folder / "mine.toml").write_text(recipe)
    return folder
