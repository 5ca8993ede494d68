"""Convolutions whose positions share their weights: what they cost in time, as predicted and as it is."""

import numpy as np
import pytest

from binloom.compiler.design.design import Design
from binloom.compiler.design.fold import Fold
from binloom.compiler.design.timing import predict
from binloom.compiler.ir.builder import GraphBuilder
from binloom.compiler.ir.graph import Graph
from binloom.compiler.ir.ops import NO_PADDING
from binloom.hw.arrays.array import MatrixArray
from binloom.hw.order.scatter import Scatter
from binloom.sim import verilator
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


@pytest.mark.slow
@pytest.mark.parametrize(
    ("second", "third", "cycles"),
    [
        (Fold(4, 36, 2, storage="rom", pixels=7), Fold(4, 36, 2, storage="rom", pixels=5), 784),
        (Fold(2, 18, 2, storage="rom", pixels=4), Fold(2, 18, 4, storage="rom", pixels=5), 1024),
    ],
)
def test_a_chain_in_verilator(second: Fold, third: Fold, cycles: int) -> None:
    """Convolutions behind each other, a pool and a dense layer, as in FINN's CNV, and as fast as predicted."""
    rng = np.random.default_rng(1)
    b = GraphBuilder("chain")
    x = b.input((18, 18, 3))
    for number, (inputs, outputs) in enumerate(((3, 8), (8, 8), (8, 16)), 1):
        x = b.conv(x, signs(rng, 3, 3, inputs, outputs), name=f"conv{number}")
        x = b.threshold(x, rng.integers(-20, 20, outputs), rng.integers(0, 2, outputs), name=f"sign{number}")
        x = b.max_pool(x, (2, 2), name="pool") if number == 2 else x
    x = b.flatten(x, name="flat")
    graph = b.output(b.dense(x, signs(rng, b.shape(x)[2], 10), name="dense"))
    made = folded(graph, {"conv1": Fold(3, 27, 8), "conv2": second, "conv3": third}, 900)
    result = check_network(graph, made, frames=FRAMES, simulate=verilator.simulate)
    ((port, map),) = made.netlist.output_maps.items()
    last = np.array(result.cycles[port]).reshape(FRAMES, map.beats)[:, -1]
    timing = predict(made.netlist, made.units)
    assert np.diff(last).tolist() == [cycles] * (FRAMES - 1)
    assert timing.cycles == cycles
    latency = int(last[0]) - result.accepted[next(iter(result.accepted))][0]
    assert latency <= timing.last[port] <= 1.02 * latency


def test_pixels_are_scattered_as_fast_as_they_come() -> None:
    """Four pixels of 2 x 4 groups in two beats each: one must leave in two cycles, so in two groups' lanes."""
    blocks = {stage.name: stage.block for stage in shared(two_convs("same"), 18, 1, 4).netlist.stages}
    array, scatter = blocks["conv_array"], blocks["conv"]
    assert isinstance(array, MatrixArray)
    assert isinstance(scatter, Scatter)
    assert (array.beats, array.groups, scatter.o_map.lanes) == (2, 8, 2)
