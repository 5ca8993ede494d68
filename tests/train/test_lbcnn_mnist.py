"""The shipped LB-CNN is what its recipe makes, and scores what its card says."""

import os
from pathlib import Path

import keras
import numpy as np
import pytest

from binloom import zoo
from binloom.compiler.lower import lower
from binloom.compiler.passes import run_passes
from binloom.compiler.reader import read_model
from binloom.sim import golden
from binloom.train.elm.draw import draw
from binloom.train.models import lbcnn
from binloom.train.recipe import Recipe

ZOO = Path(zoo.__file__).parent


def test_its_kernels_are_those_of_its_seed_and_its_weights_whole():
    recipe = Recipe.read("lbcnn_mnist")
    model, drawn = keras.models.load_model(ZOO / "lbcnn_mnist.h5", compile=False), lbcnn(*recipe.model.multipliers)
    draw(drawn, 1)
    assert [type(layer) for layer in model.layers] == [type(layer) for layer in drawn.layers]
    for index in (0, 2):
        assert (model.layers[index].get_weights()[0] == drawn.layers[index].get_weights()[0]).all()
    weights, biases = model.layers[-1].get_weights()
    assert (weights == np.rint(weights)).all()
    assert np.abs(weights).max() == 2 ** (recipe.how.bits - 1) - 1
    assert (biases == np.rint(biases)).all()


@pytest.mark.slow
@pytest.mark.skipif("BINLOOM_DATA" not in os.environ, reason="BINLOOM_DATA names no folder with mnist.npz")
def test_the_card_is_true_of_the_whole_test_set():
    graph = run_passes(lower(read_model(ZOO / "lbcnn_mnist.h5")))
    x, y = golden.load_dataset(Path(os.environ["BINLOOM_DATA"]) / "mnist.npz", graph)
    assert f"{golden.evaluate(graph, x, y).correct:,} of the 10,000" in (ZOO / "lbcnn_mnist.md").read_text()
