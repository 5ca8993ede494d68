"""Convolutions whose positions share their weights: what they cost in time, as predicted and as it is."""

import numpy as np
import pytest

from binloom.compiler.design.design import Design
from binloom.compiler.design.fold import Fold
from binloom.compiler.design.timing import predict
from binloom.compiler.ir.builder import GraphBuilder
from binloom.compiler.ir.graph import Graph
from binloom.compiler.ir.ops import NO_PADDING
from binloom.hw.array import MatrixArray
from binloom.hw.scatter import Scatter
from tests.compiler.bench import check_network, folded, signs

FRAMES = 4


def two_convs(padding: str) -> Graph:
    rng = np.random.default_rng(1)
    b = GraphBuilder("net")
    x = b.conv(b.input((10, 10, 1)), signs(rng, 3, 3, 1, 4), padding="same", name="first")
    x = b.threshold(x, rng.integers(-200, 200, 4), rng.integers(0, 2, 4), name="sign")
    x = b.conv(x, signs(rng, 3, 3, 4, 8), padding="same" if padding == "same" else NO_PADDING, name="conv")
    return b.output(b.threshold(x, rng.integers(-5, 5, 8), name="best"))


def shared(graph: Graph, simd: int, pe: int, pixels: int) -> Design:
    folds = {"first": Fold(1, 9, 4), "conv": Fold(4, simd, pe, pixels=pixels, storage="rom")}
    return folded(graph, folds, 100)


@pytest.mark.parametrize(
    ("padding", "simd", "pe", "pixels", "cycles"),
    [
        ("same", 12, 2, 1, 100 * 3 * 4),
        ("same", 12, 2, 2, 100 * 3 * 4 // 2),
        ("same", 36, 1, 4, 100 * 8 // 4),
        ("same", 4, 2, 2, 100 * 9 * 4 // 2),
        ("valid", 4, 2, 2, 64 * 9 * 4 // 2),
        ("valid", 12, 2, 4, 64 * 3),  # the window's beats, a pixel after the other
    ],
)
def test_cycles_and_latency(padding: str, simd: int, pe: int, pixels: int, cycles: int) -> None:
    graph = two_convs(padding)
    made = shared(graph, simd, pe, pixels)
    result = check_network(graph, made, frames=FRAMES)
    ((port, map),) = made.netlist.output_maps.items()
    last = np.array(result.cycles[port]).reshape(FRAMES, map.beats)[:, -1]
    timing = predict(made.netlist, made.units)
    measured = int(last[-1] - last[-2])
    assert cycles <= measured <= cycles + 20
    assert measured <= timing.cycles <= 1.05 * measured
    latency = int(last[0]) - result.accepted["image"][0]
    assert latency <= timing.last[port] <= 1.05 * latency


def test_pixels_are_scattered_as_fast_as_they_come() -> None:
    """Four pixels of 2 x 4 groups in two beats each: one must leave in two cycles, so in two groups' lanes."""
    blocks = {stage.name: stage.block for stage in shared(two_convs("same"), 18, 1, 4).netlist.stages}
    array, scatter = blocks["conv_array"], blocks["conv"]
    assert isinstance(array, MatrixArray)
    assert isinstance(scatter, Scatter)
    assert (array.beats, array.groups, scatter.o_map.lanes) == (2, 8, 2)
