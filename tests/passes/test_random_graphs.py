"""Every pass on random graphs: exactly the same numbers before and after."""

from fractions import Fraction

import numpy as np
import pytest

from binloom.compiler.passes import PASSES, run_passes
from binloom.compiler.passes.sink_scales import sink_scales
from tests.passes.compare import assert_equal, assert_results, random_images, values
from tests.passes.real_graphs import random_graph

BEFORE = PASSES[: PASSES.index(sink_scales)]


@pytest.mark.parametrize("start", range(0, 200, 20))
def test_passes_keep_every_number(start):
    for seed in range(start, start + 20):
        graph = random_graph(seed)
        images = random_images(graph, 4, seed)
        after = graph
        for each in BEFORE:
            before, after = after, each(after)
            assert_equal(before, after, images, (seed, each.__name__))


@pytest.mark.parametrize("start", range(0, 200, 20))
def test_integer_graph_gives_the_real_one(start):
    rounded = 0
    for seed in range(start, start + 20):
        graph = random_graph(seed)
        images = random_images(graph, 4, seed)
        after = run_passes(graph)
        if any("rounded" in note for note in after.meta["notes"]):
            rounded += 1
        else:
            assert_results(graph, after, images, seed)
    assert rounded <= 4, "the numbers of these graphs are simple: few of them should need rounding"


@pytest.mark.parametrize("start", range(0, 200, 20))
def test_rounded_scales_stay_close(start):
    for seed in range(start, start + 20):
        graph = random_graph(seed, rough=True)
        images = random_images(graph, 6, seed)
        after = run_passes(graph)
        says = {key: Fraction(value) for key, value in after.meta["outputs"]["logits"].items()}
        want, got = values(graph, images)["logits"], values(after, images)["logits"]
        error = np.abs(got * says["scale"] + says["offset"] - want).max() - says["scale"]
        assert error <= np.abs(want).max() / 10_000, (seed, error, after.meta["notes"])
