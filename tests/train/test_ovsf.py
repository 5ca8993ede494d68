"""Convolutions of codes: what the layer says in Keras, how it learns, and that the integers say the same."""

import os
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
from keras import layers, ops

from binloom.train.layers import OvsfConv2D, pruned
from binloom.train.layers.ovsf import fixed, tree_codes
from tests.train.ovsf_golden import demand_equal

NUMBERS = np.array([-1, -0.999, -0.5 / 128, -0.3 / 128, 0, 0.49 / 128, 0.5 / 128, 1.5 / 128, 0.5, 1], np.float32)
STEPS = [-127, -127, 0, 0, 0, 0, 1, 2, 64, 127]


def test_the_codes_are_those_of_the_tree() -> None:
    assert tree_codes(1).tolist() == [[1]]
    assert tree_codes(4).tolist() == [[1, 1, 1, 1], [1, 1, -1, -1], [1, -1, 1, -1], [1, -1, -1, 1]]
    assert np.array_equal(tree_codes(64) @ tree_codes(64).T, 64 * np.eye(64))


def test_coefficients_are_steps() -> None:
    assert (ops.convert_to_numpy(fixed(NUMBERS)) * 128).tolist() == STEPS


def test_configuration_comes_back() -> None:
    layer = OvsfConv2D(4, (2, 3), ratio=0.5, codes="spread", order="chw", strides=2, padding="same", use_bias=True)
    again = OvsfConv2D.from_config(layer.get_config())
    assert again.get_config() == layer.get_config()
    assert layer.compute_output_shape((None, 7, 8, 3)) == (None, 4, 4, 4)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"ratio": 0}, "ratio must lie above 0"),
        ({"codes": "last"}, "codes must be 'first', 'spread'"),
        ({"order": "whc"}, "order must be one of hwc, chw"),
        ({"padding": "full"}, "padding must be"),
    ],
)
def test_rules(options: dict, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        OvsfConv2D(4, 2, **options)


def test_pruning_keeps_the_strongest_codes() -> None:
    model = keras.Sequential([keras.Input((4, 4, 4)), OvsfConv2D(2, 2, name="flex"), layers.Flatten()])
    coefficients = np.full((16, 2), 0.01)
    coefficients[[3, 7, 12, 15]] = [[0.5, 0], [0, -0.7], [0.4, 0.4], [-0.3, 0.3]]
    model.get_layer("flex").set_weights([coefficients])
    smaller = pruned(model, 0.25)
    layer = smaller.get_layer("flex")
    assert layer.get_config()["codes"] == [3, 7, 12, 15]
    assert np.array_equal(layer.get_weights()[0], coefficients[[3, 7, 12, 15]].astype(np.float32))
    twice = pruned(smaller, 0.125)
    assert twice.get_layer("flex").get_config()["codes"] == [7, 12]


def test_it_learns() -> None:
    keras.utils.set_random_seed(1)
    x = np.random.default_rng(1).choice([-1.0, 1.0], (256, 4, 4, 2)).astype(np.float32)
    kernel = tree_codes(32)[:8].T @ np.random.default_rng(2).uniform(-1, 1, (8, 1))
    y = x.reshape(256, -1) @ kernel
    model = keras.Sequential([keras.Input((4, 4, 2)), OvsfConv2D(1, 4, ratio=0.25), layers.Flatten()])
    model.compile(keras.optimizers.Adam(0.02), "mse")
    before = model.evaluate(x, y, verbose=0)
    model.fit(x, y, epochs=30, batch_size=64, verbose=0)
    assert model.evaluate(x, y, verbose=0) < 0.02 * before


def test_integers_say_what_keras_says(tmp_path: Path) -> None:
    demand_equal(tmp_path)


def test_and_what_keras_says_on_jax() -> None:
    environment = {**os.environ, "KERAS_BACKEND": "jax", "JAX_PLATFORMS": "cpu"}
    command = [sys.executable, "-m", "tests.train.ovsf_golden"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)
    assert done.stdout.strip() == "equal on jax", done.stderr[-2000:]
