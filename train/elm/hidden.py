"""The weights of a hidden layer: -H and +H by chance. H is a power of two, which is exact in floats, and no more than
a shift on the chip."""

import math

import keras
import numpy as np

from binloom.train.models.hidden import signs

LOOKED_AT = 2_000  # images that sums are measured on


def draw(layer: keras.layers.Dense, features: np.ndarray, seed: int) -> None:
    """Gives a layer its kernel. Of these features, whole numbers, a row an image, sums have a mean square near 1."""
    drawn = signs((features.shape[1], layer.units), (seed, layer.units))
    square = float(np.square(features.astype(np.float32) @ drawn, dtype=np.float64).mean())
    layer.set_weights([drawn * np.float32(2.0 ** -round(math.log2(square) / 2) if square else 1.0)])
