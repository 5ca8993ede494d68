"""Real trained files to the end: their Verilog in Verilator against the golden model, on their own test images."""

import time
from functools import cache
from pathlib import Path

import pytest

from binloom import api
from binloom.build import Build
from binloom.compiler.compile import compile_graph
from binloom.compiler.design.fold import Fold, Plan
from binloom.compiler.design.planes import regions
from binloom.compiler.ir.ops import Dense
from binloom.sim.cocotb_bench import write_bench
from binloom.sim.verify import Verification
from tests.real import model, needs_real_models
from tests.real import test_set as images_of

pytestmark = [needs_real_models, pytest.mark.slow]

MNIST = "B-nlcnn_mnist_99_22.h5"

# name: (file, scale of a pixel, data set)
MODELS = {
    "mnist": (MNIST, "1/255", "mnist"),
    "faces": ("B-nlcnn_orl_100_00.h5", "1/242", "olivetti"),
    "larq": ("larq_mnist_plain.h5", "1/255", "mnist"),
}


@cache
def built(name: str, folder: Path) -> Build:
    file, scale, _ = MODELS[name]
    return api.compile(model(file), folder / name, input_scale=scale)


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("real")


def demand_equal(result: Verification) -> None:
    assert result.equal, str(result)
    assert result.measured is not None
    for measured, predicted in (
        (result.measured.latency, result.predicted.latency),
        (result.measured.cycles_per_frame, result.predicted.cycles_per_frame),
    ):
        assert measured is not None
        assert predicted is not None
        assert abs(measured - predicted) <= 0.03 * measured, f"{result.measured}, predicted {result.predicted}"


@pytest.mark.parametrize("name", MODELS)
def test_200_images_of_each_model(name: str, folder: Path) -> None:
    images, _ = images_of(MODELS[name][2])
    demand_equal(built(name, folder).verify(images[:200]))


@pytest.mark.parametrize(("planes", "outputs"), [(20, 2), (40, 1)])
def test_mnist_in_planes(planes: int, outputs: int, tmp_path: Path) -> None:
    """One channel, or two, of the chain at a time; the dense layer follows the order in which they come."""
    graph = api.integer_graph(model(MNIST), input_scale="1/255")
    region = regions(graph)[0]
    assert planes in region.counts
    conv1, pool1, conv2, pool2, flat = region.nodes
    folds = {node.name: Fold() for node in graph}
    folds |= {name: Fold(lanes=outputs, planes=planes) for name in (pool1, pool2, flat)}
    folds |= {name: Fold(simd=9, pe=outputs, storage="rom", planes=planes) for name in (conv1, conv2)}
    (dense,) = (node.name for node in graph if isinstance(node.op, Dense))
    folds[dense] = Fold(pe=5, storage="rom")
    images, _ = images_of("mnist")
    made = compile_graph(graph, tmp_path / "build", plan=Plan(folds), extra_writers=[write_bench])
    result = api.load(made.dir).verify(images[:100])
    assert result.equal, str(result)
    assert result.measured is not None
    # A plane pushes the last windows of the one before it out, which the predicted latency takes for idle time.
    for measured, predicted, share in (
        (result.measured.cycles_per_frame, planes * 784, 0.001),
        (result.measured.latency, result.predicted.latency, 0.05),
    ):
        assert measured is not None
        assert abs(measured - predicted) <= share * measured, f"{result.measured}, predicted {result.predicted}"


def test_the_whole_mnist_test_set_in_ten_minutes(folder: Path) -> None:
    images, labels = images_of("mnist")
    build = built("mnist", folder)
    start = time.monotonic()
    result = build.verify(images)
    seconds = time.monotonic() - start
    demand_equal(result)
    assert result.images == len(images) == 10_000
    # Hence what the hardware scores, which equals the golden model, is what the authors measured.
    assert str(build.evaluate(images, labels)) == "top-1 99.22% (9922 of 10000)"
    assert seconds < 600, f"{seconds:.0f} s"
