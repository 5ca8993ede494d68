"""The int8 batch normalisation: Keras' layer and the compiler's unit are one function, to the bit; and what it is."""

from fractions import Fraction
from math import floor

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import ops

from binloom.compiler.int8_norm import CODE, Places, int8_norm, range_bits
from binloom.train.layers import Int8BatchNormalization

ALL = np.arange(-127, 128)
EDGES = [0.0, 1.0, -1.0, 2.0, 0.5, 127.0, -127.0, 128.0, 32767.0, 32768.0, -32768.0, 1e9, -1e9, 1e-9, 0.49999997]
numbers = st.one_of(st.sampled_from(EDGES), st.floats(-40, 40, width=32), st.floats(-1, 1, width=32))
variances = st.one_of(st.sampled_from([0.0, 1e-9, 1.0, 4.0, 1023.0, 1e9]), st.floats(0, 5000, width=32))


@st.composite
def places(draw) -> Places:
    unit, inner = draw(st.integers(-8, 8)), draw(st.integers(-7, 7))
    fine = inner + unit
    return Places(inner, draw(st.integers(max(-15, fine - 15), min(15, fine + 7))), unit)


def layer_of(parameters: np.ndarray, at: Places, epsilon: float = 1e-3) -> Int8BatchNormalization:
    layer = Int8BatchNormalization(
        input_fraction=at.input, output_fraction=at.output, unit=at.unit, epsilon=epsilon, dtype="float32"
    )
    layer.build((None, parameters.shape[1]))
    layer.set_weights(list(parameters))
    return layer


def codes_of(layer: Int8BatchNormalization, channels: int) -> np.ndarray:
    x = np.repeat(ALL[:, None], channels, axis=1) * 2.0**-layer.input_fraction
    y = ops.convert_to_numpy(layer(x.astype(np.float32), training=False)).astype(np.float64)
    return y * 2.0**layer.output_fraction


@given(st.lists(st.tuples(numbers, numbers, numbers, variances), min_size=1, max_size=6), places())
@settings(max_examples=150)
def test_layer_and_unit_are_one_function(rows, at):
    parameters = np.array(rows, np.float32).T
    unit = int8_norm(*parameters, 1e-3, at)
    got, want = codes_of(layer_of(parameters, at), len(rows)), unit(np.repeat(ALL[:, None], len(rows), axis=1))
    assert np.array_equal(got, want), (rows, at)


def by_the_book(gamma: float, beta: float, mean: float, sigma: float, places: int, at: Places, code: int) -> int:
    """Algorithm 2 in rational numbers, for one channel whose format has so many places."""
    grid = 1 << places

    def coded(value: float) -> Fraction:
        return Fraction(max(-CODE, min(CODE, floor(Fraction(value) * grid + Fraction(1, 2)))), grid)

    ratio = coded(Fraction(coded(gamma), coded(sigma)))
    x = Fraction(code) / Fraction(2) ** (at.input + at.unit)
    y = ratio * (x - coded(mean)) + coded(beta)
    return max(-127, min(127, floor(y * Fraction(2) ** at.output + Fraction(1, 2))))


@given(
    st.tuples(*(st.floats(-span, span, width=32) for span in (3, 3, 20))),
    st.floats(0.25, 400, width=32),
    st.integers(0, 3),
    st.integers(0, 6),
)
@settings(max_examples=100)
def test_unit_is_algorithm_2(row, variance, inner, outer):
    (gamma, beta, mean), at = row, Places(inner, outer)
    columns = [np.array([value], np.float32) for value in (gamma, beta, mean, variance)]
    unit = int8_norm(*columns, 0.0, at)
    sigma = float(np.sqrt(np.float32(variance)))
    format = 15 - range_bits([np.array([value]) for value in (gamma, beta, mean, sigma)])
    want = [by_the_book(gamma, beta, mean, sigma, format, at, int(code)) for code in ALL]
    assert unit(ALL[:, None])[:, 0].tolist() == want


@given(st.tuples(numbers, numbers, numbers, variances), places())
def test_no_sum_passes_32_bits(row, at):
    unit = int8_norm(*np.array([row], np.float32).T, 1e-3, at)
    sums = ALL * int(unit.mul[0]) + int(unit.add[0])
    assert abs(int(unit.mul[0]) * 127) < 1 << 30
    assert np.abs(sums).max() < 1 << 31


@pytest.mark.parametrize(
    ("largest", "bits"), [(0, 0), (0.3, 0), (1, 0), (1.0001, 1), (2, 1), (2.5, 2), (4, 2), (32768, 15), (1e9, 15)]
)
def test_range_bits_at_powers_of_two(largest, bits):
    assert range_bits([np.array([0.1, -largest])]) == bits


