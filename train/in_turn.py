"""Algorithm 2 of "Binary Neural Networks at the Edge" over a whole network: quantise, freeze, train on, layer by layer.

    def train(model, name):
        model.compile("adam", "mse")
        model.fit(x, y, epochs=2)

    model = quantised_in_turn(model, x, train)

Each batch normalisation whose value stays a number (one that only signs read is a bound) becomes an int8 unit, from the
front to the back. What is behind it learns what its rounding does before the next one is rounded.
"""

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory

import keras
import numpy as np

from binloom.compiler.calibrate import activations, candidates, placed
from binloom.compiler.int8_norm import Places
from binloom.compiler.lower import LowerOptions, lower
from binloom.compiler.reader import read_model
from binloom.train.layers.int8 import Int8BatchNormalization

IMAGES = 500  # that binary points are chosen by


def quantised_in_turn(
    model: keras.Model,
    images: np.ndarray,
    train: Callable[[keras.Model, str], None],
    *,
    pixel: Fraction | None = None,
) -> keras.Model:
    """A copy of a trained model with int8 units, each frozen before `train(model, name)` trains the rest on.

    Binary points are those that lose least on the first of `images`, whole pixels (n, height, width, channels), as
    `binloom compile --int8-batchnorm` chooses them. `pixel` is what the model is given for a pixel of 1.
    """
    while (found := _first(model, images[:IMAGES], pixel)) is not None:
        name, places = found
        model = with_unit(model, name, places)
        train(model, name)
    return model


def with_unit(model: keras.Model, name: str, at: Places) -> keras.Model:
    """A copy of a model with one batch normalisation as an int8 unit, frozen."""

    def copy(layer):
        config = layer.get_config()
        if layer.name != name:
            return type(layer).from_config(config)
        own = {key: config[key] for key in ("name", "momentum", "epsilon", "center", "scale")}
        return Int8BatchNormalization(input_fraction=at.input, output_fraction=at.output, unit=at.unit, **own)

    made = keras.models.clone_model(model, clone_function=copy)
    made.get_layer(name).freeze()
    for layer in model.layers:
        made.get_layer(layer.name).set_weights(layer.get_weights())
    return made


def _first(model: keras.Model, images: np.ndarray, pixel: Fraction | None) -> tuple[str, Places] | None:
    """The frontmost batch normalisation that is still to become a unit, and where its binary points lie."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "model.keras"
        model.save(path, include_optimizer=False)
        layers = read_model(path)
    real = lower(layers, LowerOptions(pixel))
    for layer, node in candidates(layers, real):
        return layer.name, placed(layer, activations(real, node.inputs[0], images), layers).places
    return None
