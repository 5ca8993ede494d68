"""Kernels by chance."""

import keras
import numpy as np


def draw(model: keras.Model, seed: int) -> None:
    """Every depthwise kernel becomes -1 and +1 at random."""
    random = np.random.default_rng(seed)
    for layer in model.layers:
        if isinstance(layer, keras.layers.DepthwiseConv2D):
            layer.set_weights([random.choice([-1.0, 1.0], layer.kernel.shape).astype(np.float32)])
