"""What `compile --data` says about the accuracy where integers cost some of it."""

import re

import numpy as np
import pytest

from binloom import api
from binloom.compiler.lower import lower
from binloom.compiler.passes import PassOptions, run_passes
from binloom.compiler.reader import read_model
from tests.reader.standins import image, write_keras2_h5

IMAGES, CLASSES = 60, 5


@pytest.fixture(scope="module")
def rough(tmp_path_factory):
    """A dense layer of floats, which two bits a weight cannot hold."""
    rng = np.random.default_rng(11)
    arrays = {"kernel": rng.normal(size=(36, CLASSES)).astype(np.float32), "bias": np.zeros(CLASSES, np.float32)}
    layers = [
        image(6, 6, 1),
        ("Flatten", {"name": "flat"}, {}),
        ("Dense", {"name": "last", "units": CLASSES, "activation": "softmax"}, arrays),
    ]
    return write_keras2_h5(tmp_path_factory.mktemp("rough") / "rough.h5", layers), arrays["kernel"]


def test_the_note_counts_what_was_lost(rough, tmp_path):
    path, kernel = rough
    x = np.random.default_rng(12).integers(0, 256, (IMAGES, 6, 6, 1), np.uint8)
    # The classes as trained, by plain arithmetic; a few labels disagree with them.
    trained = (x.reshape(IMAGES, -1) @ kernel.astype(np.float64)).argmax(axis=1)
    labels = np.where(np.arange(IMAGES) < 6, (trained + 1) % CLASSES, trained)
    np.savez(tmp_path / "set.npz", x_test=x, y_test=labels)
    integers = run_passes(lower(read_model(path)), PassOptions(weight_bits=2))
    found = api.golden.evaluate(integers, x).classes
    right, same = int((found == labels).sum()), int((found == trained).sum())
    assert right < 54, "nothing was lost"
    assert same < IMAGES
    made = api.compile(path, tmp_path / "build", weight_bits=2, data=tmp_path / "set.npz", cycles=200)
    (note,) = [note for note in made.manifest["notes"] if note.startswith("top-1")]
    assert note == (
        f"top-1 90.00% as trained, {100 * right / IMAGES:.2f}% as integers "
        f"({100 * (right - 54) / IMAGES:+.2f} points, the same class for {same} of {IMAGES} images)"
    )
    assert re.search(r"\(-\d+\.\d\d points", note)
    # Eight bits, the default, hold it.
    made = api.compile(path, tmp_path / "fine", data=tmp_path / "set.npz", cycles=200)
    assert any("(+0.00 points" in note for note in made.manifest["notes"])
