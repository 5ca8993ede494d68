"""The sign, its tie, and the gradient that passes through it, on whichever backend Keras runs."""

import keras
import numpy as np
import pytest
from keras import ops

from binloom.train.layers import BinaryDense, FixedPoint, Sign
from binloom.train.quantizers import UnitClip, revived, sign

# Below this, TensorFlow takes a number for zero.
TINY = np.finfo(np.float32).smallest_normal
ONE_UP = np.nextafter(np.float32(1), np.float32(2))


def test_values_are_exactly_plus_or_minus_one():
    rng = np.random.default_rng(1)
    sizes = [rng.uniform(-1.5, 1.5, 10_000) * 10.0**power for power in (-30, -7, -1, 0, 20)]
    x = np.concatenate([[0.0, -0.0, 1, -1, TINY, -TINY], *sizes]).astype(np.float32)
    got = ops.convert_to_numpy(sign(x))
    assert got.dtype == np.float32
    assert np.array_equal(got, np.where(x >= 0, 1, -1))


def test_layer_is_the_function():
    x = np.array([[-2, -0.5, -0.0, 0, 0.5]], np.float32)
    layer = Sign()
    assert ops.convert_to_numpy(layer(x)).tolist() == [[-1, -1, 1, 1, 1]]
    assert layer.compute_output_shape((None, 5)) == (None, 5)


def step(model: keras.Model, x: np.ndarray) -> None:
    """One descent of rate 1 along the sum of the outputs: each weight loses its gradient."""
    model.compile(optimizer=keras.optimizers.SGD(1.0), loss=lambda true, predicted: ops.sum(predicted))
    model.train_on_batch(x, np.zeros((len(x), 1), np.float32))


@pytest.mark.parametrize("value", [-2, -ONE_UP, -1, -0.25, 0, 0.25, 1, ONE_UP, 2])
def test_gradient_reaches_a_latent_weight_up_to_one(value):
    layer = BinaryDense(1, use_bias=False, kernel_constraint=None)
    model = keras.Sequential([keras.Input((1,)), layer])
    layer.set_weights([np.array([[value]], np.float32)])
    step(model, np.array([[3.0]], np.float32))
    assert layer.get_weights()[0] == np.float32(value) - (3 if abs(value) <= 1 else 0)


@pytest.mark.parametrize("value", [-2, -ONE_UP, -1, -0.25, 0, 0.25, 1, ONE_UP, 2])
def test_gradient_reaches_an_input_up_to_one(value):
    before = keras.layers.Dense(1, use_bias=False)
    layer = BinaryDense(1, use_bias=False, binary_input=True)
    model = keras.Sequential([keras.Input((1,)), before, layer])
    before.set_weights([np.array([[value]], np.float32)])
    layer.trainable = False  # TensorFlow 2.21 may update a variable before the step's own gradients have read it
    layer.set_weights([np.array([[-0.5]], np.float32)])
    step(model, np.ones((1, 1), np.float32))
    assert before.get_weights()[0] == np.float32(value) + (1 if abs(value) <= 1 else 0)


def slopes(gradient: str, x: np.ndarray) -> np.ndarray:
    """What a gradient of 1 behind the sign becomes in front of it."""
    model = keras.Sequential([keras.Input((1,)), Scales(x), Sign(gradient=gradient)])
    before = model.get_weights()[0]
    step(model, np.ones((1, 1), np.float32))
    return before - model.get_weights()[0]


class Scales(keras.layers.Layer):
    """Weights as they are, whatever comes in."""

    def __init__(self, values: np.ndarray) -> None:
        super().__init__()
        self.w = self.add_weight(shape=(len(values),), initializer=lambda shape, dtype=None: values)

    def call(self, x):
        return ops.ones_like(x) * self.w


@pytest.mark.parametrize(
    ("gradient", "slope"),
    [
        ("straight", lambda x: np.ones_like(x)),
        ("clipped", lambda x: np.where(np.abs(x) <= 1, 1, 0)),
        ("polynomial", lambda x: np.where(np.abs(x) <= 1, 2 - 2 * np.abs(x), 0)),
    ],
)
def test_each_gradient_is_its_formula(gradient, slope):
    x = (np.arange(-20, 21) / 8).astype(np.float32)
    assert np.array_equal(slopes(gradient, x), slope(x))


def test_standardised_weights_by_hand():
    w = np.random.default_rng(1).normal(0.3, 0.7, (3, 3, 4, 5)).astype(np.float32)
    z = 2 * np.sqrt(2) * (w - w.mean((0, 1, 2))) / np.sqrt(w.var((0, 1, 2)) + 1e-5)
    most = -np.log(2 - 2 * 0.9) * np.abs(z).mean((0, 1, 2))
    assert ops.convert_to_numpy(revived(w, 0.9)) == pytest.approx(np.clip(z, -most, most), abs=1e-5)


def test_standardised_weights_are_stored_with_a_mean_of_0_and_their_signs_are_the_bits():
    layer = BinaryDense(3, use_bias=False, tau=0.9)
    model = keras.Sequential([keras.Input((40,)), layer])
    rng = np.random.default_rng(1)
    layer.set_weights([rng.normal(0.5, 1, (40, 3)).astype(np.float32)])
    step(model, rng.integers(-9, 10, (8, 40)).astype(np.float32))
    (after,) = layer.get_weights()
    assert after.mean(axis=0) == pytest.approx([0, 0, 0], abs=1e-5)
    x = rng.integers(-9, 10, (5, 40)).astype(np.float32)
    assert np.array_equal(ops.convert_to_numpy(model(x)), x @ np.where(after >= 0, 1, -1))


@pytest.mark.parametrize("tau", [0.5, 1, 3])
def test_no_such_quantile(tau):
    with pytest.raises(ValueError, match=rf"^tau must lie between 0.5 and 1, got {tau}$"):
        BinaryDense(3, tau=tau)


def test_latent_weights_stay_within_one():
    layer = BinaryDense(1, use_bias=False)
    model = keras.Sequential([keras.Input((2,)), layer])
    layer.set_weights([np.array([[0.5], [-0.5]], np.float32)])
    step(model, np.array([[-3.0, 0.25]], np.float32))
    assert layer.get_weights()[0].tolist() == [[1], [-0.75]]
    assert isinstance(layer.kernel_constraint, UnitClip)


@pytest.mark.parametrize("places", [0, 4, 9])
def test_a_compiled_graph_rounds_to_the_same_grid(places):
    """There a division by constants may become a product with nearly their reciprocals."""
    x = np.concatenate([np.arange(-300, 301) * 2.0**-places, np.arange(-300, 301) * 2.0 ** -(places + 1)])
    image = keras.Input((len(x),))
    model = keras.Model(image, FixedPoint(8, places)(image))
    model.compile(jit_compile=False)
    x = x.astype(np.float32)[np.newaxis]
    got = model.predict(x, verbose=0)
    assert np.array_equal(got, np.clip(np.floor(x * 2.0**places + 0.5), -127, 127) * 2.0**-places)
