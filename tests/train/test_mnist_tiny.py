"""The small MNIST network is what its script builds: bits and whole numbers; and it does what its card says."""

import re
from pathlib import Path

import keras
import numpy as np
import pytest

from binloom import api, zoo
from binloom.compiler.ir.interpret import run
from binloom.compiler.ir.ops import Affine
from binloom.zoo.mnist_tiny import FILTERS, LARGEST, build, regress, shifted, strongest
from tests import real

FILE = Path(zoo.__file__).parent / "mnist_tiny.h5"
CARD = FILE.with_suffix(".md").read_text()


@pytest.fixture(scope="module")
def model() -> keras.Model:
    return keras.models.load_model(FILE, compile=False)


def test_the_script_builds_the_shipped_model(model):
    assert [layer.get_config() for layer in build(FILTERS[-1]).layers] == [layer.get_config() for layer in model.layers]
    assert f"{model.count_params():,} parameters" in CARD


def test_its_dense_layer_is_whole_numbers_of_four_bits(model):
    weights, biases = model.get_layer("dense").get_weights()
    assert (weights == np.rint(weights)).all()
    assert (biases == np.rint(biases)).all()
    assert np.abs(weights).max() == LARGEST == 7


def test_nothing_in_it_has_to_be_multiplied():
    graph = api.integer_graph(FILE)
    assert not any(isinstance(node.op, Affine) for node in graph)


def test_the_card_is_true_of_the_whole_test_set():
    images, labels = real.test_set("mnist")
    (logits,) = run(api.integer_graph(FILE), images).values()
    right = int((logits.reshape(len(labels), -1).argmax(-1) == labels).sum())
    assert re.search(rf"^{right:,} of the 10,000 test images", CARD, re.MULTILINE), f"golden has {right:,} right"
    assert right >= 9_850


def test_images_move_by_a_pixel_at_most():
    image = np.zeros((40, 28, 28, 1), np.uint8)
    image[:, 10, 10] = 1
    places = np.argwhere(shifted(image, np.random.default_rng(0)))[:, 1:3]
    assert {tuple(place) for place in places} == {(y, x) for y in (9, 10, 11) for x in (9, 10, 11)}


def test_a_dense_layer_over_bits_learns_what_can_be_learned():
    random = np.random.default_rng(0)
    x = random.integers(0, 2, (2000, 12), np.uint8)
    y = (x[:, 0] + x[:, 1] + x[:, 2] >= 2).astype(int)
    weights, biases = regress(x, y, seed=0, epochs=40, batch=100, rate=0.05)
    assert ((x @ weights + biases).argmax(axis=1) == y).mean() == 1


def test_the_strongest_filters_keep_their_order():
    weights = np.zeros((6, 2))  # two places of three filters
    weights[[0, 5]] = 1, 2
    assert strongest(weights, 3, 2).tolist() == [0, 2]
