"""Names of classes, from the folders that images lie in to what a board's answer is called."""

import re

import numpy as np
import pytest
from PIL import Image

from binloom import api
from binloom.boards.host.layout import Layout
from binloom.compiler.classes import read_classes
from binloom.compiler.errors import InputError
from binloom.main import main
from binloom.train.data.classes import NAMES
from binloom.train.data.folders import read_folder
from binloom.train.markdown import plain
from binloom.train.show.told import Told

NAMED = r"wild $\ant$"  # which is no formula

RECIPE = """\
data = "beasts"
[lbcnn]
multipliers = [2]
[elm]
"""


def test_from_folders_to_what_a_board_says(tmp_path):
    random = np.random.default_rng(1)
    for part, images in (("train", 30), ("test", 5)):
        for kind, at in ((NAMED, 1), ("bee", 5)):
            place = tmp_path / "beasts" / part / kind
            place.mkdir(parents=True)
            for number in range(images):
                image = random.integers(0, 60, (8, 8), np.uint8)
                image[:, at : at + 2] += 150
                Image.fromarray(image).save(place / f"{number}.png")
    (tmp_path / "mine.toml").write_text(RECIPE)
    run = tmp_path / "run"
    given = ["train", str(tmp_path / "mine.toml"), "--data", str(tmp_path / "beasts"), "-o", str(run)]
    assert main([*given, "--quick", "--board", "icebreaker"]) == 0
    assert Told.of(run).about.classes == ("bee", NAMED)
    assert f"| classes | bee, {plain(NAMED)} |" in (run / "card.md").read_text()
    assert f"{NAMED}: " in (run / "run.html").read_text()  # a cell of the confusion matrix

    build = api.compile(run / "model.h5", tmp_path / "build")
    assert build.manifest["classes"] == ["bee", NAMED]
    layout = Layout(build)
    (size,) = layout.sizes.values()
    assert str(layout.result(bytes(size))) == "bee"  # of equal logits the first

    (tmp_path / "two.txt").write_text("left\nright\n")
    build = api.compile(run / "model.h5", tmp_path / "build", classes=tmp_path / "two.txt")
    assert build.manifest["classes"] == ["left", "right"]

    # The same images without names are the same run, and what they were called is forgotten.
    arrays = {name: array for name, array in read_folder(tmp_path / "beasts").items() if name != NAMES}
    np.savez(tmp_path / "beasts.npz", **arrays)
    given[given.index("--data") + 1] = str(tmp_path / "beasts.npz")
    assert main([*given, "--quick", "--board", "icebreaker"]) == 0
    assert not (run / "model.classes.txt").exists()


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"left\nright\nleft\n", "2 classes are called 'left'; give each its own name"),
        (b"left\nri\0ght\n", r"the class name 'ri\x00ght' has characters that cannot be shown; rename it"),
        (None, "is no file; give a text file, one class name a line"),
    ],
)
def test_files_of_names_that_are_refused(tmp_path, data, message):
    path = tmp_path / "model.classes.txt"
    if data is None:
        path.mkdir()
    else:
        path.write_bytes(data)
    with pytest.raises(InputError, match=re.escape(message)):
        read_classes(path)


def test_a_file_of_names_from_an_editor_that_marks_its_encoding(tmp_path):
    (tmp_path / "names.txt").write_text("links\r\nrechts\r\n", encoding="utf-8-sig")
    assert read_classes(tmp_path / "names.txt") == ("links", "rechts")
