"""What the reader cannot, train must not save: every layer that is registered compiles, and means what Keras computes.

Every sum in Keras is a whole number, or a multiple of a power of two, that float32 holds: equality is demanded.
"""

import json
from fractions import Fraction
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

import h5py
import keras
import numpy as np
import pytest
from keras import layers, ops

import binloom.train.layers as ours
from binloom.compiler.errors import InputError
from binloom.sim import golden
from binloom.train.layers import cbcnn, compression
from binloom.train.precision import rounding
from binloom.train.saving import save
from tests.train.predict import on

SEED = 11


def bits_net() -> keras.Model:
    """Pixels taken apart, binary kernels of all kinds with standardised weights and each gradient."""
    pixels = keras.Input((9, 8, 2))
    x = ours.BitPlanes(3, name="planes")(pixels)
    x = ours.BinaryDepthwiseConv2D(3, depth_multiplier=2, padding="same", tau=0.9, use_bias=False)(x)
    x = ours.ShiftAdd(3, 2)(x)
    x = ours.Sign(gradient="straight")(x)
    x = ours.BinaryConv2D(5, 3, strides=2, tau=0.85, kernel_gradient="straight")(x)
    x = ours.Clip(-9, 9)(x)
    x = ours.RSign()(x)
    x = ours.BinaryConv2D(4, 2, input_gradient="polynomial", binary_input=True, use_bias=False)(x)
    x = layers.Flatten()(x)
    return keras.Model(pixels, ours.BinaryDense(3, binary_input=True, tau=0.95)(x))


def numbers_net() -> keras.Model:
    """Levels, codes, int8 units, slopes: numbers of few bits all the way."""
    pixels = keras.Input((6, 6, 1))
    x = ours.Thermometer(5)(pixels)
    x = ours.OvsfConv2D(4, 2, ratio=0.5, use_bias=False)(x)
    x = ours.FixedPoint(8, 3)(x)
    x = ours.Int8BatchNormalization(input_fraction=3, output_fraction=4)(x)
    x = ours.RPReLU(fraction=4)(x)
    x = ours.FixedPoint(8, 2)(x)
    x = layers.Flatten()(x)
    return keras.Model(pixels, ours.BinaryDense(3)(x))


def cbcnn_net() -> keras.Model:
    pixels = keras.Input((6, 6, 3))
    x = compression.Luma()(pixels)
    x = compression.Standardise()(compression.Equalise()(x))
    x = cbcnn.BinaryConv2D(4, 3, padding="same", use_bias=False)(x)
    x = layers.Activation(cbcnn.binary_tanh)(x)
    return keras.Model(pixels, cbcnn.BinaryDense(3, use_bias=False)(layers.Flatten()(x)))


NETS = {"bits": bits_net, "numbers": numbers_net, "cbcnn": cbcnn_net}
PIXELS = {"bits": None, "numbers": Fraction(1), "cbcnn": None}  # of the others the first layer says it


def randomise(model: keras.Model, rng: np.random.Generator) -> None:
    """Latent kernels of either sign, zeros among them; whole biases, thresholds and shifts between what they see."""
    for layer in model.layers:
        values = layer.get_weights()
        if isinstance(layer, ours.RSign):
            values = [rng.integers(-3, 4, values[0].shape) + 0.5]
        elif isinstance(layer, ours.Int8BatchNormalization):
            n = len(values[0])
            values = [rng.uniform(-2, 2, n), rng.normal(0, 1, n), rng.normal(0, 1, n), rng.uniform(1, 9, n)]
        elif isinstance(layer, ours.RPReLU):
            values = [rng.uniform(-1, 1, value.shape) for value in values]
        elif values:
            kernel = rng.uniform(-1, 1, values[0].shape) * (rng.random(values[0].shape) < 0.9)
            values = [kernel, *(rng.integers(-9, 10, value.shape) for value in values[1:])]
        layer.set_weights(values)


def made(name: str) -> tuple[keras.Model, np.ndarray]:
    rng = np.random.default_rng(SEED)
    keras.utils.set_random_seed(SEED)
    model = NETS[name]()
    randomise(model, rng)
    return model, rng.integers(0, 256, (30, *model.input_shape[1:]), np.uint8)


