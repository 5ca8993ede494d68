"""`binloom train` from the command line: a run, and what it refuses."""

import errno
import json
import shlex
import subprocess
import sys

import numpy as np
import pytest

from binloom import api
from binloom.main import main
from binloom.train.folder import at_work
from binloom.train.recipe import Recipe, names
from tests.train.blobs import arrays, write

RECIPE = 'data = "blobs"\n[lbcnn]\nmultipliers = [3]\n[elm]\nepochs = 1\nbatch = 40\n'


@pytest.fixture
def files(tmp_path):
    return write(tmp_path, RECIPE)


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


def refusal(words: list[str], capsys: pytest.CaptureFixture) -> str:
    """The one line that a command is refused with."""
    assert main(["train", *words]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith("binloom: ")
    assert told.err.count("\n") == 1
    return told.err.removeprefix("binloom: ")


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
        (
            ["MINE", "--data", "SET", "-o", "/proc/none/run"],
            "/proc/none/run cannot be written to (No such file or directory); give another",
        ),
        (["MINE", "--data", "SET", "-o", "SET/run"], "SET is a file; give another folder"),
        (["MINE", "--data", "SET", "-o", "/proc/run"], "/proc/run cannot be written to ("),
        (["MINE", "--data", "SET", "--board", "ulx4s"], "there is no board 'ulx4s'; take one of "),
    ],
)
def test_what_it_refuses(files, capsys, changed, message):
    places = {"SET": str(files / "set.npz"), "MINE": str(files / "mine.toml")}
    words = [word.replace("SET", places["SET"]).replace("MINE", places["MINE"]) for word in changed]
    before = sorted(files.rglob("*"))
    assert refusal(words, capsys).startswith(message.replace("SET", places["SET"]))
    assert sorted(files.rglob("*")) == before


SLIPS = """
import json, sys
from binloom.main import main
statuses = [main(["train", *given]) for given in json.loads(sys.argv[1])]
print(statuses, {"keras", "tensorflow"} & set(sys.modules))
"""


def test_a_slip_is_told_before_keras_is_there(files, tmp_path):
    """In one line, beside which no backend tells anything."""
    set_, mine, slip, none = (files / name for name in ("set.npz", "mine.toml", "slip.toml", "none.toml"))
    slip.write_text(RECIPE.replace("multipliers", "multiplier"))
    moved = tmp_path / "moved.toml"
    moved.write_text(f"{RECIPE}shifts = 8\n")
    np.savez(files / "black.npz", **arrays() | {"x_train": np.zeros((180, 8, 8, 1), np.uint8)})
    begun = {"recipe": Recipe.read(str(mine)).told(), "data": "another", "seed": 1, "quick": False}
    with at_work(files / "run", begun):
        pass
    slips = {
        ("lbcnn_minst",): "no recipe is called 'lbcnn_minst'; name one of ",
        (none,): f"{none} does not exist; give a .toml file, or name one of ",
        (slip,): f"{slip}: [lbcnn] has no 'multiplier'; it has multipliers, ",
        (mine,): "no data set is called 'blobs'; name one of mnist, ",
        (mine, "--data", none): f"{none} does not exist; give ",
        (mine, "--data", files / "black.npz"): f"{files / 'black.npz'}: all training images are black; give images",
        (mine, "--data", set_, "--board", "ulx4s"): "there is no board 'ulx4s'; take one of ",
        (mine, "--data", set_, "-o", set_): f"{set_} is a file; give another folder",
        (moved, "--data", set_): "[elm]: shifts is 8, and images are 8 x 8; give less than 8",
        (
            mine,
            "--data",
            set_,
            "-o",
            files / "run",
        ): f"{files / 'run'} holds a run of another recipe, data set or seed;",
    }
    given = json.dumps([list(map(str, words)) for words in slips])
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", SLIPS, given], capture_output=True, text=True, timeout=300
    )
    assert done.stdout == f"{[2] * len(slips)} set()\n", done.stderr
    for line, message in zip(done.stderr.splitlines(), slips.values(), strict=True):
        assert line.startswith(f"binloom: {message}")


