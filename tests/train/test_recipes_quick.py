"""Every recipe from end to end, in a quick run: its loss falls, and what comes out compiles. One of them on JAX.

The slow ones take the real data; a small one with made-up images stands for them in the quick tests.
"""

import os
import subprocess
import sys

import pytest

from binloom import api
from binloom.main import main
from binloom.train import history
from binloom.train.recipe import names
from tests.real import needs_data
from tests.train.blobs import TWO_STAGES, write


@pytest.fixture
def files(tmp_path):
    return write(tmp_path, TWO_STAGES)


def demand_sound(folder) -> None:
    """Loss falls within each stage; the card says what it is; the model compiles."""
    lines = history.read(folder)
    for stage in {line["stage"] for line in lines}:
        losses = [line["loss"] for line in lines if line["stage"] == stage]
        assert losses[-1] < losses[0], (stage, losses)
    assert "**A quick run**" in (folder / "card.md").read_text()
    assert api.compile(folder / "model.h5", folder.with_name("build")).manifest["name"]


def test_two_stages_from_a_recipe_to_verilog(files):
    given = ["train", str(files / "mine.toml"), "--data", str(files / "set.npz"), "-o", str(files / "run")]
    assert main([*given, "--quick"]) == 0
    assert [line["stage"] for line in history.read(files / "run")] == ["fit 1"] * 2 + ["fit 2"] * 2
    demand_sound(files / "run")


@pytest.mark.slow
def test_on_jax(files):
    command = [sys.executable, "-m", "binloom", "train", str(files / "mine.toml"), "--quick"]
    command += ["--data", str(files / "set.npz"), "-o", str(files / "run")]
    subprocess.run(command, check=True, env={**os.environ, "KERAS_BACKEND": "jax"})
    assert "JAX" in (files / "run" / "card.md").read_text()
    demand_sound(files / "run")


@pytest.mark.slow
@needs_data
@pytest.mark.parametrize("name", names())
def test_every_recipe(name, tmp_path):
    assert main(["train", name, "--quick", "-o", str(tmp_path / "run")]) == 0
    demand_sound(tmp_path / "run")
