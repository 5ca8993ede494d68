"""A hidden layer of an extreme learning machine: its functions, its draw, and that integers give what Keras gives."""

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from binloom import api
from binloom.compiler.errors import InputError
from binloom.compiler.ir.interpret import run as interpret
from binloom.compiler.ir.ops import Dense
from binloom.train import save
from binloom.train.elm.hidden import draw
from binloom.train.elm.how import Elm
from binloom.train.elm.kernels import Kernels
from binloom.train.elm.members import members
from binloom.train.elm.train import whole
from binloom.train.families.lbcnn import NONLINEARITIES as NAMES
from binloom.train.families.lbcnn import Lbcnn
from binloom.train.models.hidden import NONLINEARITIES, STEPS, hidden
from binloom.train.models.lbcnn import lbcnn
from binloom.train.recipe import Recipe
from binloom.train.run import run
from binloom.train.summarise import summary
from tests.train.blobs import blobs, dataset

Z = np.arange(-127, 128) / STEPS  # all sums that there are
AUTHORS = {  # the six; the factor and the constant of a line that is near, and how near
    "linear": (lambda z: z, 1, 0, 0),
    "tanh": (np.tanh, 0.29803, 0, 0.031),
    "linsat": (lambda z: np.abs(z + 1) - np.abs(z - 1), 2, 0, 0),
    "relu": (lambda z: np.maximum(z, 0), 1, 0, 0),
    "abs": (np.abs, 1, 0, 0),
    "multiquadric": (lambda z: np.sqrt(z**2 + 1), 0.30591, 0.42386, 0.027),
}


def logits(model: keras.Model, images: np.ndarray) -> np.ndarray:
    """In front of the softmax, in float64."""
    before = keras.Model(model.input, model.layers[-1].input)
    return np.asarray(before(images.astype(np.float32)), np.float64)


def test_a_recipe_may_name_the_six():
    assert set(NAMES) == set(NONLINEARITIES) == set(AUTHORS)


@pytest.mark.parametrize("name", NONLINEARITIES)
def test_the_six_functions(name):
    function, factor, constant, off = AUTHORS[name]
    z = keras.Input((1,))
    found = np.asarray(keras.Model(z, NONLINEARITIES[name](z))(Z[:, np.newaxis].astype(np.float32)))[:, 0]
    assert (found * STEPS == np.rint(found * STEPS)).all()
    assert np.abs(factor * found + constant - function(Z)).max() <= off


def test_sums_are_rounded_to_8_bits():
    x = keras.Input((3,))
    model = keras.Model(x, hidden(x, 2, "linear"))
    model.layers[1].set_weights([np.array([[1, -1], [1, 1], [1, 1]], np.float32)])
    found = np.asarray(model(np.array([[0.5, 0.25, 1 / 64], [3, 3, 3], [-1 / 128, 0, 0]], np.float32)))
    assert found.tolist() == [[25 / 32, -7 / 32], [127 / 32, 3], [0, 0]]


def test_it_is_told_as_bits_before_it_is_drawn():
    (row,) = (row for row in summary(lbcnn(2, hidden=20)).rows if row.shape == (1, 1, 20) and any(row.params))
    assert row.params == (2 * 14 * 14 * 20, 0)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 9), st.integers(1, 40), st.floats(0, 12_000))
def test_a_draw_brings_sums_near_one(seed, neurons, width, size):
    x = keras.Input((width,))
    layer = keras.layers.Dense(neurons, use_bias=False)
    layer(x)
    random = np.random.default_rng(seed)
    features = np.rint(random.normal(0, size, (50, width))).astype(np.int16)
    draw(layer, features, seed)
    (kernel,) = layer.get_weights()
    exponent = np.log2(np.abs(kernel))
    assert (exponent == exponent.flat[0]).all()
    assert exponent.flat[0] == np.rint(exponent.flat[0])
    square = np.square(features.astype(np.float64) @ kernel).mean()
    assert not square or 0.49 < square < 2.01
    again = kernel.copy()
    draw(layer, features, seed)
    assert (layer.get_weights()[0] == again).all()