def logits_of(model: keras.Model, images: np.ndarray) -> np.ndarray:
    return np.asarray(ops.convert_to_numpy(model(images.astype(np.float32), training=False)), np.float64)


def same(graph_logits: np.ndarray, keras_logits: np.ndarray) -> bool:
    """Whether they differ by one factor alone, the scale that integers leave out."""
    factor = np.abs(keras_logits).max() / np.abs(graph_logits).max()
    return np.array_equal(graph_logits * factor, keras_logits)


def registered() -> set[str]:
    """The layers of ours that a stored model can name."""
    modules = [import_module(f"{ours.__name__}.{each.name}") for each in iter_modules(ours.__path__)]
    kinds = {kind for module in modules for kind in vars(module).values() if isinstance(kind, type)}
    found = [kind for kind in kinds if issubclass(kind, keras.layers.Layer) and kind.__module__.startswith("binloom.")]
    return {name for kind in found if ">" in (name := keras.saving.get_registered_name(kind))}


def stored(path: Path) -> set[str]:
    """The classes that a file names."""
    with h5py.File(path) as file:
        config = json.loads(file.attrs["model_config"])
    return {layer.get("registered_name") or layer["class_name"] for layer in config["config"]["layers"]}


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    folder = tmp_path_factory.mktemp("every_layer")
    return {name: (path := folder / f"{name}.h5", save(made(name)[0], path, pixel=PIXELS[name])) for name in NETS}


def test_no_layer_is_forgotten(saved):
    assert registered() == {name for path, _ in saved.values() for name in stored(path) if ">" in name}


@pytest.mark.parametrize("name", NETS)
def test_integers_are_what_keras_computes(name, saved):
    model, images = made(name)
    want, found = logits_of(model, images), golden.evaluate(saved[name][1], images.astype(np.int64)).logits
    assert (want.std(0) > 0).all(), "the test is wrong: the logits do not depend on the image"
    assert same(found, want)
    loaded = keras.models.load_model(saved[name][0], compile=False)
    assert np.array_equal(logits_of(loaded, images), want)
    for one, other in zip(model.layers, loaded.layers, strict=True):
        assert {**one.get_config(), "name": ""} == {**other.get_config(), "name": ""}


@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_another_backend_computes_the_same(backend, saved, tmp_path):
    jobs = {saved[name][0]: made(name)[1] for name in NETS}
    found = on(backend, jobs, tmp_path)
    for name in NETS:
        assert np.array_equal(found[saved[name][0]], logits_of(*made(name))), name


@pytest.mark.parametrize("name", NETS)
def test_mixed_precision_changes_nothing(name):
    model, images = made(name)
    want, values = logits_of(model, images), model.get_weights()
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        mixed = NETS[name]()
    finally:
        keras.config.set_dtype_policy("float32")
    mixed.set_weights(values)
    # An activation is a function that nobody knows; this one's sign survives.
    assert [name.split("_")[0] for name in rounding(mixed)] == (["activation"] if name == "cbcnn" else [])
    assert np.array_equal(logits_of(mixed, images), want)


def test_what_mixed_precision_rounds_is_named():
    with_policy = {"dtype": "mixed_bfloat16"}
    model = keras.Sequential(
        [
            keras.Input((4, 4, 1)),
            layers.Rescaling(1 / 255, name="rescale", **with_policy),
            ours.BinaryConv2D(2, 3, **with_policy),
            layers.BatchNormalization(name="norm", **with_policy),
            ours.Sign(**with_policy),
            layers.Flatten(**with_policy),
        ]
    )
    assert rounding(model) == ["rescale", "norm"]
    assert model.layers[1].compute_dtype == "float32"
    assert model.layers[3].compute_dtype == "bfloat16"


def test_what_cannot_be_compiled_is_not_saved(tmp_path):
    path = tmp_path / "model.h5"
    model = keras.Sequential([keras.Input((4, 4, 1)), layers.Conv2D(2, 3, activation="gelu", name="odd")])
    with pytest.raises(InputError, match="odd"):
        save(model, path)
    assert not list(tmp_path.iterdir())
