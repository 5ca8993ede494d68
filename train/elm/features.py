"""What the layers in front of a dense layer make of images: whole numbers, kept in as few bytes as hold them."""

from collections.abc import Callable
from functools import lru_cache

import keras
import numpy as np

from binloom.train.elm.kernels import Kernels, Place, depthwise

BATCH = 500


def features_of(front: keras.Model, images: np.ndarray, tell: Callable[[int], None] = lambda done: None) -> np.ndarray:
    """Features (n, features) of pixels that count as they are, 0 to 255.

    Kernels of -1 and +1 make whole numbers of them, small enough for float32 to be exact. 60,000 x 15,680 take 1.9 GB.
    """
    made: np.ndarray | None = None
    for start in range(0, len(images), BATCH):
        batch = images[start : start + BATCH].astype(np.float32)
        seen = np.asarray(front.predict_on_batch(batch)).reshape(len(batch), -1)
        if made is None:
            made = np.empty((len(images), seen.shape[1]), np.int16)
        if made.dtype == np.int16 and np.abs(seen).max() > np.iinfo(np.int16).max:
            made = made.astype(np.float32)
        made[start : start + len(batch)] = seen
        tell(start + len(batch))
    assert made is not None, "no images"
    return made


@lru_cache(maxsize=8)
def front_from(config: str) -> keras.Model:
    """A front out of its `to_json`: what a worker builds once, whatever it tries with it."""
    return keras.models.model_from_json(config)


def features_with(config: str, kernels: Kernels, images: np.ndarray) -> np.ndarray:
    """All features, with these kernels."""
    front = front_from(config)
    kernels.set(front)
    return features_of(front, images)


def features_through(config: str, kernels: Kernels, place: Place, images: np.ndarray) -> np.ndarray:
    """Those features alone that a kernel has a part in."""
    layer, output = place
    chain = _chain(config, layer)
    through = []
    for index, found in enumerate(kernels.layers):
        if index <= layer:  # the one kernel of it that leads to the place
            first, count = output * found.shape[-1] // kernels.layers[layer].shape[-1], 1
        else:  # all that come of it
            count = found.shape[-1] // kernels.layers[layer].shape[-1]
            first = output * count
        through.append(found[..., first : first + count])
    Kernels(tuple(through)).set(chain)
    channel = output * images.shape[-1] // kernels.layers[layer].shape[-1]
    return features_of(chain, images[..., channel : channel + 1])


@lru_cache(maxsize=32)
def _chain(config: str, last: int) -> keras.Model:
    """The front for one channel, with one kernel in each depthwise layer up to the last."""
    front = front_from(config)
    made: list[keras.layers.Layer] = [keras.Input((*front.input_shape[1:3], 1))]
    single = depthwise(front)[: last + 1]
    for layer in front.layers:
        changed = {"depth_multiplier": 1} if layer in single else {}
        made.append(layer.__class__.from_config(layer.get_config() | changed))
    return keras.Sequential(made)
