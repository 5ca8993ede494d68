"""Predictions of stored models on whichever backend Keras runs: `python -m tests.train.predict JOBS.json`.

The file names (model, images.npy, out.npy) triples. `on` runs it in a process of its own, since a process has one
backend.
"""

import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[2]


def on_jax(jobs: Mapping[Path, np.ndarray], folder: Path) -> dict[Path, np.ndarray]:
    """`on` JAX, which is among what the tests install."""
    return on("jax", jobs, folder)


def on(backend: str, jobs: Mapping[Path, np.ndarray], folder: Path) -> dict[Path, np.ndarray]:
    """The results that a backend gives for each stored model and its images, all in one process."""
    if importlib.util.find_spec(backend) is None:
        pytest.skip(f"{backend} is not installed; `pip install {backend}` lets the layers be tried on it as well")
    triples = []
    for number, (model, images) in enumerate(jobs.items()):
        np.save(folder / f"in{number}.npy", images)
        triples.append([str(model), str(folder / f"in{number}.npy"), str(folder / f"out{number}.npy")])
    (folder / "jobs.json").write_text(json.dumps(triples))
    environment = {**os.environ, "KERAS_BACKEND": backend, "JAX_PLATFORMS": "cpu"}
    command = [sys.executable, "-m", "tests.train.predict", str(folder / "jobs.json")]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr[-2000:]
    return {model: np.load(out) for model, (_, _, out) in zip(jobs, triples, strict=True)}


def main(file: str) -> None:
    import binloom.train.layers  # noqa: F401
    from tests.keras_env import keras

    assert keras.backend.backend() == os.environ["KERAS_BACKEND"]
    for model, images, out in json.loads(Path(file).read_text()):
        loaded = keras.models.load_model(model, compile=False)
        result = loaded(np.load(images).astype(np.float32), training=False)
        np.save(out, keras.ops.convert_to_numpy(result))


if __name__ == "__main__":
    main(sys.argv[1])
