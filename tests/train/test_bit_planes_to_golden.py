"""Every way of pixels into a binary network: logits of Keras, on TensorFlow and JAX, are golden's, to the bit."""

from fractions import Fraction
from pathlib import Path

import keras
import numpy as np
import pytest
from keras import layers, ops

from binloom.compiler.errors import InputError
from binloom.compiler.ir.graph import Graph
from binloom.compiler.ir.interpret import run
from binloom.compiler.ir.ops import BitPlanes, ShiftAdd, Threshold
from binloom.compiler.lower import lower
from binloom.compiler.passes import run_passes
from binloom.compiler.reader import read_model
from binloom.train import layers as ours
from binloom.train.layers import BinaryConv2D, BinaryDense, bit_plane_input
from tests.train.predict import on_jax

SEED = 5


def ended(pixels, x) -> keras.Model:
    """Bits or numbers to logits that are whole numbers."""
    x = BinaryConv2D(6, 3, strides=2, use_bias=False, binary_input=True)(x)
    return keras.Model(pixels, BinaryDense(4)(layers.Flatten()(x)))


def signed_net(planes: int = 8) -> keras.Model:
    """The signs of the maps, as a binary layer takes them."""
    pixels = keras.Input((9, 7, 2))
    return ended(pixels, bit_plane_input(pixels, 3, planes=planes))


def maps_net() -> keras.Model:
    """The maps themselves, of the four most significant planes, under strides, into an addition of what they show."""
    pixels = keras.Input((8, 9, 1))
    x = bit_plane_input(layers.ZeroPadding2D(1)(pixels), 5, planes=4, kernel_size=(3, 2), strides=2, padding="valid")
    return keras.Model(pixels, BinaryDense(4)(layers.Flatten()(x)))


def dbid_net() -> keras.Model:
    pixels = keras.Input((6, 7, 3))
    return ended(pixels, ours.direct_binary_input(pixels))


def bil_net() -> keras.Model:
    pixels = keras.Input((6, 7, 3))
    return ended(pixels, ours.binary_input_layer(pixels, 10))


def thermometer_net() -> keras.Model:
    """Over pixels that were rescaled first."""
    pixels = keras.Input((7, 6, 2))
    return ended(pixels, ours.Thermometer(10, lo=0, hi=1)(layers.Rescaling(1 / 255)(pixels)))


NETS = {
    "signed 8": signed_net,
    "signed 4": lambda: signed_net(4),
    "signed 1": lambda: signed_net(1),
    "maps": maps_net,
    "DBID": dbid_net,
    "BIL": bil_net,
    "thermometer": thermometer_net,
}


def randomise(model: keras.Model, images: np.ndarray, rng: np.random.Generator) -> None:
    """Norms near what they see, so that some of their channels saturate; gamma of both signs, and zero."""
    for layer in model.layers:
        if isinstance(layer, layers.BatchNormalization):
            seen = ops.convert_to_numpy(keras.Model(model.inputs[0], layer.input)(images.astype(np.float32)))
            seen = seen.reshape(-1, seen.shape[-1])
            n, deviation = seen.shape[-1], seen.std(0) + 0.1
            gamma = np.where(np.arange(n) % 5 == 3, 0, rng.uniform(-9, 9, n))
            layer.set_weights([gamma, rng.normal(0, 2, n), seen.mean(0) + rng.normal(0, 0.3, n), deviation**2])
        elif layer.weights:
            kernel, *bias = layer.get_weights()
            layer.set_weights([rng.uniform(-1, 1, kernel.shape), *(rng.integers(-20, 21, b.shape) for b in bias)])


def logits_of(graph: Graph, images: np.ndarray) -> np.ndarray:
    """Golden's logits as the real numbers that they stand for."""
    ((name, said),) = graph.meta["outputs"].items()
    found = run(graph, images)[name].reshape(len(images), -1)
    return found * float(Fraction(said["scale"])) + float(Fraction(said["offset"]))


