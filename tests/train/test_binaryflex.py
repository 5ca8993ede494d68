"""BinaryFlex as a Keras model: sizes follow from strides, and widths and ratios are what they are said to be."""

from pathlib import Path

import keras
import numpy as np
import pytest

from binloom import zoo
from binloom.compiler.ir.interpret import run
from binloom.compiler.ir.ops import OvsfConv
from binloom.compiler.lower import lower
from binloom.compiler.passes import run_passes
from binloom.compiler.reader import read_model
from binloom.train.layers import OvsfConv2D
from binloom.train.models import binaryflex, flex_module
from binloom.zoo.binaryflex_small import build

ZOO = Path(zoo.__file__).parent


def test_sizes_follow_from_the_strides() -> None:
    model = binaryflex((224, 224, 3), 1000)
    assert model.output_shape == (None, 1000)
    sizes = [model.get_layer(f"flex{number}_sum").output.shape[1:] for number in range(1, 9)]
    assert [size[0] for size in sizes] == [56, 56, 28, 28, 14, 14, 7, 7]
    assert [size[2] for size in sizes] == [64, 64, 128, 128, 256, 256, 512, 512]


def test_ratios_are_those_of_the_four_by_four() -> None:
    model = binaryflex((32, 32, 1), 10, stem=16, width=(16, 32), strides=(1, 2), ratios=(0.5, 0.125), squeeze=2)
    layers = [layer for layer in model.layers if isinstance(layer, OvsfConv2D)]
    assert [len(layer.chosen) for layer in layers] == [16, 16, 64, 8, 16, 32, 16]
    assert [layer.kernel_size for layer in layers] == [(4, 4), (1, 1), (4, 4), (1, 1), (1, 1), (4, 4), (1, 1)]


def test_rules() -> None:
    with pytest.raises(ValueError, match="flex: filters must be those of the input, or twice as many at strides 2"):
        flex_module(keras.Input((8, 8, 16)), 32, inner=8)
    with pytest.raises(ValueError, match="width, strides and ratios must be as many, got 2, 8, 8"):
        binaryflex(width=(16, 32))


def told(layer: keras.layers.Layer) -> dict:
    """A layer's configuration, less the name, which Keras counts up in each session."""
    return {name: value for name, value in layer.get_config().items() if name != "name"}


def test_the_shipped_model_is_what_its_script_builds_and_its_card_says() -> None:
    model = keras.models.load_model(ZOO / "binaryflex_small.h5")
    assert [told(layer) for layer in build("spread").layers] == [told(layer) for layer in model.layers]
    made = [layer for layer in model.layers if isinstance(layer, OvsfConv2D)]
    coefficients = sum(layer.coefficients.shape.num_elements() for layer in made)
    weights = sum(len(layer.rows) * layer.filters for layer in made)
    card = (ZOO / "binaryflex_small.md").read_text()
    assert f"{model.count_params():,} parameters in Keras, {coefficients:,} of them" in card
    assert f"kernels of {weights:,} weights" in card


def test_it_says_in_integers_what_it_says_in_keras() -> None:
    """Not of digits, of which none are shipped; any images do. Only its last layer and its shortcuts are rounded."""
    images = np.load(ZOO / "fashion_images.npz")["x_test"]
    model = keras.models.load_model(ZOO / "binaryflex_small.h5")
    graph = run_passes(lower(read_model(ZOO / "binaryflex_small.h5")))
    assert sum(isinstance(node.op, OvsfConv) for node in graph) == 7
    (got,) = run(graph, images).values()
    want = keras.ops.convert_to_numpy(model(images.astype(np.float32)))
    assert (got.reshape(len(images), -1).argmax(-1) == want.argmax(-1)).mean() > 0.97
