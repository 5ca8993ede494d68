"""The papers' networks: their layers counted, and whole ones compiled to integers, small ones in the quick tests."""

from collections import Counter
from dataclasses import replace

import keras
import numpy as np
import pytest
from keras import ops

from binloom.compiler.build import Build
from binloom.compiler.compile import CompileOptions, compile_graph
from binloom.compiler.errors import InputError
from binloom.compiler.ir.graph import Graph
from binloom.compiler.ir.interpret import run
from binloom.compiler.ir.ops import Add, Concat, Conv
from binloom.compiler.lower import lower
from binloom.compiler.passes import run_passes
from binloom.compiler.reader import read_model
from binloom.sim.verify import verify
from binloom.train import families, models
from binloom.train.layers import BinaryConv2D, Clip, FixedPoint
from binloom.train.models.residual import FLOAT, INT8, INT16, Grid
from tests.compiler.bench import random_frames

SIDE = (8, 8, 3)
SMALL = {
    "vgg": lambda: models.vgg(((4, 4), (6,)), (8,), SIDE, 5),
    "vgg clipped": lambda: models.vgg(((4, 4), (16,)), (), SIDE, 5, clip=True),
    "vgg planes": lambda: models.vgg(((4,), (6,)), (), SIDE, 5, planes=4, plane_filters=2, clip=True),
    "cbcnn": lambda: models.cbcnn(SIDE, 5, filters=(4, 6), units=8),
    "bireal": lambda: models.bireal((1, 1), SIDE, 5, 4, large=False),
    "bireal 16": lambda: models.bireal((1, 1), SIDE, 5, 4, grid=INT16, large=False, shortcut="concat"),
    "react": lambda: models.react((1, 1), SIDE, 5, 4, large=False, binary_stem=True),
    "react int8": lambda: models.react((1, 1), SIDE, 5, 4, grid=Grid(8, 3, int8_norm=True), large=False),
    "react large": lambda: models.react((1, 1), (16, 12, 3), 5, 4, shortcut="project"),
    "react float": lambda: models.react((1, 1), SIDE, 5, 4, grid=FLOAT, large=False),
    "quicknet": lambda: models.quicknet((1, 1), SIDE, 5, 4, large=False),
    "quicknet large": lambda: models.quicknet((1, 1), (16, 16, 3), 5, 4),
    "densenet": lambda: models.binary_densenet((2, 1), (1.5,), SIDE, 5, 4, 3, large=False),
}


def settle(model: keras.Model, seed: int = 1) -> None:
    """Parameters as training leaves them: normalisations near what they see, shifts and thresholds away from 0."""
    rng = np.random.default_rng(seed)
    for weight in model.weights:
        if "variance" in weight.path:
            weight.assign(rng.uniform(150, 600, weight.shape))
        elif "mean" in weight.path:
            weight.assign(rng.normal(0, 8, weight.shape))
        elif "gamma" in weight.path:
            weight.assign(rng.uniform(0.3, 1.5, weight.shape) * rng.choice([-1, 1], weight.shape))
        elif "kernel" not in weight.path:
            weight.assign(rng.normal(0, 0.5, weight.shape))


def compiled(model: keras.Model, folder) -> Graph:
    settle(model)
    model.save(folder / "model.keras")
    return run_passes(lower(read_model(folder / "model.keras")))


@pytest.mark.parametrize("name", SMALL)
def test_integers_follow_keras(name, tmp_path):
    keras.utils.set_random_seed(1)
    model = SMALL[name]()
    graph = compiled(model, tmp_path)
    images = random_frames(graph, 30, 2)
    want = ops.convert_to_numpy(model(images.astype(np.float32)))
    (got,) = run(graph, images).values()
    # Kernels of 8 bits and factors of 18 move logits a little: what they say of one image against another stays.
    alike = np.corrcoef(got.reshape(want.shape).ravel(), want.ravel())[0, 1]
    assert alike > 0.98, (name, alike, graph.meta["notes"])


@pytest.mark.parametrize("kind", [kind for kind in families.FAMILIES if kind != "lbcnn"])
def test_families_have_a_width_and_say_what_was_asked_of_them(kind):
    family = families.FAMILIES[kind]()
    assert family.about() == family.title
    narrow = replace(family, width=1 / 32)
    assert narrow.about() == f"{family.title}: width 0.03125"
    model = narrow.build((16, 16, 3), 7)
    assert model.output_shape == (None, 7)
    assert max(getattr(layer, "filters", 0) for layer in model.layers) <= 512 / 32
    assert narrow.clips == any(isinstance(layer, Clip) for layer in model.layers)