def test_a_power_of_two_saturates_instead_of_turning_negative():
    """gamma = 2 has one range bit, so its code would be 2 * 2**14 = 32768, which 16 bits take for -32768."""
    unit = int8_norm(*np.array([[2], [0], [0], [1]], np.float32), 0.0, Places(0, 0))
    assert unit(np.array([[-60], [0], [60]]))[:, 0].tolist() == [-120, 0, 120]


def test_gamma_zero_is_constant_and_gamma_below_falls():
    unit = int8_norm(*np.array([[0, -1], [1.5, 0], [3, 0], [4, 4]], np.float32), 0.0, Places(0, 4))
    found = unit(np.repeat(ALL[:, None], 2, axis=1))
    assert set(found[:, 0]) == {24}
    assert (np.diff(found[:, 1]) <= 0).all()
    assert found[[0, -1], 1].tolist() == [127, -127]


def test_a_quotient_beyond_the_format_is_counted():
    parameters = np.array([[1], [0], [0], [0.0625]], np.float32)
    assert int8_norm(*parameters, 0.0, Places(0, 4)).saturated == 1
    assert int8_norm(*parameters, 0.0, Places(0, 4, unit=-2)).saturated == 0


def test_places_that_leave_32_bits_are_refused():
    with pytest.raises(
        ValueError, match=r"input_fraction \+ unit - output_fraction between -7 and 15, got 0, 8 and 0$"
    ):
        Int8BatchNormalization(output_fraction=8)
    with pytest.raises(ValueError, match=r"between -7 and 15, got 0, 8 and 0$"):
        int8_norm(*np.ones((4, 1), np.float32), 0.0, Places(0, 8))


def test_other_axes_are_refused():
    with pytest.raises(ValueError, match=r"^it normalises the channels, axis=-1, got 1$"):
        Int8BatchNormalization(axis=1)


def test_any_input_is_rounded_to_its_grid_first():
    layer = layer_of(np.array([[1], [0], [0], [1]], np.float32), Places(1, 1), epsilon=0)
    x = np.array([[0.2], [0.25], [-0.25], [-0.26], [1000], [-1000]], np.float32)
    assert ops.convert_to_numpy(layer(x))[:, 0].tolist() == [0, 0.5, 0, -0.5, 63.5, -63.5]


def trained(layer: Int8BatchNormalization) -> tuple[np.ndarray, list[np.ndarray]]:
    """One step of training; the outputs and the change of the weights."""
    model = keras.Sequential([keras.Input((3,)), layer, keras.layers.Dense(1, use_bias=False)])
    before = [value.copy() for value in layer.get_weights()]
    model.compile(optimizer=keras.optimizers.SGD(1e-4), loss=lambda true, y: ops.sum(y))
    x = np.random.default_rng(0).integers(-100, 101, (64, 3)).astype(np.float32)
    model.train_on_batch(x, np.zeros((64, 1), np.float32))
    y = ops.convert_to_numpy(layer(x, training=True))
    return y, [after - old for after, old in zip(layer.get_weights(), before, strict=True)]


def test_in_training_it_follows_the_batch_and_its_output_is_int8():
    y, moved = trained(Int8BatchNormalization(output_fraction=4))
    assert all(np.abs(change).max() > 0 for change in moved[1:])
    assert np.abs(y.mean(0) - moved[1]).max() < 0.1  # it normalises by the batch: beta is what is left
    assert np.array_equal(y * 16, np.rint(y * 16))


def test_frozen_it_computes_as_at_inference_and_keeps_its_parameters():
    layer = Int8BatchNormalization(output_fraction=4)
    layer.freeze()
    y, moved = trained(layer)
    assert all((change == 0).all() for change in moved)
    x = np.random.default_rng(0).integers(-100, 101, (64, 3)).astype(np.float32)
    assert np.array_equal(y, ops.convert_to_numpy(layer(x, training=False)))


def test_a_frozen_layer_passes_gradients_on_where_nothing_saturates():
    before, layer = keras.layers.Dense(1, use_bias=False), Int8BatchNormalization(output_fraction=0)
    model = keras.Sequential([keras.Input((1,)), before, layer])
    layer.freeze()
    layer.set_weights([np.array([value], np.float32) for value in (2, 0, 0, 1 - 1e-3)])
    for weight, moved in ((10.0, 2.0), (100.0, 0.0), (200.0, 0.0)):
        before.set_weights([np.array([[weight]], np.float32)])
        model.compile(optimizer=keras.optimizers.SGD(1.0), loss=lambda true, y: ops.sum(y))
        model.train_on_batch(np.ones((1, 1), np.float32), np.zeros((1, 1), np.float32))
        assert before.get_weights()[0][0, 0] == pytest.approx(weight - moved, abs=1e-4)


def test_its_configuration_comes_back():
    layer = Int8BatchNormalization(input_fraction=3, output_fraction=5, unit=-1, epsilon=1e-4, scale=False)
    layer.freeze()
    again = Int8BatchNormalization.from_config(layer.get_config())
    assert again.get_config() == layer.get_config()
    assert not again.trainable
