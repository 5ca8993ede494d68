"""The shipped ReActNet is what its script builds, and does what its card says."""

import os
import re
from pathlib import Path

import keras
import numpy as np
import pytest

from binloom import zoo
from binloom.compiler.ir.interpret import run
from binloom.compiler.lower import lower
from binloom.compiler.passes import run_passes
from binloom.compiler.reader import read_model
from binloom.train.layers import BinaryConv2D
from binloom.zoo.react_small import build
from tests.real import needs_data

ZOO = Path(zoo.__file__).parent
CARD = (ZOO / "react_small.md").read_text()


@pytest.fixture(scope="module")
def model() -> keras.Model:
    return keras.models.load_model(ZOO / "react_small.h5", compile=False)


def golden(images: np.ndarray) -> np.ndarray:
    (logits,) = run(run_passes(lower(read_model(ZOO / "react_small.h5"))), images).values()
    return logits.reshape(len(images), -1)


def described(model: keras.Model) -> list[tuple[type, dict]]:
    """Its layers, less the names that Keras counts on."""
    return [(type(each), {**each.get_config(), "name": ""}) for each in model.layers]


def test_the_script_builds_the_shipped_model(model):
    assert described(build()) == described(model)
    assert (ZOO / "react_small.h5").stat().st_size < 500_000


def test_the_card_is_true(model):
    data = np.load(ZOO / "fashion_images.npz")
    images, labels = data["x_test"], data["y_test"]
    right = {(keras.ops.convert_to_numpy(model(images)).argmax(-1) == labels).sum()}
    right.add((golden(images).argmax(-1) == labels).sum())
    assert [f"{count} of 200" in CARD for count in right] == [True]
    assert f"{model.count_params():,} parameters" in CARD
    bits = sum(int(np.prod(layer.kernel.shape)) for layer in model.layers if isinstance(layer, BinaryConv2D))
    assert f"{bits:,} weights of 1 bit" in CARD


@pytest.mark.slow
@needs_data
def test_the_card_is_true_of_the_whole_test_set(model):
    data = np.load(Path(os.environ["BINLOOM_DATA"]) / "fashion_mnist.npz")
    images = data["x_test"]
    kept = model.predict(images, batch_size=500, verbose=0).argmax(-1)
    got = golden(images).argmax(-1)
    right = [f"{(classes == data['y_test']).sum():,}" for classes in (kept, got)]
    assert re.search(rf"all 10,000 test images \| {right[0]} .* \| {right[1]} ", CARD), right
    assert f"on {(kept == got).sum():,} of the 10,000" in CARD
