"""The golden model on real trained files, against their known accuracies and against Keras itself."""

import json
import time
from fractions import Fraction
from functools import cache

import h5py
import numpy as np
import pytest

from binloom.api import accuracy_note
from binloom.compiler.ir.graph import Graph
from binloom.compiler.ir.serialise import load, save
from binloom.compiler.lower import LowerOptions, lower
from binloom.compiler.passes import run_passes
from binloom.compiler.reader import read_model
from binloom.sim.golden import Evaluation, evaluate
from tests.real import model, needs_real_models
from tests.real import test_set as images_of

pytestmark = needs_real_models

MNIST, ORL, LARQ = "B-nlcnn_mnist_99_22.h5", "B-nlcnn_orl_100_00.h5", "larq_mnist_plain.h5"
THREE_CONVOLUTIONS = "blcnn_mnist_99_27.h5"


@cache
def compiled(name: str, scale: Fraction) -> Graph:
    return run_passes(lower(read_model(model(name)), LowerOptions(input_scale=scale)))


@cache
def evaluated(name: str, scale: Fraction, images: str) -> Evaluation:
    return evaluate(compiled(name, scale), *images_of(images))


def test_mnist_of_the_authors() -> None:
    start = time.process_time()
    assert str(evaluated(MNIST, Fraction(1, 255), "mnist")) == "top-1 99.22% (9922 of 10000)"
    # Seconds of processor, all threads together: a few are usual, 60 are promised.
    assert time.process_time() - start < 60


def test_faces_of_the_authors() -> None:
    assert str(evaluated(ORL, Fraction(1, 242), "olivetti")) == "top-1 100.00% (150 of 150)"


def test_larq_classes_are_those_that_keras_gave() -> None:
    found = evaluated(LARQ, Fraction(1, 255), "mnist")
    with np.load(model(LARQ).with_suffix(".npz")) as file:
        expected, accuracy = file["pred"], float(file["acc"])
    wrong = np.flatnonzero(found.classes[: len(expected)] != expected)
    assert not len(wrong), f"images {wrong[:9]}: got {found.classes[wrong[:9]]}, expected {expected[wrong[:9]]}"
    assert len(expected) == 2000
    assert found.accuracy == pytest.approx(accuracy, abs=1e-7)


@pytest.mark.slow
def test_three_convolutions_give_the_real_graphs_classes_and_the_note_says_so() -> None:
    """Against the graph of exact numbers, class by class: what differs was all but a tie there."""
    scale, (x, y) = Fraction(1, 255), images_of("mnist")
    real = lower(read_model(model(THREE_CONVOLUTIONS)), LowerOptions(input_scale=scale))
    before, after = (evaluate(graph, x[:1000], y[:1000]) for graph in (real, compiled(THREE_CONVOLUTIONS, scale)))
    differ = np.flatnonzero(before.classes != after.classes)
    logits = np.sort(before.logits, axis=1)
    margins, sizes = logits[:, -1] - logits[:, -2], np.abs(before.logits).max(axis=1)
    assert (margins[differ] < 0.02 * sizes[differ]).all(), (differ, margins[differ], sizes[differ])
    same = 1000 - len(differ)
    assert same >= 998
    assert accuracy_note(before, after) == (
        f"top-1 {before.correct / 10:.2f}% as trained, {after.correct / 10:.2f}% as integers "
        f"({(after.correct - before.correct) / 10:+.2f} points, the same class for {same} of 1000 images)"
    )


@pytest.mark.slow
def test_a_float_dense_layer_in_8_bits_loses_at_most_a_tenth_of_a_point() -> None:
    found = evaluated(THREE_CONVOLUTIONS, Fraction(1, 255), "mnist")
    # The float model has 9,927 of 10,000.
    assert abs(found.correct - 9927) <= 10, str(found)


@pytest.mark.parametrize(
    ("name", "scale", "images"), [(MNIST, Fraction(1, 255), "mnist"), (ORL, Fraction(1, 242), "olivetti")]
)
def test_classes_are_keras_own_but_for_proven_ties(name: str, scale: Fraction, images: str) -> None:
    found = evaluated(name, scale, images)
    x, _ = images_of(images)
    expected = keras_logits(name, x.astype(np.float32) * np.float32(scale))
    exact = found.logits.astype(np.float64) * float(scale)
    # Thousands of float32 terms were off by 9 ulps of the largest logit (MNIST) and 16 (faces) at most where it was
    # measured; twice that leaves room for processors that add up in another order.
    slack = 32 * np.finfo(np.float32).eps * np.abs(exact).max(axis=1)
    assert (np.abs(exact - expected).max(axis=1) <= slack).all()
    for image in np.flatnonzero(found.classes != expected.argmax(axis=1)):
        ours, theirs = exact[image, found.classes[image]], exact[image, expected[image].argmax()]
        assert ours - theirs <= 2 * slack[image], f"image {image}: no tie, {exact[image]} and {expected[image]}"


def keras_logits(name: str, x: np.ndarray) -> np.ndarray:
    """The file's layers rebuilt by hand in Keras, without the softmax: nothing of our reader is used."""
    from tests.keras_env import keras

    with h5py.File(model(name)) as file:
        config = json.loads(file.attrs["model_config"])["config"]["layers"]
        stack: list[keras.layers.Layer] = [keras.layers.Input(x.shape[1:])]
        weights = []
        for entry in config:
            own = entry["config"]
            if entry["class_name"] == "DepthwiseConv2D":
                multiplier = own["depth_multiplier"]
                stack.append(
                    keras.layers.DepthwiseConv2D(3, padding="same", depth_multiplier=multiplier, use_bias=False)
                )
                roles = ["depthwise_kernel:0"]
            elif entry["class_name"] == "MaxPooling2D":
                stack.append(keras.layers.MaxPooling2D(own["pool_size"], own["strides"], own["padding"]))
                roles = []
            elif entry["class_name"] == "Flatten":
                stack.append(keras.layers.Flatten())
                roles = []
            elif entry["class_name"] == "Dense":
                stack.append(keras.layers.Dense(own["units"]))
                roles = ["kernel:0", "bias:0"]
            else:
                assert entry["class_name"] in ("InputLayer", "Activation"), entry["class_name"]
                roles = []
            place = f"model_weights/{own['name']}/{own['name']}"
            weights += [np.array(file[f"{place}/{role}"]) for role in roles]
    net = keras.Sequential(stack)
    net.set_weights(weights)
    return net.predict(x, batch_size=200, verbose=0).astype(np.float64)


@pytest.mark.parametrize(("name", "scale"), [(MNIST, Fraction(1, 255)), (LARQ, Fraction(1, 255))])
def test_saved_graphs_give_the_same_logits(tmp_path, name: str, scale: Fraction) -> None:
    save(compiled(name, scale), tmp_path)
    found = evaluate(load(tmp_path), images_of("mnist")[0], images=200)
    assert (found.logits == evaluated(name, scale, "mnist").logits[:200]).all()
