"""The shipped LB-CNNs are what their recipes make, and score what their cards say."""

import re
from pathlib import Path

import keras
import numpy as np
import pytest

from binloom import zoo
from binloom.compiler.lower import LowerOptions, lower
from binloom.compiler.passes import run_passes
from binloom.compiler.reader import read_model
from binloom.sim import golden
from binloom.train.data import KNOWN, load
from binloom.train.elm.kernels import Kernels
from binloom.train.elm.members import members
from binloom.train.recipe import Recipe
from tests.real import needs_data

ZOO = Path(zoo.__file__).parent
NAMES = sorted(path.stem for path in ZOO.glob("lbcnn_*.h5"))


def test_there_is_one_for_each_table_of_the_paper():
    assert NAMES == ["lbcnn_cifar10", "lbcnn_fashion", "lbcnn_gtsrb", "lbcnn_mnist", "lbcnn_orl"]


@pytest.mark.parametrize("name", NAMES)
def test_it_is_what_its_recipe_makes(name):
    recipe, path = Recipe.read(name), ZOO / f"{name}.h5"
    model, known = keras.models.load_model(path, compile=False), KNOWN[recipe.data]
    built = recipe.model.build(known.shape, known.classes)
    assert [type(layer) for layer in model.layers] == [type(layer) for layer in built.layers]
    assert [weight.shape for weight in model.weights] == [weight.shape for weight in built.weights]
    kernels = Kernels.of(model)
    assert all(set(np.unique(layer)) == {-1, 1} for layer in kernels.layers)
    if recipe.how.trials == 1:
        assert kernels.digest() == kernels.drawn(1).digest()
    (member,) = members(model)
    weights, biases = member.dense.get_weights()
    assert (weights == np.rint(weights)).all()
    assert np.abs(weights).max() == 2 ** (recipe.how.bits - 1) - 1
    assert (biases == np.rint(biases)).all()
    assert path.stat().st_size < 2_000_000


@pytest.mark.slow
@needs_data
@pytest.mark.parametrize("name", NAMES)
def test_the_card_is_true_of_the_whole_test_set(name):
    recipe = Recipe.read(name)
    data = load(recipe.data)
    graph = run_passes(lower(read_model(ZOO / f"{name}.h5"), LowerOptions(recipe.model.pixel)))
    right = golden.evaluate(graph, data.x_test.astype(np.int64), data.y_test).correct
    card = (ZOO / f"{name}.md").read_text()
    assert re.search(rf"\b{right:,} of (the )?{len(data.y_test):,}\b", card), f"{right} are right"
