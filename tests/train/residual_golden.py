"""A residual net of every layer of `train/layers/residual.py`, in Keras on the backend of the environment, and golden.

    KERAS_BACKEND=jax python -m tests.train.residual_golden

Every number in it is on a grid that float32 holds: so its logits are demanded to be equal, element by element.
"""

import tests.keras_env  # noqa: F401  isort: skip

import tempfile
from fractions import Fraction
from pathlib import Path

import keras
import numpy as np
from keras import layers, ops

from binloom.compiler.ir.interpret import run
from binloom.compiler.lower import LowerOptions, lower
from binloom.compiler.passes import run_passes
from binloom.compiler.reader import read_model
from binloom.train.layers import (
    BinaryConv2D,
    BinaryDense,
    Clip,
    FixedPoint,
    Int8BatchNormalization,
    RPReLU,
    RSign,
    Sign,
)

SEED = 11


def net(bits: int = 8) -> keras.Model:
    """Two blocks with shortcuts of so many bits, the second of half the size and twice the channels."""
    x = image = keras.Input((8, 6, 3))
    x = FixedPoint(bits, -2)(BinaryConv2D(4, 3, padding="same", use_bias=False)(x))
    for strides in (1, 2):
        filters = x.shape[-1] * strides
        branch = BinaryConv2D(filters, 3, strides=strides, padding="same", use_bias=False)(RSign()(x))
        if bits == 8 and strides == 2:
            branch = Int8BatchNormalization(output_fraction=1, unit=2)(Clip()(branch))
        else:
            branch = FixedPoint(bits, 1)(layers.BatchNormalization(epsilon=0)(branch))
        shortcut = x if strides == 1 else layers.AveragePooling2D(2)(layers.Concatenate()([x, x]))
        x = RPReLU(fraction=3, slope_fraction=5)(layers.Add()([branch, shortcut]))
        x = FixedPoint(bits, -1)(x)
    x = layers.Concatenate()([x, BinaryConv2D(2, 1, use_bias=False)(Sign(gradient="polynomial")(x))])
    return keras.Model(image, BinaryDense(5)(layers.Flatten()(x)))


def randomise(model: keras.Model, rng: np.random.Generator) -> None:
    """Thresholds that are reached, shifts and slopes of every sign, normalisations whose factors are powers of two."""
    for layer in model.layers:
        if isinstance(layer, layers.BatchNormalization):
            n = layer.gamma.shape[0]
            # The int8 unit holds gamma / sigma only so far.
            least = 2 if isinstance(layer, Int8BatchNormalization) else 0
            gamma, deviation = rng.integers(-3, 4, n), 2.0 ** rng.integers(least, least + 3, n)
            layer.set_weights([gamma, rng.integers(-9, 10, n) / 4, rng.integers(-9, 10, n), deviation**2])
        elif isinstance(layer, RSign):
            layer.set_weights([rng.integers(-40, 41, weight.shape) / 2 for weight in layer.weights])
        elif isinstance(layer, RPReLU):
            layer.set_weights(
                [rng.normal(0, size, w.shape) for size, w in zip((9, 0.7, 9), layer.weights, strict=True)]
            )
        elif layer.weights:
            layer.set_weights([np.rint(rng.uniform(-9, 9, weight.shape)) / 9 for weight in layer.weights[:1]]
                              + [rng.integers(-9, 10, weight.shape) for weight in layer.weights[1:]])  # fmt: skip


def compare(bits: int, suffix: str) -> None:
    rng = np.random.default_rng(SEED)
    model = net(bits)
    randomise(model, rng)
    images = rng.integers(0, 256, (30, *model.input_shape[1:]), np.uint8)
    images[0], images[1] = 0, 255
    want = ops.convert_to_numpy(model(images.astype(np.float32)))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"model.{suffix}"
        model.save(path)
        again = keras.models.load_model(path)
        assert np.array_equal(ops.convert_to_numpy(again(images.astype(np.float32))), want)
        graph = run_passes(lower(read_model(path), LowerOptions(input_scale=Fraction(1))))
    assert not graph.meta["notes"], graph.meta["notes"]
    (says,) = graph.meta["outputs"].values()
    (got,) = run(graph, images).values()
    got = got.reshape(want.shape) * float(Fraction(says["scale"])) + float(Fraction(says["offset"]))
    wrong = np.argwhere(got != want)
    assert not len(wrong), f"seed {SEED}: {len(wrong)} of {got.size} logits differ, first (image, class) {wrong[0]}"
    assert (want.std(0) > 1).all(), f"the test is wrong: the logits hardly depend on the image, {want.std(0)}"


def main() -> None:
    for bits in (8, 16):
        compare(bits, "h5")
    print(f"equal on {keras.backend.backend()}")


if __name__ == "__main__":
    main()
