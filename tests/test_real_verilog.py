"""Real trained files to the end: their Verilog in Verilator against the golden model, on their own test images."""

import time
from functools import cache
from pathlib import Path

import pytest

from binloom import api
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
def built(name: str, folder: Path) -> api.Build:
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
