"""`binloom train` on the other backends of Keras, each in a process of its own."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import keras
import pytest

from binloom.main import main
from binloom.train import history
from binloom.train.show.told import Told
from tests.train import blobs

ELM = """\
data = "blobs"
[lbcnn]
multipliers = [3, 2]
nl = 1
hidden = 30
[elm]
trials = 9
search = "climb"
"""


def given_with(folder: Path, recipe: str) -> list[str]:
    """The arguments of `binloom`, less the folder of the run."""
    blobs.write(folder, recipe)
    return ["train", str(folder / "mine.toml"), "--data", str(folder / "set.npz"), "--board", "icebreaker"]


def trained_on(backend: str, given: list[str]) -> None:
    if importlib.util.find_spec(backend) is None:
        pytest.skip(f"{backend} is not installed")
    environment = {**os.environ, "KERAS_BACKEND": backend, "JAX_PLATFORMS": "cpu"}
    done = subprocess.run(
        [sys.executable, "-m", "binloom", *given], env=environment, capture_output=True, text=True, timeout=600
    )
    assert done.returncode == 0, done.stderr[-2000:]


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_an_extreme_learning_machine_is_the_same_on_each(backend, tmp_path):
    """Features are whole numbers on all of them, and the regression is NumPy's."""
    given = given_with(tmp_path, ELM)
    assert main([*given, "-o", str(tmp_path / "here"), "--jobs", "1"]) == 0
    trained_on(backend, [*given, "-o", str(tmp_path / "there"), "--jobs", "1"])
    here, there = (keras.models.load_model(tmp_path / run / "model.h5", compile=False) for run in ("here", "there"))
    for one, other in zip(here.get_weights(), there.get_weights(), strict=True):
        assert (one == other).all()


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_training_by_gradients(backend, tmp_path):
    trained_on(backend, [*given_with(tmp_path, blobs.TWO_STAGES), "-o", str(tmp_path / "run")])
    told = Told.of(tmp_path / "run")
    assert {"jax": "JAX", "torch": "PyTorch"}[backend] in told.about.versions
    assert told.result.keras == told.result.integers >= 50
    for stage in ("fit 1", "fit 2"):
        losses = [line["loss"] for line in history.read(tmp_path / "run") if line["stage"] == stage]
        assert losses[-1] < losses[0]