@pytest.mark.parametrize("name", NONLINEARITIES)
def test_integers_are_keras_to_the_bit(name, tmp_path):
    model = lbcnn(2, 1, nl=1, input_shape=(8, 8, 2), classes=3, hidden=9, nonlinearity=name)
    random = np.random.default_rng(4)
    (member,) = members(model)
    Kernels.of(member.front).drawn(4).set(member.front)
    images = random.integers(0, 256, (60, 8, 8, 2), np.uint8)
    draw(member.hidden, np.asarray(member.front(images.astype(np.float32))), 4)
    seen = np.asarray(member.seen(images.astype(np.float32)))
    assert (seen == np.rint(seen)).all()
    assert len(np.unique(seen)) > 20
    member.dense.set_weights(whole(random.normal(size=(10, 3)), 8, 3.0))
    graph = save(model, tmp_path / "model.h5")
    (found,) = interpret(graph, images.astype(np.int64)).values()
    assert (found[:, 0, 0] == STEPS * logits(model, images)).all()
    assert not graph.meta.get("notes")
    kernels = [node.op.weights for node in graph if isinstance(node.op, Dense)]
    assert [set(np.unique(np.abs(kernel))) == {1} for kernel in kernels] == [True, False]
    again = keras.models.load_model(tmp_path / "model.h5", compile=False)
    assert (logits(again, images) == logits(model, images)).all()


def recipe(name: str, **elm) -> Recipe:
    model = Lbcnn((3, 2), hidden=40, nonlinearity=name, committee=elm.pop("committee", 1))
    return Recipe("blobs", "blobs", model, Elm(**elm))


@pytest.mark.parametrize(
    ("name", "given"),
    [("tanh", {"trials": 3}), ("multiquadric", {"epochs": 1, "batch": 40, "shifts": 1}), ("relu", {"committee": 2})],
)
def test_from_a_recipe_to_integers(name, given, tmp_path):
    trained = run(recipe(name, **given), dataset(), tmp_path / "run")
    assert trained.keras == trained.integers >= 55
    card = (tmp_path / "run" / "card.md").read_text()
    assert "LB-CNN: multipliers 3 2" in card
    assert "hidden 40" in card
    assert "a pixel p is given as p;" in card


def test_the_regression_is_over_what_the_neurons_give(tmp_path):
    trained = run(recipe("abs", c=50.0), dataset(), tmp_path / "run")
    (member,) = members(keras.models.load_model(trained.model, compile=False))
    x, y = blobs(180)
    rows = np.asarray(member.seen(x.astype(np.float32)), np.float64) / STEPS
    rows = np.concatenate([rows, np.ones((len(rows), 1))], axis=1)
    products = rows.T @ rows
    products += np.eye(len(products)) * np.trace(products) / len(products) / 50
    weights = np.linalg.solve(products, rows.T @ np.where(y[:, np.newaxis] == np.arange(3), 1.0, -1.0))
    meant = whole(weights, 8, np.abs(weights[:-1]).max())
    for found, expected in zip(member.dense.get_weights(), meant, strict=True):
        assert np.abs(found - expected).max() <= 1  # the products are float32


def test_a_run_goes_on_with_the_neurons_it_had(tmp_path):
    def stored() -> list[np.ndarray]:
        model = run(recipe("linsat"), dataset(), tmp_path / "run").model
        return keras.models.load_model(model, compile=False).get_weights()

    before = stored()
    (tmp_path / "run" / "model.h5").unlink()
    assert (tmp_path / "run" / "ridge.npz").exists()
    for one, other in zip(before, stored(), strict=True):
        assert (one == other).all()


def test_what_does_not_go_together():
    with pytest.raises(InputError, match=r"^\[elm\]: even does not go with a hidden layer; leave out even, or hidden"):
        recipe("relu", even=True)
    with pytest.raises(
        InputError, match=r"^nonlinearity is 'sine'; give one of linear, tanh, linsat, relu, abs, multiq"
    ):
        Lbcnn((2,), hidden=4, nonlinearity="sine")
    with pytest.raises(InputError, match=r"^hidden is -1; give a whole number from 0 to 16,384$"):
        Lbcnn((2,), hidden=-1)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["tanh", "multiquadric"])  # which branch
def test_in_verilator(name, tmp_path):
    trained = run(recipe(name), dataset(), tmp_path / "run")
    found = api.compile(trained.model, tmp_path / "build").verify(dataset().x_test[:20])
    assert found.equal, found
