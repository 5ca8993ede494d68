"""CBCNN's layers: its ties, its H, its gradients; and the small net, which is what its script builds."""

import re
from pathlib import Path

import keras
import numpy as np
import pytest
from keras import ops

from binloom import api, zoo
from binloom.compiler.ir.interpret import run
from binloom.compiler.ir.ops import Affine, Conv, Dense, Equalise, Input, Standardise, Threshold
from binloom.train.layers.cbcnn import BinaryConv2D, BinaryDense, binary_tanh
from binloom.zoo.cbcnn_small import build
from tests import real

FILE = Path(zoo.__file__).parent / "cbcnn_small.h5"


def test_a_tie_becomes_minus_one():
    x = np.array([-3, -1e-3, -0.0, 0, 1e-3, 3], np.float32)
    assert ops.convert_to_numpy(binary_tanh(x)).tolist() == [-1, -1, -1, -1, 1, 1]


@pytest.mark.parametrize(("h", "scale"), [(1.0, 1.0), (0.25, 0.25), ("Glorot", float(np.sqrt(1.5 / (9 * (2 + 3)))))])
def test_kernels_are_of_one_size(h, scale):
    layer = BinaryConv2D(3, 3, H=h, use_bias=False)
    layer.build((None, 5, 5, 2))
    kernel = np.random.default_rng(0).uniform(-scale, scale, (3, 3, 2, 3)).astype(np.float32)
    kernel[0, 0] = 0
    layer.set_weights([kernel])
    found = ops.convert_to_numpy(layer.binarised())
    assert np.array_equal(np.sign(found), np.where(kernel > 0, 1, -1))
    assert (np.abs(found) == np.float32(scale)).all()


@pytest.mark.parametrize(("weight", "moved"), [(-2, 0), (-0.4, 3), (0, 3), (0.5, 3), (0.6, 0)])
def test_gradients_reach_latent_weights_up_to_h(weight, moved):
    layer = BinaryDense(1, H=0.5, use_bias=False)
    model = keras.Sequential([keras.Input((1,)), layer])
    layer.kernel.constraint = None
    layer.set_weights([np.array([[weight]], np.float32)])
    model.compile(optimizer=keras.optimizers.SGD(1.0), loss=lambda true, y: ops.sum(y))
    model.train_on_batch(np.array([[3.0]], np.float32), np.zeros((1, 1), np.float32))
    assert layer.get_weights()[0][0, 0] == pytest.approx(weight - moved, abs=1e-6)


def test_latent_weights_stay_within_h():
    layer = BinaryDense(1, H=0.5, use_bias=False)
    model = keras.Sequential([keras.Input((2,)), layer])
    layer.set_weights([np.array([[0.25], [-0.25]], np.float32)])
    model.compile(optimizer=keras.optimizers.SGD(1.0), loss=lambda true, y: ops.sum(y))
    model.train_on_batch(np.array([[-3.0, 0.125]], np.float32), np.zeros((1, 1), np.float32))
    assert layer.get_weights()[0].ravel().tolist() == [0.5, -0.375]


@pytest.mark.parametrize("h", [0, -1.0, "He"])
def test_other_scales_are_refused(h):
    with pytest.raises(ValueError, match=r"^H must be a positive number or 'Glorot', got "):
        BinaryDense(2, H=h)


def test_configurations_come_back():
    layer = BinaryConv2D(4, 3, padding="same", H="Glorot")
    assert BinaryConv2D.from_config(layer.get_config()).get_config() == layer.get_config()


@pytest.fixture(scope="module")
def model() -> keras.Model:
    return keras.models.load_model(FILE, compile=False)


def test_the_script_builds_the_shipped_model(model):
    assert [layer.get_config() for layer in build().layers] == [layer.get_config() for layer in model.layers]
    assert f"{model.count_params():,} parameters" in FILE.with_suffix(".md").read_text()


def test_every_unit_of_the_paper_is_in_it():
    graph = api.integer_graph(FILE)
    kinds = [type(node.op) for node in graph]
    assert kinds[:5] == [Input, Conv, Affine, Equalise, Standardise]
    assert (graph.inputs[0].tensor.shape, kinds.count(Threshold)) == ((32, 32, 3), 4)
    assert kinds.count(Affine) == 2, "brightness, and the results"
    assert all(node.op.binary for node in graph.nodes[5:] if isinstance(node.op, Conv | Dense))


@pytest.mark.slow
@real.needs_data
def test_the_card_is_true_of_the_whole_test_set(model):
    images, labels = real.test_set("gtsrb")
    want = model.predict(images, batch_size=500, verbose=0).argmax(-1)
    (logits,) = run(api.integer_graph(FILE), images).values()
    got, card = logits.reshape(len(labels), -1).argmax(-1), FILE.with_suffix(".md").read_text()
    for name, classes in (("Keras", want), ("golden", got)):
        right = f"{(classes == labels).sum():,}"
        assert re.search(rf"\| {name} .*\| {right} of 12,630 ", card), f"{name} has {right} right"
    assert sum((got[labels == label] == label).mean() > 0.5 for label in range(43)) >= 33
