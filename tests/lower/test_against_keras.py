"""Keras' own result for each layer of the table, against the real graph and against the integer one.

Keras calculates in float64 here, so that its rounding is far below everything that is compared.
"""

from tests.keras_env import keras  # isort: skip

from fractions import Fraction

import numpy as np
import pytest

from binloom.compiler.ir.interpret import trace
from binloom.compiler.ir.ops import Sign
from binloom.compiler.lower import lower
from binloom.compiler.lower.activation import FUNCTIONS, ORDER_KEEPING
from binloom.compiler.lower.config import class_of, snake
from binloom.compiler.lower.table import TABLE
from binloom.compiler.passes import PassOptions, run_passes
from binloom.compiler.reader import read_model
from tests.lower.models import MODELS, randomise

OWN_SCALE = {"binloom", "averages", "plain image", "shifted", "pixel bits", "camera"}

# TensorFlow holds the slope of a leaky ReLU in float32 whatever the tensors are; all else agrees to 1e-12.
CLOSE = 1e-7


INVERSES = {
    "tanh": np.arctanh,
    "sigmoid": lambda value: np.log(value / (1 - value)),
    "log_sigmoid": lambda value: value - np.log(-np.expm1(value)),
    "softplus": lambda value: np.log(np.expm1(value)),
    "softmax": np.log,
}


@pytest.fixture(autouse=True)
def _float64():
    _calculate_in("float64")
    yield
    _calculate_in("float32")


def _calculate_in(dtype: str) -> None:
    keras.config.set_floatx(dtype)
    keras.config.set_dtype_policy(dtype)  # Keras keeps the first one it was asked for


@pytest.mark.parametrize("name", MODELS)
def test_graphs_give_what_keras_gives(name, tmp_path):
    seed = sum(map(ord, name))
    model = MODELS[name]()
    randomise(model, seed)
    images = np.random.default_rng(seed).integers(0, 256, (6, *model.input_shape[1:]), dtype=np.uint8)
    results = model(images.astype(np.float64) * (1 if name in OWN_SCALE else 1 / 255), training=False)
    results = results if isinstance(results, list) else [results]
    model.save(tmp_path / "model.keras")
    real = lower(read_model(tmp_path / "model.keras"))
    integer = run_passes(real, PassOptions(weight_bits=16))
    frames = images.reshape(-1, *real.inputs[0].tensor.shape)
    got, got_ints = trace(real, frames), trace(integer, frames)
    for result, output in zip(results, real.outputs, strict=True):
        result, at = np.asarray(result), (name, seed, output.name)
        found = got[output.name].reshape(result.shape)
        ended = real.meta["outputs"][output.name]["activation"]
        wanted = logits(result, ended)
        size = np.abs(wanted).max()
        assert np.abs(wanted - found_up_to_constant(found, wanted, ended)).max() < CLOSE * size, (at, found, wanted)
        says = {key: float(Fraction(integer.meta["outputs"][output.name][key])) for key in ("scale", "offset")}
        back = got_ints[output.name].reshape(result.shape) * says["scale"] + says["offset"]
        assert np.abs(back - found).max() < 2e-3 * size + says["scale"], (at, back, found)
    assert_same_bits(real, integer, got, got_ints, (name, seed))


def logits(result, ended):
    """What was before an activation that was left out; after a softmax only up to a constant."""
    return INVERSES.get(ended, lambda value: value)(result)


def found_up_to_constant(found, wanted, ended):
    return found + (wanted - found).mean(axis=-1, keepdims=True) if "softmax" in ended else found


def assert_same_bits(real, integer, got, got_ints, at):
    """Each sign of the real graph that is a threshold of the integer one over as many elements gives the same bits."""
    compared = 0
    for node in real:
        there = integer.by_name.get(node.name)
        if not isinstance(node.op, Sign) or there is None or there.tensor.shape != node.tensor.shape:
            continue
        compared += 1
        different = np.argwhere(got[node.name] != got_ints[node.name])
        assert not len(different), (*at, node.name, different[:3])
    signs = sum(isinstance(node.op, Sign) for node in real)
    assert compared >= -(-signs // 3), (at, f"of {signs} signs {compared} were compared")


def test_every_layer_and_activation_is_in_some_model(tmp_path):
    """Else the table could say anything about it."""
    kinds, functions = set(), set()
    for number, make in enumerate(MODELS.values()):
        make().save(tmp_path / f"{number}.keras")
        for layer in read_model(tmp_path / f"{number}.keras").layers:
            kinds.add((layer.package, layer.kind))
            functions.add(snake(class_of(layer.config.get("activation"))[0]))
            functions.add(snake(layer.kind))
    assert set(TABLE) - kinds == set()
    assert (set(FUNCTIONS) | ORDER_KEEPING) - functions == set()
