"""The shipped model is what its script builds, and does what its card says, in Keras and in integers."""

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
from binloom.zoo.fashion_small import CLASSES, build
from tests.real import needs_data

ZOO = Path(zoo.__file__).parent


@pytest.fixture(scope="module")
def model() -> keras.Model:
    return keras.models.load_model(ZOO / "fashion_small.h5")


@pytest.fixture(scope="module")
def images() -> np.ndarray:
    return np.load(ZOO / "fashion_images.npz")["x_test"]


@pytest.fixture(scope="module")
def logits(model, images) -> np.ndarray:
    return keras.ops.convert_to_numpy(model(images))


def test_the_script_builds_the_shipped_model(model):
    assert [layer.get_config() for layer in build().layers] == [layer.get_config() for layer in model.layers]
    assert (ZOO / "fashion_small.classes.txt").read_text().splitlines() == list(CLASSES)
    assert (ZOO / "fashion_small.h5").stat().st_size < 500_000


def test_the_card_is_true(model, logits):
    card = (ZOO / "fashion_small.md").read_text()
    labels = np.load(ZOO / "fashion_images.npz")["y_test"]
    assert f"{(logits.argmax(-1) == labels).sum()} of 200" in card
    assert f"{model.count_params():,} parameters" in card
    bits = sum(layer.kernel.shape.num_elements() for layer in model.layers if hasattr(layer, "binary_input"))
    assert f"{bits:,} weights of 1 bit" in card


def golden(images: np.ndarray) -> np.ndarray:
    (logits,) = run(run_passes(lower(read_model(ZOO / "fashion_small.h5"))), images).values()
    return logits.reshape(len(images), -1)


def demand_equal_classes(got: np.ndarray, want: np.ndarray) -> None:
    wrong = np.flatnonzero(got.argmax(-1) != want.argmax(-1))
    assert not len(wrong), f"images {wrong}: Keras' logits {want[wrong]}, golden's {got[wrong]}"


def test_golden_gives_the_classes_of_keras(images, logits):
    demand_equal_classes(golden(images), logits)


@pytest.mark.slow
@needs_data
def test_the_card_is_true_of_the_whole_test_set(model):
    data = np.load(Path(os.environ["BINLOOM_DATA"]) / "fashion_mnist.npz")
    want, got = model.predict(data["x_test"], batch_size=500, verbose=0), golden(data["x_test"])
    demand_equal_classes(got, want)
    right = f"{(got.argmax(-1) == data['y_test']).sum():,}"
    card = (ZOO / "fashion_small.md").read_text()
    assert re.search(rf"all 10,000 test images \| {right} .* \| {right} ", card), f"golden has {right} right"
