"""Where the next frame pushes the last windows out: everywhere but between a fork and a join, where it could hang."""

import numpy as np
import pytest

from binloom.compiler.design.design import design
from binloom.compiler.ir.builder import GraphBuilder
from binloom.compiler.ir.ops import Fill, Padding
from binloom.compiler.plan.default import default_plan
from tests.compiler.bench import check_network, signs


def residual():
    """A convolution, then a branch with one of its own that joins again, then one more."""
    rng = np.random.default_rng(3)
    b = GraphBuilder("net")
    x = b.conv(b.input((6, 6, 2), 0, 15), signs(rng, 3, 3, 2, 2), padding="same", name="ahead")
    y = b.conv(x, signs(rng, 3, 3, 2, 2), padding="same", name="inner")
    x = b.conv(b.add(x, y, name="sum"), signs(rng, 3, 3, 2, 2), padding="same", name="last")
    return b.output(x)


def overlaps(made) -> dict[str, bool]:
    windows = [stage for stage in made.netlist.stages if stage.name.endswith("_window")]
    return {stage.name.removesuffix("_window"): stage.block.overlap for stage in windows}


def test_between_a_fork_and_a_join_a_frame_ends_by_itself():
    graph = residual()
    made = design(graph, default_plan(graph, 36))
    assert overlaps(made) == {"ahead": True, "inner": False, "last": True}


@pytest.mark.parametrize("stall", [0.0, 0.3, 0.7])
def test_frames_behind_each_other(stall):
    graph = residual()
    check_network(graph, design(graph, default_plan(graph, 36)), frames=4, stall=stall)


def test_inputs_side_by_side_may_be_fed_in_turns():
    rng = np.random.default_rng(3)
    b = GraphBuilder("net")
    maps = [b.input((6, 6, 1), 0, 15, name=name) for name in ("left", "right")]
    sides = [b.conv(x, signs(rng, 3, 3, 1, 2), padding="same", name=f"conv{n}") for n, x in enumerate(maps)]
    graph = b.output(b.add(*sides))
    assert overlaps(design(graph, default_plan(graph, 36))) == {"conv0": False, "conv1": False}


def test_a_border_of_its_own_is_no_next_frame():
    """`Pad` sends the upper border of a frame that never comes."""
    b = GraphBuilder("net")
    x = b.pad(b.input((4, 4, 1), 0, 15), Padding(2, 2, 2, 2, Fill.PLUS_ONE))
    graph = b.output(b.conv(x, signs(np.random.default_rng(3), 3, 3, 1, 2), padding="same", name="conv"))
    made = design(graph, default_plan(graph, 64))
    assert overlaps(made) == {"conv": False}
    check_network(graph, made)


def test_a_chain_costs_its_pixels():
    """No cycle for the border: what is measured over frames that follow each other."""
    rng = np.random.default_rng(3)
    b = GraphBuilder("net")
    x = b.conv(b.input((8, 8, 1), 0, 15), signs(rng, 3, 3, 1, 2), padding="same")
    graph = b.output(b.conv(x, signs(rng, 3, 3, 2, 2), padding="same"))
    made = design(graph, default_plan(graph, 64))
    ends = np.array(check_network(graph, made, frames=5).cycles[graph.outputs[0].name])[63::64]
    assert set(np.diff(ends)) == {64}
