"""Sizes of each family that fit a board: what `board = "icebreaker"` stands for in a recipe's model table.

Each was planned for images of 32 x 32 x 3 and ten classes, with trained numbers in it (tests/train/test_presets.py).
What a table says besides the board comes before what is said here.
"""

from collections.abc import Mapping
from typing import Any

from binloom.compiler.errors import InputError

PRESETS: Mapping[str, Mapping[str, Mapping[str, Any]]] = {
    "ulx3s-85f": {
        "cbcnn": {},
        "vgg": {"width": 0.5},
        "binaryflex": {"width": 0.5},
        "bireal": {"width": 0.25, "binary_stem": True, "shortcut": "concat"},
        "react": {"width": 0.25, "binary_stem": True},
        "densenet": {"width": 0.25, "binary_stem": True},
        "quicknet": {"width": 0.25},
    },
    "orangecrab-25f": {
        "cbcnn": {"width": 0.5},
        "vgg": {"width": 0.25},
    },
    "icebreaker": {
        "cbcnn": {"width": 0.25},
    },
}


def preset(kind: str, board: object, where: str) -> Mapping[str, Any]:
    """The parameters of a family on a board. InputError where nobody has found any."""
    known = [name for name, families in PRESETS.items() if kind in families]
    if board not in known:
        raise InputError(f"{where}: board is {board!r}", f"name one of {', '.join(known)}" if known else "leave it out")
    return PRESETS[str(board)][kind]
