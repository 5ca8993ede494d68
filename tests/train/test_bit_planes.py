"""Bit planes, their sum and thermometers in Keras: the formulas of their docstrings in NumPy, and both file formats."""

import keras
import numpy as np
import pytest
from keras import ops

from binloom.train.layers import BitPlanes, ShiftAdd, Thermometer


def of(layer: keras.Layer, x: np.ndarray) -> np.ndarray:
    got = ops.convert_to_numpy(layer(x.astype(np.float32)))
    assert got.shape == tuple(layer.compute_output_shape(x.shape))
    return got


@pytest.mark.parametrize("planes", range(1, 9))
def test_planes_of_every_pixel(planes):
    pixels = np.arange(256).reshape(1, 16, 8, 2)
    got = of(BitPlanes(planes), pixels)
    want = 2 * (pixels[..., None] >> np.arange(8 - planes, 8) & 1) - 1
    assert np.array_equal(got, want.reshape(1, 16, 8, 2 * planes))
    again = ((got.reshape(*pixels.shape, planes) + 1) / 2 * 2.0 ** np.arange(8 - planes, 8)).sum(-1)
    assert np.array_equal(again, pixels >> 8 - planes << 8 - planes)


@pytest.mark.parametrize("jit", [False, True])
def test_a_compiled_graph_gives_the_same(jit):
    """Where constants are folded and divisions become products."""
    image = keras.Input((16, 16, 1))
    model = keras.Model(image, [BitPlanes()(image), Thermometer(20)(image), ShiftAdd(8, 1)(BitPlanes()(image))])
    model.compile(jit_compile=jit)
    pixels = np.arange(256, dtype=np.uint8).reshape(1, 16, 16, 1)
    for got, want in zip(model.predict(pixels, verbose=0), model(pixels), strict=True):
        assert np.array_equal(got, ops.convert_to_numpy(want))


def test_planes_of_more_bits():
    numbers = np.array([[0, 1, 2047, 4095, 65535]])
    got = of(BitPlanes(3, bits=16), numbers)
    assert np.array_equal(got, (2 * (numbers[..., None] >> np.arange(13, 16) & 1) - 1).reshape(1, 15))


@pytest.mark.parametrize("ends", [(-127, 127), (127, 127), (-127, -127)])
def test_sums_of_planes_are_exact(ends):
    rng = np.random.default_rng(1)
    for planes, filters in ((8, 1), (8, 42), (4, 3), (1, 5)):
        x = rng.integers(*ends, (2, 3, 2, 2 * planes * filters), endpoint=True)
        want = (x.reshape(2, 3, 2, 2, planes, filters) << np.arange(planes)[:, None]).sum(4)
        assert np.array_equal(of(ShiftAdd(planes, filters), x), want.reshape(2, 3, 2, -1))


@pytest.mark.parametrize(("levels", "lo", "hi"), [(1, 0, 255), (32, 0, 255), (7, -3, 100)])
def test_levels_passed(levels, lo, hi):
    pixels = np.arange(256).reshape(1, 1, 128, 2)
    got = of(Thermometer(levels, lo=lo, hi=hi), pixels).reshape(1, 1, 128, 2, levels)
    bounds = np.float32([lo + (hi - lo) * (2 * k + 1) / (2 * levels) for k in range(levels)])
    assert np.array_equal(got, np.where(pixels[..., None] >= bounds, 1, -1))
    assert (np.diff(got, axis=-1) <= 0).all(), "a level is passed that one below it is not"


@pytest.mark.parametrize("suffix", ["h5", "keras"])
def test_round_trip(tmp_path, suffix):
    model = keras.Sequential(
        [
            keras.Input((4, 3, 2)),
            Thermometer(2, lo=0, hi=8),
            BitPlanes(1, bits=1),
            ShiftAdd(2, 2),
            keras.layers.Flatten(),
        ]
    )
    path = tmp_path / f"model.{suffix}"
    model.save(path)
    loaded = keras.models.load_model(path)
    for mine, theirs in zip(model.layers, loaded.layers, strict=True):
        assert type(mine) is type(theirs)
        assert mine.get_config() == theirs.get_config()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: BitPlanes(9), r"^planes must lie in 1\.\.bits, and bits in 1\.\.16, got 9 of 8$"),
        (lambda: ShiftAdd(0, 3), "^planes and filters must be at least 1, got 0 and 3$"),
        (
            lambda: ShiftAdd(2, 3).compute_output_shape((1, 1, 1, 8)),
            "^3 filters on each of 2 planes do not fit 8 channels$",
        ),
        (lambda: Thermometer(4, lo=9, hi=9), "^levels must be at least 1, and lo below hi, got 4, 9 and 9$"),
    ],
)
def test_refuses(make, message):
    with pytest.raises(ValueError, match=message):
        make()
