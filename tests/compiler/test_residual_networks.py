"""Residual nets from golden to Verilog: every kind of block, shortcuts of 8 and 16 bits, saturation, no deadlock."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from binloom.compiler.compile import CompileOptions
from binloom.compiler.design.fifo import check_depths, least_depths
from binloom.compiler.ir.graph import Graph
from binloom.compiler.ir.interpret import trace
from binloom.compiler.ir.ops import Clip, Knee
from tests.compiler.bench import check_network, check_verilog, planned, random_frames
from tests.compiler.residual_graphs import residual_graph

NETS = st.builds(
    residual_graph,
    st.integers(0, 999),
    st.lists(st.sampled_from([1, 1, 2]), min_size=1, max_size=3).map(tuple),
    side=st.sampled_from([(6, 5), (4, 4), (7, 3), (2, 2), (1, 9)]),
    channels=st.sampled_from([1, 2, 3, 4]),
    bits=st.sampled_from([8, 16]),
    react=st.booleans(),
    extreme=st.sampled_from(["", "weights", "saturation"]),
)
RARELY = settings(
    deadline=None, derandomize=True, suppress_health_check=list(HealthCheck), phases=[Phase.explicit, Phase.generate]
)


@settings(RARELY, max_examples=6)
@given(graph=NETS, cycles=st.sampled_from([30, 300, 3000]), stall=st.sampled_from([0.0, 0.3]), seed=st.integers(0, 99))
def test_pysim_equals_golden(graph: Graph, cycles: int, stall: float, seed: int) -> None:
    check_network(graph, planned(graph, cycles), stall=stall, seed=seed)


def clipped(graph: Graph) -> set[int]:
    """The ends at which some shortcut saturates on random frames."""
    found = trace(graph, random_frames(graph, 4, 1))
    clips = [(found[node.name], node.op) for node in graph if isinstance(node.op, Clip)]
    return {end for values, op in clips for end in (op.lo, op.hi) if (values == end).any()}


@pytest.mark.parametrize("bits", [8, 16])
def test_verilog_equals_golden_where_shortcuts_saturate(bits, tmp_path):
    graph = residual_graph(3, (1, 2), bits=bits, extreme="saturation")
    assert Counter(type(node.op) for node in graph)[Knee] == 2
    assert clipped(graph) == {-(1 << (bits - 1)) + 1, (1 << (bits - 1)) - 1}
    check_verilog(graph, tmp_path / "build", CompileOptions(cycles=300), images=4)


def test_shortcuts_wait_in_fifos_as_deep_as_a_convolution_needs():
    graph = residual_graph(1, (1,), side=(6, 8))
    made = planned(graph, 300)
    check_depths(made.netlist)
    (depths,) = least_depths(made.netlist).values()
    # The convolution gives its first sum after a row and a pixel of the shortcut.
    assert max(depths) >= 9 * np.prod(made.netlist.map_of(next(iter(made.netlist.inputs))).groups)


@pytest.mark.slow
@settings(RARELY, max_examples=20)
@given(graph=NETS, cycles=st.sampled_from([30, 300, 3000]), ports=st.sampled_from(["plain", "axi"]))
def test_verilog_equals_golden_many(graph: Graph, cycles: int, ports: str, tmp_path_factory) -> None:
    folder = tmp_path_factory.mktemp("many")
    check_verilog(graph, folder / "build", CompileOptions(cycles=cycles, ports=ports), images=4)
