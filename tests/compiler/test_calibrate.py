"""Float batch normalisations that become int8 units: which ones, how near they come, and what is said of it."""

from tests.keras_env import keras  # isort: skip

import re
from fractions import Fraction

import numpy as np
import pytest
from keras import layers

from binloom import api
from binloom.compiler.calibrate import calibrate, chosen, tried
from binloom.compiler.errors import InputError
from binloom.compiler.ir.interpret import run
from binloom.compiler.ir.ops import Affine, Clip
from binloom.compiler.lower import LowerOptions, lower
from binloom.compiler.reader import read_model
from binloom.train.layers import BinaryConv2D, BinaryDense

ONE = LowerOptions(Fraction(1))


def shortcuts() -> keras.Model:
    """norm1 goes into a sum and a sign, norm2 into a sum, norm3 into a sign alone, norm4 into the result."""
    signs = {"padding": "same", "use_bias": False}
    image = keras.Input((8, 8, 1))
    x = layers.BatchNormalization(name="norm1")(BinaryConv2D(6, 3, **signs)(image))
    y = layers.BatchNormalization(name="norm2")(BinaryConv2D(6, 3, binary_input=True, **signs)(x))
    z = layers.BatchNormalization(name="norm3")(layers.MaxPooling2D(2)(layers.Add()([x, y])))
    z = BinaryDense(5, binary_input=True, use_bias=False)(layers.Flatten()(z))
    return keras.Model(image, layers.BatchNormalization(name="norm4")(z))


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    """The model's file, and a set of images with its own classes as labels."""
    folder, rng = tmp_path_factory.mktemp("shortcuts"), np.random.default_rng(4)
    keras.utils.set_random_seed(4)
    model = shortcuts()
    images = rng.integers(0, 256, (80, 8, 8, 1), np.uint8)
    for layer in model.layers:
        if isinstance(layer, layers.BatchNormalization):
            seen = np.asarray(keras.Model(model.inputs[0], layer.input)(images.astype(np.float32)))
            seen = seen.reshape(-1, seen.shape[-1])
            n = seen.shape[-1]
            layer.set_weights([rng.normal(0, 1, n), rng.normal(0, 0.3, n), seen.mean(0), seen.var(0)])
    model.save(folder / "shortcuts.h5")
    labels = np.asarray(model(images.astype(np.float32))).argmax(-1)
    np.savez(folder / "set.npz", x_train=images, y_train=labels)
    np.savez(folder / "images.npz", x_train=images)
    return folder / "shortcuts.h5", images


def test_those_that_stay_numbers_become_units(stored):
    path, images = stored
    read = read_model(path)
    found = calibrate(read, lower(read, ONE), images)
    assert list(found) == ["norm1", "norm2"]
    assert all(each.typical < 0.75 for each in found.values()), [str(each) for each in found.values()]
    # Sums of bits are whole numbers of few bits: nothing is lost of them.
    assert found["norm2"].places.input == 0


def test_the_graph_has_them_and_stays_near(stored):
    path, images = stored
    read = read_model(path)
    real = lower(read, ONE)
    changed = lower(read, LowerOptions(Fraction(1), int8=chosen(calibrate(read, real, images))))
    graph = api.integer_graph(path, input_scale=1, int8_batchnorm=path.parent / "set.npz")
    units = [node for node in graph if isinstance(node.op, Affine) and node.name.endswith("int8")]
    assert len(units) == 2
    for node in units:
        (clip,) = graph.users[node.name]
        assert clip.op == Clip(-127, 127)
    want, got = (next(iter(run(each, images).values())) for each in (real, changed))
    # Signs behind the sum turn where it is near their bound.
    assert np.abs(want - got).mean() < 0.4 * want.std()


@pytest.mark.parametrize("name", ["set.npz", "images.npz"])
def test_the_change_is_told(stored, name, tmp_path):
    path, _ = stored
    graph = api.integer_graph(path, input_scale=1, int8_batchnorm=path.parent / name)
    notes = graph.meta["notes"]
    place = r"an int8 batch normalisation, -?\d+ binary places in, \d+ out(, mean and sigma in units of 2\^-?\d+)?"
    assert re.match(rf"norm1: {place}; off by 0\.\d\d of a step as a rule, \d+\.\d at most$", notes[0])
    assert re.match(rf"norm2: {place}", notes[1])
    same = r"the same class for \d+ of 80 calibration images"
    if name == "set.npz":
        said = rf"int8 batch normalisation: top-1 100\.00% before, \d+\.\d\d% after \(-?\+?\d+\.\d\d points, {same}\)"
    else:
        said = f"int8 batch normalisation: {same}"
    assert re.fullmatch(said, notes[2]), notes[2]


def test_images_must_be_there_under_their_name(stored, tmp_path):
    path, images = stored
    np.savez(tmp_path / "test.npz", x_test=images)
    with pytest.raises(InputError, match="x_train"):
        api.integer_graph(path, input_scale=1, int8_batchnorm=tmp_path / "test.npz")


@pytest.mark.parametrize(
    ("values", "places"),
    [
        ([127, -3], (0, 0)),
        ([2, 4], (0, 0)),
        ([128, 1], (-1, 0)),
        ([0.5], (1, 1)),
        ([0, 0], (0, 0)),
        ([1.1], (6, 10)),
        ([1e9], (-15, -11)),
    ],
)
def test_places_begin_where_nothing_saturates(values, places):
    found = tried(np.array(values, float))
    assert (found[0], found[-1]) == places