@pytest.mark.parametrize("option", ["--data", "-o"])
def test_a_path_that_is_empty(capsys, option):
    with pytest.raises(SystemExit, match="2"):
        main(["train", "lbcnn_mnist", option, ""])
    assert "give a path, got ''" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("recipe", "message"),
    [
        (RECIPE.replace("multipliers", "multiplier"), "[lbcnn] has no 'multiplier'; it has multipliers, nl, kernel"),
        (RECIPE.replace("[lbcnn]", "[lbcn]"), "no recipe has 'lbcn'; a recipe has data, one of [lbcnn], "),
        (RECIPE.replace("epochs = 1", 'epochs = "many"'), "[elm]: epochs is 'many'; give a whole number"),
        (
            RECIPE.replace("multipliers = [3]", "multipliers = [3]\nkernel = 0"),
            "[lbcnn]: kernel is 0; give a whole number",
        ),
        ("data = ", " is not TOML ("),
        ("\x00", " is not TOML ("),
    ],
)
def test_a_recipe_with_a_slip(files, capsys, recipe, message):
    (files / "mine.toml").write_text(recipe)
    words = [str(files / "mine.toml"), "--data", str(files / "set.npz"), "-o", str(files / "run")]
    assert message in refusal(words, capsys)
    assert not (files / "run").exists()


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"y_train": np.full(180, -1)}, ": y_train goes from -1 to -1; number the classes from 0 up"),
        ({"y_test": np.full(60, 7)}, ": y_test has class 7 and y_train none above 2; train on images of every class"),
        ({"y_test": np.zeros(59, int)}, ": y_test has shape (59,) beside 60 images; give one label an image"),
        ({"y_train": np.zeros(180)}, ": y_train holds float64; give whole numbers from 0 up, one a class"),
        (
            {"y_train": np.zeros(180, int), "y_test": np.zeros(60, int)},
            ": y_train has one class only; give images of two",
        ),
        (
            {"y_train": np.arange(180) % 3 * 20, "y_test": np.zeros(60, int)},
            ": y_train has no image of class 1, and classes up to 40; number the classes from 0 up, without gaps",
        ),
        ({"x_test": np.zeros((60, 9, 8, 1), np.uint8)}, ": x_train is of 8 x 8 x 1 and x_test of 9 x 8 x 1; give both"),
        (
            {"x_train": np.zeros((180, 8, 8, 1), np.uint8)},
            ": all training images are black; give images with something",
        ),
        ({"x_train": np.zeros((180, 8, 8, 1))}, ": x_train holds float64; give whole numbers from 0 to 255"),
    ],
)
def test_data_that_cannot_be_meant(files, capsys, changed, message):
    path = files / "bad.npz"
    np.savez(path, **{**arrays(), **changed})
    words = [str(files / "mine.toml"), "--data", str(path), "-o", str(files / "run")]
    assert refusal(words, capsys).startswith(f"{path}{message}")
    assert not (files / "run").exists()


@pytest.mark.parametrize("spoilt", ["cut", "text", "without"])
def test_a_file_that_is_none(files, capsys, spoilt):
    path = files / "bad.npz"
    if spoilt == "without":
        np.savez(path, x_train=np.zeros((2, 8, 8, 1), np.uint8))
    else:
        whole = (files / "set.npz").read_bytes()
        path.write_bytes(whole[: len(whole) // 2] if spoilt == "cut" else b"no archive at all")
    words = [str(files / "mine.toml"), "--data", str(path), "-o", str(files / "run")]
    assert str(path) in refusal(words, capsys)
    assert not (files / "run").exists()


def test_a_disk_that_is_full(files, capsys, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device", str(files / "run" / "about.json"))

    monkeypatch.setattr("binloom.train.show.told.write", full)
    words = [str(files / "mine.toml"), "--data", str(files / "set.npz"), "-o", str(files / "run")]
    assert "No space left on device" in refusal(words, capsys)
    monkeypatch.undo()
    assert main(["train", *words]) == 0, "what was begun can be gone on with"
