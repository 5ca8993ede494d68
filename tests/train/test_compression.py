"""CBCNN's Image Compression Block: Keras on TensorFlow and on JAX, golden, Verilog, all to the bit."""

from pathlib import Path

import keras
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from keras import layers, ops

from binloom.compiler.compile import CompileOptions
from binloom.compiler.errors import InputError
from binloom.compiler.ir.builder import GraphBuilder
from binloom.compiler.ir.interpret import run
from binloom.compiler.lower import lower
from binloom.compiler.passes import run_passes
from binloom.compiler.reader import read_model
from binloom.train.layers import BinaryConv2D, BinaryDense, Equalise, Luma, Sign, Standardise, image_compression
from tests.compiler.bench import check_verilog
from tests.train.predict import on_jax

SEED = 7


def golden(images: np.ndarray, op: str, *settings: int) -> np.ndarray:
    """What the graph's op makes of the images."""
    b = GraphBuilder()
    x = b.input(images.shape[1:])
    return run(b.output(getattr(b, op)(x, *settings), "y"), images)["y"]


def of(layer: keras.Layer, images: np.ndarray) -> np.ndarray:
    got = ops.convert_to_numpy(layer(images.astype(np.float32)))
    assert got.shape == tuple(layer.compute_output_shape(images.shape))
    return got


def extremes(size: tuple[int, int], channels: int = 1) -> np.ndarray:
    """Frames of one value, of two, of two that are next to each other, of few in the dark, of all."""
    rng = np.random.default_rng(SEED)
    images = rng.integers(0, 256, (9, *size, channels), np.uint8)
    images[0], images[1], images[2], images[3], images[4] = 0, 255, 7, 0, 100
    images[3, -1, -1], images[4, 0, 0] = 255, 101
    images[5] = np.where(images[5] > 127, 255, 0)
    images[6] //= 64
    return images


def test_luma_of_every_byte():
    colours = np.stack(np.meshgrid(*[np.r_[0, 1, 127:130, 254, 255, 13:250:23]] * 3), -1).reshape(1, 1, -1, 3)
    got = of(Luma(), colours)
    assert np.array_equal(got, (colours @ np.array([77, 150, 29]) + 128 >> 8)[..., None])
    assert np.array_equal(got, golden(colours, "luminance"))
    assert got.min() == 0
    assert got.max() == 255


@pytest.mark.parametrize("size", [(1, 1), (1, 2), (5, 3), (32, 32), (181, 362)])
def test_extremes(size):
    images = extremes(size)
    assert np.array_equal(of(Equalise(), images), golden(images, "equalise"))
    assert np.array_equal(of(Standardise(), images) * 32, golden(images, "standardise", 5, 8))


def test_the_largest_images():
    """Numbers up to the last of 32 bits."""
    for places, size in ((0, (256, 512)), (5, (256, 512)), (10, (64, 64))):
        images = extremes(size)
        assert np.array_equal(
            of(Standardise(places, 16), images) * 2**places, golden(images, "standardise", places, 16)
        )


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_any_frames(data):
    size = data.draw(st.tuples(st.integers(1, 9), st.integers(1, 9)))
    least = data.draw(st.integers(0, 255))
    values = np.array(data.draw(st.lists(st.integers(least, 255), min_size=1, max_size=6)), np.uint8)
    images = np.random.default_rng(data.draw(st.integers(0, 99))).choice(values, (3, *size, 1))
    bits = data.draw(st.integers(2, 16))
    places = data.draw(st.integers(0, bits - 1))
    assert np.array_equal(of(Equalise(), images), golden(images, "equalise"))
    assert np.array_equal(
        of(Standardise(places, bits), images) * 2**places, golden(images, "standardise", places, bits)
    )


@pytest.mark.parametrize("jit", [False, True])
def test_a_compiled_graph_gives_the_same(jit):
    """Where constants are folded, roots approximated and divisions become products."""
    images = extremes((8, 9))
    image = keras.Input((8, 9, 1))
    model = keras.Model(image, [Equalise()(image), Standardise()(image)])
    model.compile(jit_compile=jit)
    equalised, standardised = model.predict(images, verbose=0)
    assert np.array_equal(equalised, golden(images, "equalise"))
    assert np.array_equal(standardised * 32, golden(images, "standardise", 5, 8))


