"""How long each op works on a frame and when the frame leaves it, seen in Verilator."""

import numpy as np
import pytest

from binloom.compiler.ir.builder import GraphBuilder
from binloom.compiler.ir.graph import Graph
from binloom.sim.images import random_images
from binloom.sim.simulator import Job, Watch, launch
from binloom.sim.verify import Verification, verify
from tests.sim import test_simulator as chain
from tests.sim.nets import emitted, tiny


def branches() -> Graph:
    """A convolution beside a plain wire, added."""
    b = GraphBuilder("branches")
    x = b.input((6, 6, 4), 0, 15)
    y = b.conv(x, np.ones((3, 3, 4, 4), int), padding="same", name="conv")
    return b.output(b.add(x, y, name="add"))


def verified(graph: Graph, style: str = "plain") -> tuple[dict, Verification]:
    manifest, verilog = emitted(graph, style)
    result = verify(graph, manifest, verilog, random_images(graph, 12, seed=3))
    assert result.equal, result
    return {op["name"]: op for op in manifest["ops"]}, result


@pytest.mark.parametrize("style", ["plain", "axi"])
def test_each_op_gives_its_first_frame_when_predicted(style):
    ops, result = verified(tiny(), style)
    assert set(result.ops) == {"conv1", "sign1", "pool1", "conv2", "dense"}  # the others are wires
    for name, pace in result.ops.items():
        assert [pace.first, pace.last] == ops[name]["span"], name
    assert result.ops["dense"].last == result.measured.latency


def test_the_slowest_op_works_all_the_time_and_the_others_do_not():
    _, result = verified(tiny())
    period = result.measured.cycles_per_frame
    assert result.ops["conv1"].cycles == period
    assert result.ops["sign1"].cycles == 36  # a beat a cycle
    assert all(pace.cycles <= period for pace in result.ops.values())


def test_a_join_waits_for_the_later_of_its_inputs():
    ops, result = verified(branches())
    assert result.ops["add"].cycles == ops["add"]["stream"]["beats"] < result.measured.cycles_per_frame


def test_one_frame_has_no_interval():
    graph = tiny()
    result = verify(graph, *emitted(graph), random_images(graph, 1, seed=3))
    assert {pace.cycles for pace in result.ops.values()} == {None}


def test_rows_that_nobody_reads_may_be_those_that_never_come():
    b = GraphBuilder("unread")
    x = b.conv(b.input((9, 5, 2), 0, 15), np.ones((1, 1, 2, 2), int), name="conv")
    graph = b.output(b.max_pool(x, (2, 2), (2, 2), name="pool"))
    result = verify(graph, *emitted(graph), random_images(graph, 1, seed=3))
    assert result.equal
    assert "pool" in result.ops
    assert "conv" not in result.ops


def test_stamps_and_waiting_of_a_stream():
    """Two registers in a row: the middle is never idle while beats come; the last of them waits for its first beat."""
    simulator = chain.build(public=("mid__x_*",))
    watch = Watch("mid__x", 10, ("mid__x",))
    outcome = launch(simulator, chain.SHELL, Job({"s": chain.BEATS}, {"m": 40}, watches=(watch,)))
    assert outcome.watches["mid__x"].tolist() == [[2, 11, 1], [12, 21, 1], [22, 31, 1], [32, 41, 1]]
