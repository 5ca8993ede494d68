"""The shipped BinaryFlex for MNIST is what its recipe builds, takes 0.3 MB, and scores what its card says."""

from pathlib import Path

import keras
import numpy as np
import pytest

from binloom import zoo
from binloom.compiler.lower import lower
from binloom.compiler.passes import run_passes
from binloom.compiler.reader import read_model
from binloom.sim import golden
from binloom.train.data import load
from binloom.train.layers import OvsfConv2D
from binloom.train.recipe import Recipe
from tests.real import needs_data

ZOO = Path(zoo.__file__).parent
CARD = (ZOO / "binaryflex_mnist.md").read_text()


def test_it_is_what_its_recipe_builds():
    model = keras.models.load_model(ZOO / "binaryflex_mnist.h5", compile=False)
    built = Recipe.read("binaryflex_mnist").model.build((28, 28, 1), 10)
    codes = [[layer.chosen for layer in each.layers if isinstance(layer, OvsfConv2D)] for each in (model, built)]
    assert codes[0] == codes[1]
    assert [type(layer) for layer in model.layers] == [type(layer) for layer in built.layers]
    count = sum(layer.coefficients.shape.num_elements() for layer in model.layers if isinstance(layer, OvsfConv2D))
    assert count < 300_000
    assert f"{count:,} coefficients of 8 bits" in CARD


@pytest.mark.slow
@needs_data
def test_the_card_is_true_of_the_whole_test_set():
    data, graph = load("mnist"), run_passes(lower(read_model(ZOO / "binaryflex_mnist.h5")))
    right = golden.evaluate(graph, data.x_test.astype(np.int64), data.y_test).correct
    assert f"golden (integers) | {right:,} of 10,000" in CARD
