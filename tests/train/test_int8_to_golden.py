"""Nets of the 8-bit dataflow: the logits of Keras, on TensorFlow and on JAX, are golden's, to the bit."""

from fractions import Fraction
from pathlib import Path

import keras
import numpy as np
import pytest
from keras import layers, ops

from binloom.compiler.ir.graph import Graph
from binloom.compiler.ir.interpret import run
from binloom.compiler.ir.ops import Affine, Clip, Conv, Threshold
from binloom.compiler.lower import LowerOptions, lower
from binloom.compiler.passes import run_passes
from binloom.compiler.reader import read_model
from binloom.train import layers as ours
from binloom.train.layers import BinaryConv2D, BinaryDense, FixedPoint, Int8BatchNormalization
from tests.train.predict import on_jax

SEED = 11


def residual_net() -> keras.Model:
    """int8 units in front of an addition, whose sum is brought back to 8 bits; a sign reads one of them too."""
    image = keras.Input((8, 8, 2))
    stem = ours.Clip()(BinaryConv2D(6, 3, padding="same", use_bias=False)(image))
    stem = Int8BatchNormalization(output_fraction=5)(stem)
    branch = ours.Clip()(BinaryConv2D(6, 3, padding="same", binary_input=True, use_bias=False)(stem))
    branch = Int8BatchNormalization(output_fraction=5, unit=2)(branch)
    both = FixedPoint(8, 5)(layers.Add()([stem, branch]))
    return keras.Model(image, BinaryDense(4, use_bias=False)(layers.Flatten()(both)))


def chained_net() -> keras.Model:
    """The grid of an input that is no power of two, pools over int8, int16 beside int8, signs behind units."""
    return keras.Sequential(
        [
            keras.Input((11, 9, 3)),
            BinaryConv2D(5, 3),
            layers.MaxPooling2D(2),
            FixedPoint(16, -3),
            Int8BatchNormalization(input_fraction=-4, output_fraction=3, unit=8, scale=False),
            layers.MaxPooling2D(2, strides=1),
            BinaryConv2D(8, 2, binary_input=True, use_bias=False),
            ours.Clip(-9, 11),
            Int8BatchNormalization(input_fraction=0, output_fraction=6),
            layers.Flatten(),
            BinaryDense(5, binary_input=True, use_bias=False),
        ]
    )


NETS = (residual_net, chained_net)


def randomise(model: keras.Model, images: np.ndarray, rng: np.random.Generator) -> None:
    """Parameters near what each unit sees, so that it saturates now and then on both sides; gamma of all signs."""
    for layer in model.layers:
        if isinstance(layer, Int8BatchNormalization):
            seen = ops.convert_to_numpy(keras.Model(model.inputs[0], layer.input)(images.astype(np.float32)))
            seen = seen.reshape(-1, seen.shape[-1])
            n, deviation = seen.shape[-1], seen.std(0) + 0.1
            span = 100 * 2.0**-layer.output_fraction / 2
            gamma = [np.where(np.arange(n) % 5 == 3, 0, rng.uniform(-span, span, n))] if layer.scale else []
            mean = seen.mean(0) + rng.normal(0, 0.3, n) * deviation
            layer.set_weights([*gamma, rng.normal(0, span / 4, n), mean, deviation**2])
        elif layer.weights:
            kernel, *bias = layer.get_weights()
            kernel = rng.uniform(-1, 1, kernel.shape)
            layer.set_weights([kernel, *(rng.integers(-20, 21, b.shape) for b in bias)])


def graph_of(path: Path) -> Graph:
    return run_passes(lower(read_model(path), LowerOptions(Fraction(1))))


def golden(graph: Graph, images: np.ndarray) -> np.ndarray:
    """The logits as the real numbers that they stand for."""
    (name,) = (node.name for node in graph.outputs)
    said = graph.meta["outputs"][name]
    return run(graph, images)[name].reshape(len(images), -1) * float(Fraction(said["scale"]))


@pytest.fixture(scope="module")
def stored(tmp_path_factory) -> dict[str, tuple[Path, np.ndarray, np.ndarray]]:
    """Of each net its file, images, and TensorFlow's logits."""
    folder, rng, found = tmp_path_factory.mktemp("nets"), np.random.default_rng(SEED), {}
    for make in NETS:
        keras.utils.set_random_seed(SEED)
        model = make()
        images = rng.integers(0, 256, (40, *model.input_shape[1:]), np.uint8)
        randomise(model, images, rng)
        path = folder / f"{make.__name__}.h5"
        model.save(path)
        found[make.__name__] = path, images, ops.convert_to_numpy(model(images.astype(np.float32)))
    return found


@pytest.mark.parametrize("name", [make.__name__ for make in NETS])
def test_golden_gives_the_logits_of_tensorflow(name, stored):
    path, images, want = stored[name]
    assert (want.std(0) > 0).all(), f"the test is wrong: the logits do not depend on the image, {want}"
    graph = graph_of(path)
    assert not graph.meta["notes"], graph.meta["notes"]
    assert np.array_equal(golden(graph, images), want)


def test_jax_gives_the_same_logits(stored, tmp_path):
    found = on_jax({path: images for path, images, _ in stored.values()}, tmp_path)
    for path, _, want in stored.values():
        assert np.array_equal(found[path], want), path.stem


def test_a_unit_is_one_affine_and_one_clip_of_8_bits(stored):
    graph = graph_of(stored["residual_net"][0])
    kinds = [type(node.op) for node in graph]
    # One behind each unit, one behind the stem's sum, which is on the unit's grid already, and one behind the addition.
    # The sums of the branch reach 54 at most: their Clip never acts.
    assert kinds.count(Affine) == 2
    assert kinds.count(Clip) == 4
    assert kinds.count(Threshold) == 1
    for node in graph:
        if isinstance(node.op, Affine):
            assert graph[node.inputs[0]].tensor.element.width <= 8
            (user,) = graph.users[node.name]
            assert user.tensor.element.width == 8


def test_a_unit_in_front_of_a_sign_is_a_bound_on_the_sum(stored):
    graph = graph_of(stored["chained_net"][0])
    last = [node for node in graph if isinstance(node.op, Threshold)][-1]
    assert isinstance(graph[last.inputs[0]].op, Conv)
