"""The shapes that the figures are of: `python bench/nets.py NAME OUT.h5 [--seed 1]` writes one as a Keras model.

`cnv`: FINN's CNV on 32 x 32 x 3 pixels of 8 bits. `cbcnn`: CBCNN's four blocks on 28 x 28 x 1, 480,404 parameters.
Weights are random signs, and each BatchNormalization is set to what it sees of random images, so that about half of
the bits behind it are +1: what a network takes and how fast it is does not depend on what it has learned.
"""

import argparse
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import keras
import numpy as np

from binloom.train.layers import BinaryConv2D, BinaryDense

IMAGES = 16  # that set the BatchNormalizations


def cnv() -> Iterator[keras.layers.Layer]:
    """Convolutions 64-64-pool-128-128-pool-256-256 without padding, dense 512-512-10."""
    yield keras.Input((32, 32, 3), name="pixels")
    yield keras.layers.Rescaling(1 / 255, name="rescale")
    for number, filters in enumerate((64, 64, 128, 128, 256, 256), 1):
        yield BinaryConv2D(filters, 3, binary_input=number > 1, use_bias=False, name=f"conv{number}")
        yield keras.layers.BatchNormalization(name=f"norm{number}")
        if number in (2, 4):
            yield keras.layers.MaxPooling2D(2, name=f"pool{number}")
    yield from _head(512, 512)


def cbcnn() -> Iterator[keras.layers.Layer]:
    """Four blocks of a convolution to 128 channels and a pool, dense 256-10."""
    yield keras.Input((28, 28, 1), name="pixels")
    yield keras.layers.Rescaling(1 / 255, name="rescale")
    for number in range(1, 5):
        yield BinaryConv2D(128, 3, padding="same", binary_input=number > 1, use_bias=False, name=f"conv{number}")
        yield keras.layers.MaxPooling2D(2, name=f"pool{number}")
        yield keras.layers.BatchNormalization(name=f"norm{number}")
    yield from _head(256)


def _head(*widths: int, classes: int = 10) -> Iterator[keras.layers.Layer]:
    yield keras.layers.Flatten(name="flatten")
    for number, width in enumerate((*widths, classes), 1):
        yield BinaryDense(width, binary_input=True, use_bias=False, name=f"dense{number}")
        yield keras.layers.BatchNormalization(name=f"dense_norm{number}")


NETS: Mapping[str, Callable[[], Iterator[keras.layers.Layer]]] = {"cnv": cnv, "cbcnn": cbcnn}


def make(name: str, seed: int = 1) -> keras.Model:
    """The network with its random weights; the same for the same seed."""
    rng = np.random.default_rng(seed)
    model = keras.Sequential(list(NETS[name]()), name=name)
    flow = rng.integers(0, 256, (IMAGES, *model.input_shape[1:])).astype(np.float32)
    for layer in model.layers:
        if isinstance(layer, BinaryConv2D | BinaryDense):
            layer.set_weights([rng.choice([-1.0, 1.0], layer.kernel.shape)])
        elif isinstance(layer, keras.layers.BatchNormalization):
            seen = flow.reshape(-1, flow.shape[-1]).astype(np.float64)
            scale, shift, *_ = layer.get_weights()
            layer.set_weights([scale, shift, seen.mean(0), seen.var(0) + 1])
        flow = np.asarray(layer(flow))
    return model


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("name", choices=NETS)
    parser.add_argument("out", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    make(args.name, args.seed).save(args.out, include_optimizer=False)


if __name__ == "__main__":
    main()