def net(size: tuple[int, int], channels: int) -> keras.Model:
    pixels = keras.Input((*size, channels))
    x = BinaryConv2D(4, 3, strides=2, use_bias=False)(image_compression(pixels))
    return keras.Model(pixels, BinaryDense(3)(layers.Flatten()(Sign()(x))))


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    """A net in colour, one in grey, and the block alone, in both file formats: their file, images, results."""
    folder = tmp_path_factory.mktemp("nets")
    keras.utils.set_random_seed(SEED)
    pixels = keras.Input((33, 20, 1))
    made = {
        "colour.h5": (net((8, 7), 3), extremes((8, 7), 3)),
        "grey.keras": (net((6, 9), 1), extremes((6, 9))),
        "alone.h5": (keras.Model(pixels, image_compression(pixels, places=9, bits=12)), extremes((33, 20))),
    }
    for name, (model, _) in made.items():
        model.save(folder / name)
    on = on_jax({folder / name: images for name, (_, images) in made.items()}, folder)
    return {
        name: (folder / name, images, model.predict(images, verbose=0), on[folder / name])
        for name, (model, images) in made.items()
    }


@pytest.mark.parametrize(("name", "places"), [("colour.h5", 5), ("grey.keras", 5), ("alone.h5", 9)])
def test_both_backends_are_golden(stored, name, places):
    path, images, on_tensorflow, jax = stored[name]
    graph = run_passes(lower(read_model(path)))
    assert graph.meta["input"] == {"scale": "1", "offset": "0", "from": "model"}
    ((output, said),) = graph.meta["outputs"].items()
    got = run(graph, images)[output].reshape(on_tensorflow.shape)
    if name == "alone.h5":
        assert said["scale"] == f"1/{1 << places}"
        got = got * 2.0**-places
    assert np.array_equal(got, on_tensorflow)
    assert np.array_equal(got, jax)


def test_the_block_is_these_ops(stored):
    graph = run_passes(lower(read_model(stored["colour.h5"][0])))
    kinds = [type(node.op).__name__ for node in graph]
    assert kinds == [
        "Input",
        "Conv",
        "Affine",
        "Equalise",
        "Standardise",
        "Conv",
        "Threshold",
        "Reshape",
        "Dense",
        "Output",
    ]
    assert str(graph["compression_luma"].tensor) == "8x7x1 u8[0, 255]"


def test_verilator_equals_golden(stored, tmp_path: Path):
    check_verilog(run_passes(lower(read_model(stored["colour.h5"][0]))), tmp_path / "build", CompileOptions())


@pytest.mark.parametrize(
    ("stack", "message"),
    [
        (
            [layers.Rescaling(1 / 255), Equalise()],
            "'equalise' .Equalise.: it takes whole pixels, but what it is given are",
        ),
        ([Equalise(), layers.Rescaling(1 / 255), Standardise()], "are no longer whole pixels; put it before any Resc"),
        ([Standardise(), Equalise()], "'equalise' .Equalise.: it takes whole pixels"),
    ],
)
def test_refused(tmp_path, stack, message):
    model = keras.Sequential([keras.Input((4, 4, 1)), *stack, layers.Flatten(), BinaryDense(2)])
    for number, layer in enumerate(stack):
        layer.name = type(layer).__name__.lower() if type(layer) is Equalise else f"layer{number}"
    model.save(tmp_path / "model.h5")
    with pytest.raises(InputError, match=message):
        lower(read_model(tmp_path / "model.h5"))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Standardise(8, 8), r"^bits must lie in 2\.\.16, and places in 0\.\.bits - 1, got 8 and 8$"),
        (
            lambda: Standardise().build((None, 300, 438, 1)),
            "^an image of 5 places has at most 131,072 pixels, got 131,400$",
        ),
        (lambda: Standardise(0).build((None, 300, 438, 1)), "^an image of 0 places has at most 131,072 pixels"),
        (lambda: Equalise().build((None, 4, 4, 3)), r"^Equalise takes \(batch, height, width, 1\) of known size, got"),
        (lambda: Luma().build((None, None, 4, 3)), r"^Luma takes \(batch, height, width, 3\) of known size, got"),
    ],
)
def test_refuses(make, message):
    with pytest.raises(ValueError, match=message):
        make()
