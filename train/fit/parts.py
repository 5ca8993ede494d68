"""Parts of a model that a stage trains differently: layers left as they are, and sums that are not clipped yet."""

from collections.abc import Iterator
from contextlib import contextmanager
from fnmatch import fnmatchcase
from math import inf

import keras

from binloom.compiler.errors import InputError
from binloom.train.fit.how import Fit, Stage
from binloom.train.layers import Clip


@contextmanager
def set_up(model: keras.Model, stage: Stage) -> Iterator[None]:
    """Within it the model is as the stage wants it; afterwards as it was. InputError names a layer that is none."""
    frozen = [layer for pattern in stage.freeze for layer in _named(model, pattern) if layer.trainable]
    clips = [] if stage.clip else [(each, each.lo, each.hi) for each in model.layers if isinstance(each, Clip)]
    for layer in frozen:
        layer.trainable = False
    for each, _, _ in clips:
        each.lo, each.hi = -inf, inf
    try:
        yield
    finally:
        for layer in frozen:
            layer.trainable = True
        for each, lo, hi in clips:
            each.lo, each.hi = lo, hi


def demand_layers(model: keras.Model, how: Fit) -> None:
    """InputError where a stage freezes a layer that is none; before anything is trained."""
    for stage in how.stages:
        for pattern in stage.freeze:
            _named(model, pattern)


def _named(model: keras.Model, pattern: str) -> list[keras.layers.Layer]:
    known = [layer for layer in model.layers if layer.weights]
    found = [layer for layer in known if fnmatchcase(layer.name, pattern)]
    if not found:
        names = ", ".join(layer.name for layer in known)
        raise InputError(f"[[fit]]: no layer with weights is called {pattern!r}", f"name one of {names}")
    return found
