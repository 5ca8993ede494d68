"""Presets: a family's size that is said to fit a board does, by the planner, with numbers as training leaves them."""

import keras
import pytest

from binloom.compiler.plan.refusal import plan_for
from binloom.compiler.plan.wish import Wish
from binloom.compiler.targets.boards import board
from binloom.train.families import FAMILIES
from binloom.train.families.presets import PRESETS
from tests.train.test_models import compiled

PAIRS = [(name, kind) for name, families in PRESETS.items() for kind in families]
QUICK = ("icebreaker", "cbcnn")


@pytest.mark.parametrize(
    ("name", "kind"), [pytest.param(*pair, marks=() if pair == QUICK else pytest.mark.slow) for pair in PAIRS]
)
def test_presets_fit(name, kind, tmp_path):
    keras.utils.set_random_seed(1)
    graph = compiled(FAMILIES[kind](**PRESETS[name][kind]).build((32, 32, 3), 10), tmp_path)
    made = plan_for(graph, board(name), Wish(smallest=True))
    assert made.fps > 10
