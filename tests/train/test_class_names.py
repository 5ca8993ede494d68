"""Names of classes, from the folders that images lie in to what a board's answer is called."""

import numpy as np
from PIL import Image

from binloom import api
from binloom.boards.host.layout import Layout
from binloom.main import main
from binloom.train.show.told import Told

RECIPE = """\
data = "beasts"
[lbcnn]
multipliers = [2]
[elm]
"""


def test_from_folders_to_what_a_board_says(tmp_path):
    random = np.random.default_rng(1)
    for part, images in (("train", 30), ("test", 5)):
        for kind, at in (("wild ant", 1), ("bee", 5)):
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
    assert Told.of(run).about.classes == ("bee", "wild ant")
    assert "| classes | bee, wild ant |" in (run / "card.md").read_text()
    assert "wild ant: " in (run / "run.html").read_text()  # a cell of the confusion matrix

    build = api.compile(run / "model.h5", tmp_path / "build")
    assert build.manifest["classes"] == ["bee", "wild ant"]
    layout = Layout(build)
    (size,) = layout.sizes.values()
    assert str(layout.result(bytes(size))) == "bee"  # of equal logits the first

    (tmp_path / "two.txt").write_text("left\nright\n")
    build = api.compile(run / "model.h5", tmp_path / "build", classes=tmp_path / "two.txt")
    assert build.manifest["classes"] == ["left", "right"]
