"""A net of convolutions of codes of every kind, in Keras on the backend of the environment, and golden.

    KERAS_BACKEND=jax python -m tests.train.ovsf_golden

Its sums are whole multiples of 1/128 that float32 holds: so its results are demanded to be equal, element by element.
"""

import tests.keras_env  # noqa: F401  isort: skip

import tempfile
from fractions import Fraction
from pathlib import Path

import keras
import numpy as np
from keras import layers, ops

from binloom.compiler.ir.interpret import run
from binloom.compiler.ir.ops import OvsfConv
from binloom.compiler.lower import LowerOptions, lower
from binloom.compiler.passes import run_passes
from binloom.compiler.reader import read_model
from binloom.train.layers import OvsfConv2D, Sign


def net(seed: int = 3) -> keras.Model:
    """Codes over pixels, over bits with a border, without order, of one code, of a list; strides and gaps."""
    model = keras.Sequential(
        [
            keras.Input((10, 9, 2)),
            OvsfConv2D(4, 2, ratio=0.5, codes="mixed", use_bias=True),
            layers.BatchNormalization(),
            OvsfConv2D(8, (4, 2), ratio=0.25, codes="spread", padding="same", binary_input=True),
            layers.BatchNormalization(),
            OvsfConv2D(4, 3, ratio=0.125, order="chw", strides=2, dilation_rate=1, padding="same", binary_input=True),
            layers.BatchNormalization(),
            Sign(),
            OvsfConv2D(4, 2, codes=[9, 0, 15], dilation_rate=2),
            layers.BatchNormalization(),
            OvsfConv2D(3, 1, ratio=0.01, binary_input=True),
            layers.Flatten(),
        ]
    )
    rng = np.random.default_rng(seed)
    for layer in model.layers:
        if isinstance(layer, OvsfConv2D):
            coefficients, *bias = layer.get_weights()
            ends = rng.choice([-1, 1, 0, 0.25], coefficients.shape)
            drawn = np.where(rng.random(coefficients.shape) < 0.3, ends, rng.uniform(-1, 1, coefficients.shape))
            layer.set_weights([drawn, *(rng.integers(-9, 9, one.shape) for one in bias)])
        elif isinstance(layer, layers.BatchNormalization):
            n = layer.gamma.shape[0]
            spread = rng.uniform(0.5, 2, n) * np.where(np.arange(n) % 3 == 1, -1, 1)
            layer.set_weights([spread, rng.normal(0, 0.2, n), rng.normal(0, 0.5, n) + 1 / 3, rng.uniform(1, 9, n)])
    return model


def demand_equal(folder: Path) -> None:
    """Keras' numbers and those of the integer graph, on the backend that Keras runs on."""
    model = net()
    images = np.random.default_rng(1).integers(0, 256, (30, 10, 9, 2))
    images[0], images[1] = 0, 255
    for suffix in ("keras", "h5"):
        path = folder / f"net.{suffix}"
        model.save(path)
        want = ops.convert_to_numpy(model(images.astype(np.float32)))
        graph = lower(read_model(path), LowerOptions(input_scale=Fraction(1)))
        after = run_passes(graph)
        assert sum(isinstance(node.op, OvsfConv) for node in after) == 5
        ((name, got),) = run(after, images).items()
        scale = Fraction(after.meta["outputs"][name]["scale"])  # type: ignore[index]
        assert np.array_equal(got.reshape(want.shape) * float(scale), want)
        again = keras.models.load_model(path)
        assert np.array_equal(ops.convert_to_numpy(again(images.astype(np.float32))), want)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as made:
        demand_equal(Path(made))
    print(f"equal on {keras.backend.backend()}")
