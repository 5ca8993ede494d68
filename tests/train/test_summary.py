"""The summary of a model: every count by hand, and in all as many parameters as Keras counts."""

import keras
import numpy as np
import pytest
from keras import layers

from binloom.compiler.errors import InputError
from binloom.train.layers import BinaryConv2D, BinaryDense, OvsfConv2D, RPReLU, RSign, Sign, Thermometer
from binloom.train.models import binaryflex, lbcnn, react
from binloom.train.summarise import Summary, summary


def small() -> keras.Model:
    return keras.Sequential(
        [
            keras.Input((9, 8, 3)),
            layers.Rescaling(1 / 255, name="rescale"),
            layers.Conv2D(4, 3, padding="same", name="stem"),
            layers.BatchNormalization(name="norm"),
            BinaryConv2D(6, 3, strides=2, padding="same", binary_input=True, use_bias=False, name="bits"),
            layers.MaxPooling2D(2, name="pool"),
            RPReLU(name="slopes"),
            layers.Flatten(name="flat"),
            BinaryDense(5, binary_input=True, name="classes"),
        ],
        name="small",
    )


def test_counts_by_hand():
    made = summary(small())
    rows = {row.name: row for row in made.rows}
    assert rows["stem"].shape == (9, 8, 4)
    assert rows["stem"].params == (0, 3 * 3 * 3 * 4 + 4)
    assert rows["stem"].macs == (0, 9 * 8 * 27 * 4)
    assert rows["stem"].bits == 8 * 108 + 32 * 4
    assert (rows["norm"].params, rows["norm"].macs, rows["norm"].bits) == ((0, 16), (0, 0), 32 * 16)
    assert rows["bits"].shape == (5, 4, 6)
    assert (rows["bits"].params, rows["bits"].macs, rows["bits"].bits) == ((216, 0), (5 * 4 * 36 * 6, 0), 216)
    assert rows["pool"].shape == (2, 2, 6)
    assert (rows["slopes"].params, rows["slopes"].bits) == ((0, 18), 32 * 18)
    assert (rows["classes"].params, rows["classes"].macs) == ((120, 5), (120, 0))
    assert rows["classes"].bits == 120 + 32 * 5
    assert made.params == (216 + 120, 112 + 16 + 18 + 5)
    assert made.macs == (4_320 + 120, 7_776)
    assert made.bits == sum(row.bits for row in made.rows) == 864 + 128 + 512 + 216 + 576 + 120 + 160
    assert sum(made.params) == small().count_params()
    assert made.trained == sum(made.params) - 8  # a normalisation's mean and variance follow the images


@pytest.mark.parametrize(
    "make",
    [
        lambda: lbcnn(3, 2, nl=1, input_shape=(12, 12, 2)),
        lambda: react((1, 1), (8, 8, 3), 4, 8, large=False),
        lambda: binaryflex((16, 16, 3), 4, stem=8, width=(8, 16), strides=(1, 2), ratios=(0.5, 0.25)),
    ],
)
def test_as_many_parameters_as_keras_counts(make):
    model = make()
    assert sum(summary(model).params) == model.count_params()


def test_a_layer_that_is_called_twice_is_stored_once():
    image = keras.Input((4, 4, 2))
    conv = BinaryConv2D(2, 3, padding="same", binary_input=True)
    model = keras.Model(image, conv(conv(image)))
    made = summary(model)
    assert sum(made.params) == model.count_params() == 38
    assert made.macs == (2 * 16 * 36, 0)
    assert made.bits == 36 + 2 * 32


def test_codes_are_counted_by_their_coefficients():
    model = keras.Sequential([keras.Input((4, 4, 4)), OvsfConv2D(6, 2, ratio=0.5, name="codes")])
    model.set_weights([np.linspace(-1, 1, 48, dtype=np.float32).reshape(8, 6)])  # from -127 to 127 of 128
    (row,) = (row for row in summary(model).rows if row.name == "codes")
    assert row.params == (0, 8 * 6)  # of 16 codes
    assert row.macs == (0, 3 * 3 * 16 * 6)
    assert row.bits == 8 * 8 * 6


def test_levels_are_no_parameters():
    model = keras.Sequential([keras.Input((4, 4, 1)), Thermometer(5), BinaryConv2D(2, 1, use_bias=False)])
    assert summary(model).params == (10, 0)
    assert summary(model).macs == (16 * 5 * 2, 0)


def test_hardware_is_that_of_the_cost_model():
    made = summary(small(), "ulx3s-85f", "ice40-up5k")
    ulx3s, up5k = made.hardware
    assert ulx3s.fits
    assert ulx3s.takes["lut"] > 0
    assert ulx3s.has["lut"] == 83_640
    assert ulx3s.cycles > 0
    assert ulx3s.fps == 1e6 * ulx3s.clock / ulx3s.cycles
    assert up5k.has["lut"] == 5_280
    assert f"ulx3s-85f: {ulx3s.takes['lut']:,} of 83,640 LUTs" in str(made)
    assert Summary.from_json(made.to_json()) == made


def test_what_cannot_be_compiled_is_said_and_nothing_made_up():
    model = keras.Sequential(
        [keras.Input((4, 4, 1)), layers.Conv2D(2, 3, activation="gelu", name="odd"), layers.Flatten(), Sign()]
    )
    made = summary(model, "icebreaker")
    assert [line.split(":")[0] for line in made.problems] == ["odd (Conv2D)"]
    assert "gelu" in made.hardware[0].problem
    assert not made.hardware[0].takes
    assert not made.hardware[0].fits
    assert "icebreaker: nothing can be predicted: layer 'odd'" in str(made)


def test_a_board_that_is_none():
    with pytest.raises(InputError, match="there is no board 'icebraker'; take one of"):
        summary(small(), "icebraker")


def test_the_table():
    text = str(summary(keras.Sequential([keras.Input((4, 4, 1)), RSign(), BinaryConv2D(2, 3, name="c")])))
    lines = text.splitlines()
    assert lines[0].split("  ")[0] == "layer"
    assert " ".join(lines[3].split()) == "c binloom BinaryConv2D 2 x 2 x 2 18 2 72 0.01"
    assert lines[-3:] == [
        "parameters: 21, of which 18 are 1-bit; 21 are trained",
        "memory: 0.01 KiB; in float32 0.08 KiB, 5.9 times as much",
        "MACs a frame: 72, of which 72 are 1-bit (100.0%)",
    ]