@pytest.fixture(scope="module")
def nets(tmp_path_factory):
    """Of each net its file, images, and what TensorFlow and JAX make of them."""
    folder = tmp_path_factory.mktemp("nets")
    rng = np.random.default_rng(SEED)
    keras.utils.set_random_seed(SEED)
    made: dict[str, tuple[Path, np.ndarray, np.ndarray]] = {}
    for number, (name, make) in enumerate(NETS.items()):
        model = make()
        images = rng.integers(0, 256, (24, *model.input_shape[1:]), np.uint8)
        images[-1], images[-2] = 0, 255
        randomise(model, images, rng)
        path = folder / f"net{number}.h5"
        model.save(path)
        # Compiled: a graph may calculate otherwise than its layers do one by one.
        made[name] = path, images, model.predict(images, verbose=0)
    on = on_jax({path: images for path, images, _ in made.values()}, folder)
    return {name: (path, images, want, on[path]) for name, (path, images, want) in made.items()}


@pytest.mark.parametrize("name", NETS)
def test_logits_are_equal(nets, name):
    path, images, on_tensorflow, jax = nets[name]
    got = logits_of(run_passes(lower(read_model(path))), images)
    assert (got.std(0) > 0.5).all(), f"the test is wrong: the logits hardly depend on the image, {got.std(0)}"
    assert np.array_equal(got, on_tensorflow)
    assert np.array_equal(got, jax)


def test_a_bit_plane_input_is_these_ops(nets):
    graph = run_passes(lower(read_model(nets["signed 8"][0])))
    kinds = [type(node.op).__name__ for node in graph]
    assert kinds[:5] == ["Input", "BitPlanes", "Conv", "Affine", "Clip"]
    assert kinds[5:7] == ["ShiftAdd", "Threshold"]
    assert graph.meta["input"] == {"scale": "1", "offset": "0", "from": "model"}


def test_a_thermometer_is_comparisons(nets):
    graph = run_passes(lower(read_model(nets["thermometer"][0])))
    assert not any(isinstance(node.op, BitPlanes | ShiftAdd) for node in graph)
    (levels,) = (node.op for node in graph if isinstance(node.op, Threshold) and len(node.op.bound) == 20)
    assert np.array_equal(levels.bound, np.tile([-(-51 * (2 * k + 1) // 4) for k in range(10)], 2))


@pytest.mark.parametrize(
    ("stack", "message"),
    [
        ([layers.Rescaling(1 / 255), ours.BitPlanes()], "what it is given are no longer whole pixels"),
        ([ours.BitPlanes(2, bits=4)], "takes numbers of 4 bits, but pixels reach 255; use bits=8"),
    ],
)
def test_refusals(tmp_path, stack, message):
    model = keras.Sequential([keras.Input((4, 4, 1)), *stack, layers.Flatten(), BinaryDense(2)])
    model.save(tmp_path / "model.h5")
    with pytest.raises(InputError, match=message):
        lower(read_model(tmp_path / "model.h5"))


def test_it_learns():
    """Gradients reach the kernels of every plane through the sum."""
    keras.utils.set_random_seed(SEED)
    rng = np.random.default_rng(SEED)
    pixels = keras.Input((6, 6, 1))
    x = layers.Rescaling(1 / 16)(bit_plane_input(pixels, 2, planes=4))
    model = keras.Model(pixels, layers.Dense(2)(layers.Flatten()(ours.Sign()(x))))
    images, labels = rng.integers(0, 256, (64, 6, 6, 1)), rng.integers(0, 2, 64)
    kernel, gamma = model.get_layer("input_filters").kernel, model.get_layer("input_norm").gamma
    before = np.array(kernel), np.array(gamma)
    model.compile(
        optimizer=keras.optimizers.Adam(0.05), loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    )
    model.fit(images, labels, epochs=2, verbose=0)
    assert (before[0] != np.array(kernel)).any(axis=(0, 1, 3)).all()
    assert (before[1] != np.array(gamma)).reshape(4, 2).any(axis=1).all()
