"""Each binary layer equals the Keras layer it is named after, given the signs; and survives both file formats."""

import h5py
import keras
import numpy as np
import pytest
from keras import ops

from binloom.train.layers import BinaryConv2D, BinaryDense, BinaryDepthwiseConv2D, Sign

CONV = [
    {"kernel_size": 3},
    {"kernel_size": 1, "padding": "same"},
    {"kernel_size": 2, "padding": "same", "use_bias": False},
    {"kernel_size": (3, 5), "padding": "same", "strides": 2},
    {"kernel_size": (5, 2), "strides": 3},
    {"kernel_size": 3, "padding": "same", "dilation_rate": 2},
    {"kernel_size": 3, "padding": "same", "activation": "relu"},
]


def name(case: dict) -> str:
    return "-".join(f"{key}={value}" for key, value in case.items())


def latent(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """Weights in [-1, 1], a quarter of them exactly zero of either sign."""
    values = rng.uniform(-1, 1, shape) * (rng.random(shape) < 0.75)
    return values.astype(np.float32)


def check(binary: keras.Layer, plain: keras.Layer, shape: tuple[int, ...], seed: int = 1) -> None:
    """Integer inputs, so that float32 sums are exact and equality can be demanded. A third of the inputs are zero."""
    rng = np.random.default_rng(seed)
    x = (rng.integers(-9, 10, shape) * (rng.random(shape) < 2 / 3)).astype(np.float32)
    binary.build(shape)
    plain.build(shape)
    kernel = latent(tuple(binary.weights[0].shape), rng)
    bias = [rng.integers(-9, 10, binary.weights[1].shape)] if binary.use_bias else []
    binary.set_weights([kernel, *bias])
    plain.set_weights([np.where(kernel >= 0, 1, -1), *bias])
    want = ops.convert_to_numpy(plain(np.where(x >= 0, 1, -1).astype(np.float32) if binary.binary_input else x))
    got = ops.convert_to_numpy(binary(x))
    assert got.shape == tuple(binary.compute_output_shape(shape))
    assert np.array_equal(got, want), f"seed {seed}: first of the differing elements {np.argwhere(got != want)[0]}"


@pytest.mark.parametrize("binary_input", [False, True])
@pytest.mark.parametrize("case", [*CONV, {"kernel_size": 3, "groups": 3}], ids=name)
def test_conv(case, binary_input):
    check(BinaryConv2D(6, binary_input=binary_input, **case), keras.layers.Conv2D(6, **case), (2, 9, 8, 3))


@pytest.mark.parametrize("binary_input", [False, True])
@pytest.mark.parametrize("case", [*CONV, {"kernel_size": 3, "depth_multiplier": 4}], ids=name)
def test_depthwise(case, binary_input):
    check(BinaryDepthwiseConv2D(binary_input=binary_input, **case), keras.layers.DepthwiseConv2D(**case), (2, 9, 8, 3))


@pytest.mark.parametrize("binary_input", [False, True])
@pytest.mark.parametrize("case", [{}, {"use_bias": False}, {"activation": "relu"}], ids=name)
def test_dense(case, binary_input):
    check(BinaryDense(7, binary_input=binary_input, **case), keras.layers.Dense(7, **case), (4, 11))


def every_layer() -> keras.Model:
    """One model that holds each layer of the package, with and without what can be left out."""
    keras.utils.set_random_seed(1)
    model = keras.Sequential(
        [
            keras.Input((9, 8, 3)),
            BinaryDepthwiseConv2D(3, depth_multiplier=2, padding="same", name="depthwise"),
            BinaryConv2D(4, (3, 2), strides=2, groups=2, binary_input=True, use_bias=False, name="conv"),
            Sign(name="sign"),
            keras.layers.Flatten(),
            BinaryDense(5, binary_input=True, name="dense"),
        ]
    )
    rng = np.random.default_rng(1)
    model.set_weights([latent(tuple(weight.shape), rng) for weight in model.weights])
    return model


@pytest.mark.parametrize("suffix", ["h5", "keras"])
def test_round_trip(tmp_path, suffix):
    model = every_layer()
    path = tmp_path / f"model.{suffix}"
    model.save(path)
    loaded = keras.models.load_model(path)
    x = np.random.default_rng(2).integers(-9, 10, (4, 9, 8, 3)).astype(np.float32)
    assert np.array_equal(model.predict(x, verbose=0), loaded.predict(x, verbose=0))
    for mine, theirs in zip(model.layers, loaded.layers, strict=True):
        assert type(mine) is type(theirs)
        assert mine.get_config() == theirs.get_config()
    for mine, theirs in zip(model.get_weights(), loaded.get_weights(), strict=True):
        assert np.array_equal(mine, theirs)


def test_the_names_that_the_reader_goes_by(tmp_path):
    path = tmp_path / "model.h5"
    every_layer().save(path)
    with h5py.File(path) as file:
        stored: list[str] = []
        file["model_weights"].visititems(
            lambda name, item: stored.append(name) if isinstance(item, h5py.Dataset) else None
        )
        config = file.attrs["model_config"]
    assert sorted(f"{name.split('/')[0]}/{name.split('/')[-1]}" for name in stored) == [
        "conv/kernel",
        "dense/bias",
        "dense/kernel",
        "depthwise/bias",
        "depthwise/kernel",
    ]
    for kind in ("BinaryDepthwiseConv2D", "BinaryConv2D", "Sign", "BinaryDense"):
        assert f'"class_name": "binloom>{kind}"' in config
    assert config.count('"binary_input": true') == 2
    assert config.count('"binary_input": false') == 1
