"""Random small graphs under random plans: golden == pysim == Verilator on one and the same graph, with stalls."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from binloom.compiler.compile import CompileOptions
from binloom.compiler.ir.graph import Graph
from binloom.compiler.ir.ops import Add, Concat, MaxPool
from tests.compiler.bench import check_network, check_verilog, planned
from tests.ir.random_graphs import graphs

CYCLES = st.sampled_from([8, 60, 400, 2000])
SEEDS = st.integers(0, 999)


def kinds(graph: Graph) -> set[type]:
    return {type(node.op) for node in graph}


def in_pysim(graph: Graph, cycles: int, stall: float, seed: int) -> None:
    check_network(graph, planned(graph, cycles), stall=stall, seed=seed)


def in_both(graph: Graph, ports: str, cycles: int, seed: int) -> None:
    in_pysim(graph, cycles, 0.3, seed)
    with tempfile.TemporaryDirectory() as folder:
        check_verilog(graph, Path(folder) / "build", CompileOptions(ports=ports, cycles=cycles), seed=seed)


@settings(max_examples=16, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(graph=graphs(), cycles=CYCLES, stall=st.sampled_from([0.0, 0.3]), seed=SEEDS)
def test_pysim_equals_golden(graph: Graph, cycles: int, stall: float, seed: int) -> None:
    in_pysim(graph, cycles, stall, seed)


# A failure here is told as it was found: each step of shrinking would build another simulator.
RARELY = settings(deadline=None, derandomize=True, suppress_health_check=list(HealthCheck), phases=[Phase.generate])


@pytest.mark.parametrize("ports", ["plain", "axi"])
@settings(RARELY, max_examples=2)
@given(graph=graphs(rich=True), cycles=CYCLES, seed=SEEDS)
def test_pysim_and_verilator_equal_golden(ports: str, graph: Graph, cycles: int, seed: int) -> None:
    assert {Add, Concat} & kinds(graph), "no branch"
    assert MaxPool in kinds(graph)
    in_both(graph, ports, cycles, seed)


@pytest.mark.slow
@pytest.mark.parametrize("ports", ["plain", "axi"])
@settings(RARELY, max_examples=40)
@given(graph=st.one_of(graphs(rich=True), graphs()), cycles=CYCLES, seed=SEEDS)
def test_pysim_and_verilator_equal_golden_many(ports: str, graph: Graph, cycles: int, seed: int) -> None:
    in_both(graph, ports, cycles, seed)
