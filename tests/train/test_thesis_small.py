"""The thesis' network is what its script builds, holds every unit of the thesis, and does what its card says."""

import os
import re
from pathlib import Path

import keras
import numpy as np
import pytest

from binloom import zoo
from binloom.compiler.ir.graph import Graph
from binloom.compiler.ir.interpret import run, trace
from binloom.compiler.ir.ops import Add, Affine, BitPlanes, Clip, ShiftAdd, Threshold
from binloom.compiler.lower import lower
from binloom.compiler.passes import run_passes
from binloom.compiler.reader import read_model
from binloom.train.layers import Int8BatchNormalization
from binloom.zoo.thesis_small import build
from tests.real import needs_data

ZOO = Path(zoo.__file__).parent


@pytest.fixture(scope="module")
def model() -> keras.Model:
    return keras.models.load_model(ZOO / "thesis_small.h5")


@pytest.fixture(scope="module")
def graph() -> Graph:
    return run_passes(lower(read_model(ZOO / "thesis_small.h5")))


@pytest.fixture(scope="module")
def images() -> np.ndarray:
    return np.load(ZOO / "fashion_images.npz")["x_test"].reshape(-1, 28, 28, 1)


def golden(graph: Graph, images: np.ndarray) -> np.ndarray:
    (logits,) = run(graph, images).values()
    return logits.reshape(len(images), -1)


def test_the_script_builds_the_shipped_model(model):
    assert [layer.get_config() for layer in build().layers] == [layer.get_config() for layer in model.layers]
    assert (ZOO / "thesis_small.h5").stat().st_size < 500_000


def test_every_unit_of_the_thesis_is_in_it(graph):
    kinds = [type(node.op) for node in graph]
    assert kinds.count(BitPlanes) == kinds.count(ShiftAdd) == kinds.count(Add) == 1
    assert {Affine, Clip, Threshold} <= set(kinds)
    (total,) = (node for node in graph if isinstance(node.op, Add))
    for branch in graph.inputs_of(total):
        assert branch.tensor.element is not None
        assert (branch.tensor.element.lo, branch.tensor.element.hi) >= (-127, -127)
        assert branch.tensor.element.width <= 8


def test_int8_units_are_equal_to_the_bit(model, graph, images):
    """Each in Keras, at its places, against the node that the compiler made of it."""
    units = [layer for layer in model.layers if isinstance(layer, Int8BatchNormalization)]
    seen = keras.Model(model.inputs[0], [layer.output for layer in units])(images[:20].astype(np.float32))
    found = trace(graph, images[:20])
    for layer, numbers in zip(units, seen, strict=True):
        nodes = [node for node in graph if node.source == layer.name and isinstance(node.op, Affine | Clip)]
        got = found[nodes[-1].name] / 2.0**layer.output_fraction
        assert np.array_equal(got, keras.ops.convert_to_numpy(numbers)), layer.name


def test_the_card_is_true(model, graph, images):
    card = (ZOO / "thesis_small.md").read_text()
    labels = np.load(ZOO / "fashion_images.npz")["y_test"]
    logits = keras.ops.convert_to_numpy(model(images.astype(np.float32)))
    assert np.array_equal(golden(graph, images).argmax(-1), logits.argmax(-1))
    assert f"{(logits.argmax(-1) == labels).sum()} of 200" in card
    assert f"{model.count_params():,} parameters" in card
    bits = sum(int(np.prod(layer.kernel.shape)) for layer in model.layers if hasattr(layer, "binary_input"))
    assert f"{bits:,} weights of 1 bit" in card


@pytest.mark.slow
@needs_data
def test_the_card_is_true_of_the_whole_test_set(model, graph):
    data = np.load(Path(os.environ["BINLOOM_DATA"]) / "fashion_mnist.npz")
    images = data["x_test"].reshape(-1, 28, 28, 1)
    want, got = model.predict(images, batch_size=500, verbose=0), golden(graph, images)
    assert np.array_equal(want.argmax(-1), got.argmax(-1))
    right = f"{(got.argmax(-1) == data['y_test']).sum():,}"
    card = (ZOO / "thesis_small.md").read_text()
    assert re.search(rf"all 10,000 test images \| {right} .* \| {right} ", card), f"golden has {right} right"
