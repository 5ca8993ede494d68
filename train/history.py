"""The history of a run, `history.jsonl` in its folder: a JSON object a line, one for each epoch.

    {"stage": "fit 1", "epoch": 3, "loss": 0.2, "accuracy": 0.93, "seconds": 48.1, "val_loss": 0.3, "val_accuracy": 0.9}

`stage` and `epoch` (from 1 up within its stage) say which, `seconds` how long it took; the last two are there where
images were set aside for validation.
"""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from binloom.train import drafts
from binloom.train.damage import named

NAME = "history.jsonl"


def read(folder: Path) -> list[dict[str, Any]]:
    """The epochs so far, none where there is no file. InputError where it is damaged."""
    path = folder / NAME
    if not path.exists():
        return []
    with named(path):
        epochs = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        if not all(isinstance(epoch, dict) and {"stage", "epoch"} <= epoch.keys() for epoch in epochs):
            raise ValueError("no epochs")
    return epochs


def write(folder: Path, epochs: Iterable[Mapping[str, Any]]) -> None:
    """All epochs anew. The file is there whole, or as it was before."""
    drafts.write(folder / NAME, "".join(json.dumps(dict(epoch)) + "\n" for epoch in epochs))
