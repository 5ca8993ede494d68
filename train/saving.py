"""A model's file as the compiler reads it: what it cannot, is not saved."""

import logging
from fractions import Fraction
from pathlib import Path
from typing import Any

from binloom.compiler.ir.graph import Graph
from binloom.compiler.lower import LowerOptions, lower
from binloom.compiler.passes import run_passes
from binloom.compiler.reader import read_model
from binloom.train.drafts import draft_of
from binloom.train.store import as_counted, pack


def save(model: Any, path: Path | str, *, pixel: Fraction | None = None) -> Graph:
    """Writes a Keras model as .h5, gives what it is in integers. InputError, and no file, where it cannot be compiled.

    `pixel` is what the model is given for a pixel of 1: by default 1 / 255, or 1 where it begins with a layer that says
    what pixels are. The file is there whole, or as it was before. Kernels of bits are stored as bits (store.py).
    """
    path = Path(path)
    logger = logging.getLogger("absl")
    level = logger.level
    logger.setLevel(logging.ERROR)  # Keras warns of the format each time
    try:
        with draft_of(path) as draft:
            with as_counted(model):
                model.save(draft, include_optimizer=False)
            pack(draft)
            return compiled(draft, pixel)
    finally:
        logger.setLevel(level)


def compiled(path: Path, pixel: Fraction | None = None) -> Graph:
    """The integer graph of a stored model."""
    return run_passes(lower(read_model(path), LowerOptions(pixel)))
