"""A small model file, a data set for it and a build of it, each made once."""

from pathlib import Path

import numpy as np
import pytest

from binloom import api
from binloom.main import main
from tests.reader.standins import image, write_keras2_h5


def layers(rng: np.random.Generator) -> list:
    """Depthwise +-1 kernels, a pool, and whole-numbered dense weights: exact in every step, like the LB-CNN files."""
    same = {"padding": "same"}
    return [
        image(6, 6, 1),
        (
            "DepthwiseConv2D",
            {"name": "first", "kernel_size": [3, 3], "depth_multiplier": 4, "use_bias": False, **same},
            {"depthwise_kernel": rng.choice([-1.0, 1.0], (3, 3, 1, 4)).astype(np.float32)},
        ),
        ("MaxPooling2D", {"name": "pool", "pool_size": [2, 2], "strides": [2, 2]}, {}),
        ("Flatten", {"name": "flat"}, {}),
        (
            "Dense",
            {"name": "last", "units": 5, "activation": "softmax"},
            {
                "kernel": rng.integers(-20, 21, (36, 5)).astype(np.float32),
                "bias": rng.integers(-9, 10, 5).astype(np.float32),
            },
        ),
    ]


@pytest.fixture(scope="session")
def model(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("model") / "tiny.h5"
    return write_keras2_h5(path, layers(np.random.default_rng(1)))


@pytest.fixture(scope="session")
def data(tmp_path_factory, model) -> Path:
    """60 images; the labels are the model's own classes, but for the last six."""
    x = np.random.default_rng(2).integers(0, 256, (60, 6, 6, 1), np.uint8)
    graph = api.integer_graph(model)
    y = api.golden.evaluate(graph, x).classes
    y[54:] = (y[54:] + 1) % 5
    path = tmp_path_factory.mktemp("data") / "set.npz"
    np.savez(path, x_test=x, y_test=y)
    return path


@pytest.fixture(scope="session")
def built(tmp_path_factory, model) -> Path:
    """Not to be written to: copy it first."""
    folder = tmp_path_factory.mktemp("built") / "build"
    assert main(["compile", str(model), "-o", str(folder), "--cycles", "200"]) == 0
    return folder
