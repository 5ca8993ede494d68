"""The weights of a hidden layer: -H and +H by chance. H is a power of two, which is exact in floats, and no more than
a shift on the chip."""

import math

import keras
import numpy as np

LOOKED_AT = 2_000  # images that sums are measured on


def draw(layer: keras.layers.Dense, features: np.ndarray, seed: int) -> None:
    """Gives a layer its kernel. Of these features, whole numbers, a row an image, sums have a mean square near 1."""
    shape = (features.shape[1], layer.units)
    signs = np.random.default_rng((seed, layer.units)).integers(0, 2, shape, np.int8) * np.float32(2) - 1
    square = float(np.square(features.astype(np.float32) @ signs, dtype=np.float64).mean())
    layer.set_weights([signs * np.float32(2.0 ** -round(math.log2(square) / 2) if square else 1.0)])
