"""Random small graphs under random plans: golden == pysim == Verilator on one and the same graph, with stalls."""

import tempfile
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from binloom.compiler.compile import CompileOptions
from binloom.compiler.design.design import Design
from binloom.compiler.ir.graph import Graph
from binloom.compiler.ir.ops import Add, Concat, Conv, MaxPool
from binloom.compiler.plan.default import default_plan
from binloom.sim import verilator
from tests.compiler.bench import check_network, check_verilog, folded, planned
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


def side_by_side(graph: Graph, cycles: int, random: Random) -> Design:
    """The default plan, but that each convolution works on some of its positions side by side."""
    folds = dict(default_plan(graph, cycles).folds)
    for node in graph:
        if isinstance(node.op, Conv):
            positions = node.tensor.shape[0] * node.tensor.shape[1]
            several = [pixels for pixels in range(1, 9) if positions % pixels == 0]
            folds[node.name] = replace(folds[node.name], pixels=random.choice(several))
    return folded(graph, folds, cycles)


@settings(max_examples=16, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(graph=graphs(), cycles=CYCLES, stall=st.sampled_from([0.0, 0.3]), seed=SEEDS)
def test_pixels_side_by_side_equal_golden(graph: Graph, cycles: int, stall: float, seed: int) -> None:
    check_network(graph, side_by_side(graph, cycles, Random(seed)), stall=stall, seed=seed)


@settings(RARELY, max_examples=2)
@given(graph=graphs(rich=True), cycles=CYCLES, seed=SEEDS)
def test_pixels_side_by_side_in_verilator(graph: Graph, cycles: int, seed: int) -> None:
    made = side_by_side(graph, cycles, Random(seed))
    check_network(graph, made, stall=0.3, seed=seed, simulate=verilator.simulate)


@pytest.mark.slow
@settings(RARELY, max_examples=40)
@given(graph=st.one_of(graphs(rich=True), graphs()), cycles=CYCLES, seed=SEEDS)
def test_pixels_side_by_side_in_verilator_many(graph: Graph, cycles: int, seed: int) -> None:
    made = side_by_side(graph, cycles, Random(seed))
    check_network(graph, made, stall=0.3, seed=seed, simulate=verilator.simulate)


@pytest.mark.slow
@pytest.mark.parametrize("ports", ["plain", "axi"])
@settings(RARELY, max_examples=40)
@given(graph=st.one_of(graphs(rich=True), graphs()), cycles=CYCLES, seed=SEEDS)
def test_pysim_and_verilator_equal_golden_many(ports: str, graph: Graph, cycles: int, seed: int) -> None:
    in_both(graph, ports, cycles, seed)
