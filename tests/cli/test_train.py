"""`binloom train` from the command line: a run, and what it refuses."""

import shlex
import sys

import numpy as np
import pytest

from binloom import api
from binloom.main import main
from binloom.train.recipe import names
from tests.train.test_elm import blobs

RECIPE = 'data = "blobs"\n[lbcnn]\nmultipliers = [3]\n[elm]\nepochs = 1\nbatch = 40\n'


@pytest.fixture
def files(tmp_path):
    x, y = blobs(240)
    np.savez(tmp_path / "set.npz", x_train=x[:180], y_train=y[:180], x_test=x[180:], y_test=y[180:])
    (tmp_path / "mine.toml").write_text(RECIPE)
    return tmp_path


def test_a_run_whose_model_compiles(files, capsys, monkeypatch):
    given = ["train", str(files / "mine.toml"), "--data", str(files / "set.npz"), "-o", str(files / "run")]
    monkeypatch.setattr(sys, "argv", ["binloom", *given])
    assert main(given) == 0
    told = capsys.readouterr().out
    assert told.startswith("layer ")
    assert "\npredicted: ulx3s-85f: " in told
    assert f"\n{files / 'run' / 'model.h5'}: " in told
    build = api.compile(files / "run" / "model.h5", files / "build")
    with np.load(files / "set.npz") as data:
        right = build.evaluate(data["x_test"].astype(np.int64), data["y_test"]).correct
    assert f": {right} of 60 test images right in integers" in told
    page = (files / "run" / "run.html").read_text()
    assert f"{100 * right / 60:.2f}% of the test set right" in page
    assert f"<code>binloom {shlex.join(given)}</code>" in page
    assert main(given) == 0
    assert capsys.readouterr().out.splitlines()[-1] == told.splitlines()[-1]


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        (["lbcnn_minst"], f"no recipe is called 'lbcnn_minst'; name one of {', '.join(names())}, or a .toml file"),
        (
            ["lbcnn_mnist", "--data", "SET"],
            "SET has images of 8 x 8 x 1, mnist of 28 x 28 x 1; give the right file, or",
        ),
        (["lbcnn_mnist", "--data", "none.npz"], "none.npz does not exist; give the path of an .npz file"),
        (["MINE"], "no data set is called 'blobs'; name one of mnist, "),
        (["MINE", "--data", "SET", "-o", "SET"], "SET is a file; give another folder"),
        (["MINE", "--data", "SET", "--board", "ulx4s"], "there is no board 'ulx4s'; take one of "),
    ],
)
def test_what_it_refuses(files, capsys, changed, message):
    places = {"SET": str(files / "set.npz"), "MINE": str(files / "mine.toml")}
    assert main(["train", *(places.get(word, word) for word in changed)]) == 2
    assert capsys.readouterr().err.startswith("binloom: " + message.replace("SET", places["SET"]))
