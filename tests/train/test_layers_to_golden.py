"""From Keras to integers: nets of every layer of ours, through both file formats, give the logits that Keras gives.

Weights, inputs and thresholds are random but every sum in Keras is a whole number that float32 holds exactly, or a
multiple of 1/255 far from any bound. So equality is demanded, not closeness.
"""

from fractions import Fraction
from pathlib import Path

import keras
import numpy as np
import pytest
from keras import layers, ops

from binloom.compiler.ir.interpret import run
from binloom.compiler.lower import LowerOptions, lower
from binloom.compiler.passes import run_passes
from binloom.compiler.reader import read_model
from binloom.train.layers import BinaryConv2D, BinaryDense, BinaryDepthwiseConv2D, Sign

SEED = 7


def depthwise_net() -> keras.Model:
    """Integers under depthwise kernels, bits under depthwise kernels with zeros at the border, an explicit Sign."""
    return keras.Sequential(
        [
            keras.Input((9, 7, 3)),
            BinaryDepthwiseConv2D(3, depth_multiplier=2, padding="same"),
            layers.BatchNormalization(),
            BinaryDepthwiseConv2D(2, strides=2, padding="same", binary_input=True, use_bias=False),
            layers.BatchNormalization(),
            Sign(),
            layers.Flatten(),
            BinaryDense(5),
        ]
    )


def conv_net() -> keras.Model:
    """Groups, dilation, strides, even kernels under 'same', pools before and behind the sign, dense over bits."""
    return keras.Sequential(
        [
            keras.Input((13, 12, 2)),
            BinaryConv2D(6, (3, 2), padding="same"),
            layers.MaxPooling2D(2),
            layers.BatchNormalization(),
            BinaryConv2D(8, 3, groups=2, padding="same", dilation_rate=2, binary_input=True, use_bias=False),
            layers.BatchNormalization(),
            Sign(),
            layers.MaxPooling2D(3, strides=2, padding="same"),
            BinaryConv2D(4, 2, strides=2, padding="same", use_bias=False),
            layers.BatchNormalization(),
            layers.Flatten(),
            BinaryDense(16, binary_input=True),
            layers.BatchNormalization(scale=False),
            BinaryDense(5, binary_input=True),
        ]
    )


def rescaled_net() -> keras.Model:
    """Pixels that stand for p / 255, and no bias."""
    return keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Rescaling(1 / 255),
            BinaryConv2D(4, 3, padding="same", use_bias=False),
            layers.MaxPooling2D(2),
            layers.BatchNormalization(),
            BinaryConv2D(8, 3, padding="same", binary_input=True, use_bias=False),
            layers.BatchNormalization(),
            layers.Flatten(),
            BinaryDense(5, binary_input=True, use_bias=False),
        ]
    )


def residual_net() -> keras.Model:
    """A sum of two branches that share their input, and the channels of two branches side by side."""
    image = keras.Input((6, 6, 2))
    stem = layers.BatchNormalization()(BinaryConv2D(4, 3, padding="same", use_bias=False)(image))
    left = BinaryConv2D(4, 3, padding="same", binary_input=True, use_bias=False)(stem)
    right = BinaryDepthwiseConv2D(1, binary_input=True, use_bias=False)(stem)
    both = layers.BatchNormalization()(layers.Add()([left, right]))
    wide = layers.Concatenate()([Sign()(both), Sign()(stem)])
    return keras.Model(image, BinaryDense(5)(layers.Flatten()(wide)))


def randomise(model: keras.Model, images: np.ndarray, rng: np.random.Generator) -> None:
    """Latent kernels with zeros, whole biases; BatchNormalizations rise, fall or stand still, near what they see."""
    for layer in model.layers:
        if isinstance(layer, layers.BatchNormalization):
            seen = evaluate(keras.Model(model.inputs[0], layer.input), images)
            seen = seen.reshape(-1, seen.shape[-1])
            n, deviation = seen.shape[-1], seen.std(0) + 0.1
            gamma = [np.where(np.arange(n) % 5 == 3, 0, rng.uniform(-2, 2, n))] if layer.scale else []
            mean = seen.mean(0) + rng.normal(0, 0.3, n) * deviation
            layer.set_weights([*gamma, rng.normal(0, 0.3, n), mean, deviation**2])
        elif layer.weights:
            kernel, *bias = layer.get_weights()
            kernel = rng.uniform(-1, 1, kernel.shape) * (rng.random(kernel.shape) < 0.9)
            layer.set_weights([kernel, *(rng.integers(-20, 21, b.shape) for b in bias)])


def evaluate(model: keras.Model, images: np.ndarray) -> np.ndarray:
    return ops.convert_to_numpy(model(images.astype(np.float32)))


def golden(path: Path, images: np.ndarray, scale: Fraction | None) -> np.ndarray:
    graph = run_passes(lower(read_model(path), LowerOptions(input_scale=scale)))
    (logits,) = run(graph, images).values()
    return logits.reshape(len(images), -1)


@pytest.mark.parametrize("suffix", ["h5", "keras"])
@pytest.mark.parametrize("make", [depthwise_net, conv_net, rescaled_net, residual_net])
def test_logits_are_equal(make, suffix, tmp_path):
    keras.utils.set_random_seed(SEED)
    rng = np.random.default_rng(SEED)
    model = make()
    images = rng.integers(0, 256, (40, *model.input_shape[1:]), np.uint8)
    randomise(model, images, rng)
    path = tmp_path / f"model.{suffix}"
    model.save(path)
    want = evaluate(model, images)
    assert np.array_equal(want, np.rint(want)), "the test is wrong: these logits are not whole numbers"
    assert (want.std(0) > 1).all(), f"the test is wrong: the logits hardly depend on the image, {want.std(0)}"
    got = golden(path, images, None if make is rescaled_net else Fraction(1))
    wrong = np.argwhere(got != want)
    assert not len(wrong), (
        f"seed {SEED}: {len(wrong)} of {got.size} logits differ, first (image, class) {wrong[0]}: "
        f"got {got[tuple(wrong[0])]}, expected {want[tuple(wrong[0])]}"
    )
    assert np.array_equal(got.argmax(-1), want.argmax(-1))