def test_a_vgg_whose_sums_are_clipped_says_so():
    clipped = families.Vgg(width=1 / 32, clip=True)
    assert clipped.clips
    assert any(isinstance(layer, Clip) for layer in clipped.build((16, 16, 3), 7).layers)


@pytest.mark.parametrize(("shape", "classes", "count"), [((28, 28, 1), 10, 480_404), ((32, 32, 1), 43, 587_222)])
def test_cbcnn_has_as_many_parameters_as_the_paper_says(shape, classes, count):
    model = models.cbcnn(shape, classes)
    assert sum(weight.shape.num_elements() for weight in model.trainable_weights) == count


def test_compression_makes_colours_grey():
    model = families.Cbcnn(compression=True).build((32, 32, 3), 43)
    assert sum(weight.shape.num_elements() for weight in model.trainable_weights) == 587_222


@pytest.mark.parametrize(
    ("kind", "parameters", "message"),
    [
        ("vgg", {"kind": "16"}, "kind is '16'; give one of small, 11"),
        ("vgg", {"planes": 9}, "planes is 9; give one of 0, 1, 2, 3, 4, 5, 6, 7, 8"),
        ("react", {"depth": 20}, "depth is 20; give one of 18, 34"),
        ("bireal", {"shortcut": "pool"}, "shortcut is 'pool'; give one of concat, project"),
        ("quicknet", {"grid": "int4"}, "grid is 'int4'; give one of int8, int16, float"),
        ("binaryflex", {"codes": "last"}, "codes is 'last'; give one of first, spread, mixed"),
    ],
)
def test_values_that_nobody_knows(kind, parameters, message):
    with pytest.raises(InputError, match=message):
        families.FAMILIES[kind](**parameters)


@pytest.mark.parametrize(
    ("make", "binary", "real"),
    [
        (models.bireal18, 16, 4),
        (models.bireal34, 32, 4),
        (models.react18, 16, 1),
        (models.react34, 32, 1),
        (models.binary_densenet28, 23, 4),
        (lambda shape, classes, _, large: models.vgg_small(shape, classes), 6, 0),
        (lambda shape, classes, _, large: models.vgg11(shape, classes), 8, 0),
    ],
)
def test_layers_are_as_many_as_the_name_says(make, binary, real):
    counts = Counter(type(layer) for layer in make((32, 32, 3), 10, 2, large=True).layers)
    assert (counts[BinaryConv2D], counts[keras.layers.Conv2D]) == (binary, real)


def test_a_grid_without_bits_rounds_nothing():
    x = keras.Input((2,))
    assert Grid(None)(x) is x
    assert isinstance(INT8(x)._keras_history.operation, FixedPoint)


def test_refuses_what_cannot_be_halved():
    x = keras.Input((4, 4, 3))
    with pytest.raises(ValueError, match=r"^channels beside themselves are twice as many, got 3 and 4$"):
        models.residual.halved(x, 4, "concat")
    with pytest.raises(ValueError, match=r"^a shortcut is halved by 'concat' or 'project', got 'pool'$"):
        models.residual.halved(x, 6, "pool")


@pytest.mark.slow
@pytest.mark.parametrize("make", [models.bireal18, models.bireal34, models.react18, models.react34])
def test_whole_nets_become_integers(make, tmp_path):
    depth = 16 if make in (models.bireal18, models.react18) else 32
    graph = compiled(make((32, 32, 3), 10, 16, large=False, shortcut="concat"), tmp_path)
    counts = Counter(type(node.op) for node in graph)
    assert (counts[Conv], counts[Add], counts[Concat]) == (depth + 1, depth, 3)


@pytest.mark.slow
def test_densenet28_becomes_integers(tmp_path):
    graph = compiled(models.binary_densenet28((32, 32, 3), 10, 16, 16, large=False), tmp_path)
    counts = Counter(type(node.op) for node in graph)
    assert (counts[Conv], counts[Concat]) == (27, 23)


@pytest.mark.slow
def test_18_layers_at_a_quarter_of_their_width_in_verilator(tmp_path):
    model = models.react18((32, 32, 3), 10, 16, large=False, binary_stem=True)
    compile_graph(compiled(model, tmp_path), tmp_path / "build", CompileOptions(cycles=150_000))
    build = Build.load(tmp_path / "build")
    frames = random_frames(build.graph, 2, 1)
    result = verify(build.graph, build.manifest, build.verilog.read_text(), frames, seed=1)
    assert result.equal, result
