"""RSign, RPReLU and FixedPoint: their formulas, their gradients, their files, and golden on two backends."""

import os
import subprocess
import sys

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import ops

from binloom.train.layers import FixedPoint, RPReLU, RSign, Sign
from binloom.train.quantizers import GRADIENTS, on_grid, sign
from tests.train.residual_golden import compare


def called(layer: keras.Layer, x: np.ndarray, *weights: object) -> np.ndarray:
    layer.build(x.shape)
    layer.set_weights([np.asarray(weight, np.float32) for weight in weights])
    got = ops.convert_to_numpy(layer(x))
    assert got.shape == tuple(layer.compute_output_shape(x.shape))
    return got


def slope_of(function, x: np.ndarray) -> np.ndarray:
    """The derivative at each x: what one descent of rate 1 along the sum takes from a weight."""
    layer = keras.layers.Dense(len(x), use_bias=False)
    model = keras.Sequential([keras.Input((1,)), layer, keras.layers.Lambda(function)])
    layer.set_weights([x[None].astype(np.float32)])
    model.compile(optimizer=keras.optimizers.SGD(1.0), loss=lambda true, predicted: ops.sum(predicted))
    model.train_on_batch(np.ones((1, 1), np.float32), np.zeros((1, len(x)), np.float32))
    return x - layer.get_weights()[0][0]


X = np.array([-2, -1, -0.75, -0.25, 0, 0.25, 0.5, 1, 1.5], np.float32)


def test_polynomial_gradient():
    inside = np.abs(X) <= 1
    assert np.array_equal(slope_of(lambda x: sign(x, "polynomial"), X), np.where(inside, 2 - 2 * np.abs(X), 0))
    assert np.array_equal(slope_of(lambda x: sign(x, "clipped"), X), inside)


@pytest.mark.parametrize("gradient", GRADIENTS)
def test_a_gradient_changes_no_value(gradient):
    x = np.random.default_rng(1).normal(size=1000).astype(np.float32)
    assert np.array_equal(ops.convert_to_numpy(sign(x, gradient)), np.where(x >= 0, 1, -1))


@pytest.mark.parametrize("make", [Sign, RSign])
def test_refuses_an_unknown_gradient(make):
    with pytest.raises(
        ValueError, match=r"^the gradient of a sign is one of straight, clipped, polynomial, got 'cubic'$"
    ):
        make(gradient="cubic")


def test_rsign_turns_at_its_threshold():
    x = np.array(
        [[-1, -0.5, 0.25], [-2, 0, 0.5], [3, -0.75, np.nextafter(np.float32(0.25), np.float32(0))]], np.float32
    )
    assert called(RSign(), x, [-1.5, -0.5, 0.25]).tolist() == [[1, 1, 1], [-1, 1, 1], [1, -1, -1]]


def test_rprelu_is_its_formula():
    x = np.random.default_rng(2).normal(0, 2, (50, 3)).astype(np.float32)
    shift, slope, offset = np.float32([[0.5, -1, 0], [0.25, -2, 0], [3, 0, -1]])
    u = x - shift
    assert np.array_equal(called(RPReLU(), x, shift, slope, offset), np.where(u >= 0, u, slope * u) + offset)


def test_rprelu_on_a_grid():
    x = np.array([[3.0, -3, 1]], np.float32)
    layer = RPReLU(fraction=2, slope_fraction=3)
    # 0.3 is nearest to 1/4, -0.31 to -5/16 on steps of 1/8: -2/8; 9999 saturates at 32767 / 4.
    got = called(layer, x, [0.3, 0.3, 9999], [1, -0.31, 99], [0, 0, 1])
    assert got.tolist() == [[2.75, 3.25 * 0.25, (1 - 32767 / 4) * 127 / 8 + 1]]


@given(st.integers(2, 16), st.integers(-4, 8), st.lists(st.floats(-1e5, 1e5, width=32), min_size=1, max_size=50))
@settings(max_examples=100, deadline=None)
def test_fixed_point_is_its_formula(bits, fraction, values):
    x = np.array(values, np.float32)
    codes = np.floor(np.ldexp(x, fraction) + np.float32(0.5))
    top = 2 ** (bits - 1) - 1
    assert np.array_equal(
        ops.convert_to_numpy(FixedPoint(bits, fraction)(x)), np.ldexp(np.clip(codes, -top, top), -fraction)
    )


def test_fixed_point_takes_halves_up():
    assert ops.convert_to_numpy(FixedPoint(8, 0)(np.float32([-1.5, -0.5, 0.5, 1.5, 200, -200]))).tolist() == [
        -1, 0, 1, 2, 127, -127,
    ]  # fmt: skip


def test_gradient_passes_where_nothing_saturates():
    assert slope_of(lambda x: on_grid(x, 0.25, 4), X).tolist() == (np.abs(X) <= 1).astype(float).tolist()


@pytest.mark.parametrize("bits", [1, 17])
def test_refuses_other_widths(bits):
    with pytest.raises(ValueError, match=f"^a fixed-point number has 2 to 16 bits, got {bits}$"):
        FixedPoint(bits)


@pytest.mark.parametrize(
    "layer",
    [
        RSign(gradient="clipped", threshold_initializer="ones"),
        RPReLU(fraction=3, slope_fraction=5, slope_initializer=0.5),
        RPReLU(slope_initializer="ones"),
        FixedPoint(16, 7),
        Sign(gradient="polynomial"),
    ],
    ids=lambda layer: layer.name,
)
def test_configuration_round_trip(layer):
    again = type(layer).from_config(layer.get_config())
    assert again.get_config() == layer.get_config()


@pytest.mark.parametrize("suffix", ["h5", "keras"])
@pytest.mark.parametrize("bits", [8, 16])
def test_golden_is_equal(bits, suffix):
    compare(bits, suffix)


def test_golden_is_equal_on_jax():
    environment = {**os.environ, "KERAS_BACKEND": "jax", "JAX_PLATFORMS": "cpu"}
    command = [sys.executable, "-m", "tests.train.residual_golden"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)
    assert done.stdout.strip() == "equal on jax", done.stderr[-2000:]
