"""Where ready is cut: no run of blocks too long, at the narrowest streams, and behind forks and joins."""

import numpy as np
import pytest

from binloom.compiler.design.cuts import RUN, with_cuts
from binloom.compiler.design.design import design
from binloom.compiler.ir.builder import GraphBuilder
from binloom.compiler.plan.default import default_plan
from binloom.hw.element import Element
from binloom.hw.elementwise.clip import Clip
from binloom.hw.network import Netlist, Stage
from binloom.hw.order.rewire import Rewire
from binloom.hw.stream import Map
from tests.compiler.bench import check_network, signs


def chain(*elements: int, depth: int = 0) -> Netlist:
    """Clips one behind the other, each to that bound; `depth` is that of the FIFO in front of the last."""
    map = Map(1, 1, 2, 1, Element(0, 1 << 20))
    stages = []
    for number, hi in enumerate(elements):
        last = number == len(elements) - 1
        stages.append(Stage(f"s{number}", Clip(map, 0, hi), (f"s{number - 1}" if number else "x",), (depth * last,)))
        map = stages[-1].block.o_map
    return Netlist("net", {"x": stages[0].i_maps[0]}, stages, {"y": stages[-1].name})


def cut(netlist: Netlist) -> list[str]:
    return [stage.name for stage in with_cuts(netlist).stages if stage.cut]


def test_a_short_chain_is_left_alone():
    assert cut(chain(*[9] * RUN)) == []


@pytest.mark.parametrize(
    ("elements", "where"),
    [((9, 1, 9), ["s2"]), ((1, 99, 9), ["s1"]), ((99, 1, 99, 99), ["s2"]), ((1, 99, 99, 1, 1), ["s1", "s3"])],
)
def test_the_narrowest_streams_are_cut(elements, where):
    assert cut(chain(*elements)) == where


def test_a_fifo_in_memory_cuts_already_and_a_short_one_does_not():
    assert cut(chain(9, 9, 9, depth=8)) == []
    assert len(cut(chain(9, 9, 9, depth=2))) == 1


def test_wires_are_no_block():
    map = Map(1, 1, 2, 1, Element(0, 9))
    blocks = [Clip(map, 0, 9), Rewire(map, map), Clip(map, 0, 9)]
    stages = [Stage(f"s{n}", block, (f"s{n - 1}" if n else "x",)) for n, block in enumerate(blocks)]
    assert cut(Netlist("net", {"x": map}, stages, {"y": "s2"})) == []


def test_every_branch_behind_a_fork_is_cut():
    map = Map(1, 1, 2, 1, Element(0, 9))
    stages = [Stage(name, Clip(map, 0, 9), (source,)) for name, source in (("a", "x"), ("b", "a"), ("c", "a"))]
    assert cut(Netlist("net", {"x": map}, stages, {"y": "b", "z": "c"})) == ["b", "c"]


@pytest.mark.parametrize("stall", [0.0, 0.3])
def test_a_network_with_cuts_still_computes_the_same(stall):
    rng = np.random.default_rng(3)
    b = GraphBuilder("net")
    x = b.conv(b.input((6, 6, 2), 0, 15), signs(rng, 3, 3, 2, 4))
    y = b.add(x, b.conv(x, signs(rng, 1, 1, 4, 4)))
    graph = b.output(b.max_pool(b.threshold(y, 3), (2, 2)))
    made = design(graph, default_plan(graph, 72))
    assert any(stage.cut for stage in made.netlist.stages)
    check_network(graph, made, stall=stall)
