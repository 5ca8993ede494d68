"""Clip: values, gradients at and beyond the bounds, its configuration; and the rounding to a grid."""

import itertools

import keras
import numpy as np
import pytest
from keras import ops

from binloom.train.layers import Clip
from binloom.train.quantizers import on_grid

VALUES = np.array([-1e6, -128, -127.5, -127, -3.25, -0.0, 0.5, 126.5, 127, 128, 1e6], np.float32)


def gradient(layer: keras.layers.Layer, value: float) -> float:
    """By what one descent of rate 1 changes a weight that the layer is given as it is."""
    before = keras.layers.Dense(1, use_bias=False)
    model = keras.Sequential([keras.Input((1,)), before, layer])
    before.set_weights([np.array([[value]], np.float32)])
    model.compile(optimizer=keras.optimizers.SGD(1.0), loss=lambda true, y: ops.sum(y))
    model.train_on_batch(np.ones((1, 1), np.float32), np.zeros((1, 1), np.float32))
    return float(value - before.get_weights()[0][0, 0])


def test_clip_is_numpys():
    assert np.array_equal(ops.convert_to_numpy(Clip()(VALUES)), np.clip(VALUES, -127, 127))
    assert np.array_equal(ops.convert_to_numpy(Clip(-1, 2.5)(VALUES)), np.clip(VALUES, -1, 2.5))


def test_the_finished_sum_saturates_whatever_is_added_first():
    """A sum that saturated at each step would be 27 for 100 + 100 - 100, and 100 for 100 - 100 + 100."""
    for order in itertools.permutations([100.0, 100.0, -100.0]):
        assert float(Clip()(ops.sum(ops.convert_to_tensor([order]), axis=-1))[0]) == 100


@pytest.mark.parametrize(("value", "passes"), [(-128, 0), (-127, 1), (0, 1), (127, 1), (127.5, 0)])
def test_clip_passes_gradients_inside(value, passes):
    assert gradient(Clip(), value) == passes


def test_a_grid_rounds_what_float32_cannot_add_a_half_to():
    below = np.nextafter(np.float32(0.5), np.float32(0))
    assert ops.convert_to_numpy(on_grid(np.array([below, -below, 0.5, -0.5], np.float32), 1.0, 9)).tolist() == [
        0,
        0,
        1,
        0,
    ]


def test_configurations_come_back():
    layer = Clip(-3, 5.5)
    assert Clip.from_config(layer.get_config()).get_config() == layer.get_config()
    assert layer.compute_output_shape((None, 3, 4, 5)) == (None, 3, 4, 5)


def test_bounds_are_checked():
    with pytest.raises(ValueError, match=r"^lo must not exceed hi, got 3 and 2$"):
        Clip(3, 2)
