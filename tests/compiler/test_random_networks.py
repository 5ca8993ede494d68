"""Random small graphs under random plans: golden == pysim == Verilator, with stalls on both sides."""

import random

import pytest

from binloom.compiler.build import Build
from binloom.compiler.compile import CompileOptions, compile_graph
from binloom.compiler.design.design import design
from binloom.compiler.plan.default import default_plan
from binloom.sim.verify import verify
from tests.compiler.bench import check_network
from tests.ir.random_graphs import random_graph, random_images

CYCLES = (8, 60, 400, 2000)


@pytest.mark.parametrize("seed", range(30))
def test_pysim_equals_golden(seed: int) -> None:
    rng = random.Random(seed)
    graph = random_graph(rng)
    made = design(graph, default_plan(graph, rng.choice(CYCLES)))
    check_network(graph, made, stall=rng.choice([0.0, 0.3]), seed=seed)


def in_verilator(seed: int, tmp_path) -> None:
    rng = random.Random(seed)
    graph = random_graph(rng)
    options = CompileOptions(cycles=rng.choice(CYCLES), ports=rng.choice(["plain", "axi"]))
    compile_graph(graph, tmp_path / "build", options)
    build = Build.load(tmp_path / "build")
    result = verify(build.graph, build.manifest, build.verilog.read_text(), random_images(graph, seed, 8), seed=seed)
    assert result.equal, f"seed {seed}: {result}"


@pytest.mark.parametrize("seed", range(100, 104))
def test_verilator_equals_golden(seed: int, tmp_path) -> None:
    in_verilator(seed, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1000, 1100))
def test_verilator_equals_golden_many(seed: int, tmp_path) -> None:
    in_verilator(seed, tmp_path)
