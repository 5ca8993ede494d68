"""The bit-plane input layer as a whole: golden == pysim == Verilator == netlist, at its extremes; and no multiplier."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from binloom.compiler.compile import CompileOptions
from binloom.compiler.design.design import design
from binloom.compiler.design.fold import Fold, check_fold
from binloom.compiler.emit.manifest import manifest
from binloom.compiler.emit.ports import ports_of
from binloom.compiler.emit.verilog import write_verilog
from binloom.compiler.errors import InputError
from binloom.compiler.ir.builder import GraphBuilder
from binloom.compiler.ir.graph import Graph
from binloom.compiler.ir.interpret import run, trace
from binloom.compiler.plan.default import default_plan
from binloom.compiler.targets.boards import device
from binloom.hw.elementwise.lookup import Lookup
from binloom.sim import netlist
from binloom.sim.images import random_images
from binloom.sim.verify import verify
from binloom.toolchain.find import yosys
from tests.compiler.bench import check_network, check_verilog, planned


def input_layer(
    planes: int, filters: int, *, size=(4, 3), channels: int = 1, kernel: int = 3, signs: bool = True, seed: int = 1,
    weights: int | None = None,
) -> Graph:  # fmt: skip
    """Planes of pixels, a filter's sums brought to 8 bits such that some saturate on either side, their sum, its sign.

    `weights`: all weights alike, instead of at random.
    """
    rng = np.random.default_rng(seed)
    b = GraphBuilder("layer")
    x = b.bit_planes(b.input((*size, channels)), planes, name="bits")
    shape = kernel, kernel, channels * planes, filters
    kernels = rng.choice([-1, 1], shape) if weights is None else np.full(shape, weights)
    x = b.depthwise(x, kernels, padding="same", name="filters")
    maps = channels * planes * filters
    steepest = 400 * 2**11 // kernel**2
    mul, add = rng.integers(-steepest, steepest + 1, maps), rng.integers(-(2**16), 2**16, maps)
    x = b.clip(b.affine(x, mul, add, 11, name="norm"), -127, 127, name="bytes")
    x = b.shift_add(x, planes, filters, name="sum")
    return b.output(b.threshold(x, rng.integers(-99, 99, channels * filters), name="signs") if signs else x, "maps")


@settings(max_examples=12, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_pysim_equals_golden(data):
    planes, channels = data.draw(st.integers(1, 8)), data.draw(st.integers(1, 3))
    filters = data.draw(st.integers(1, 42 if planes * channels < 9 else 5))
    weights = data.draw(st.sampled_from([None, None, 1, -1]))
    kernel, signs = data.draw(st.sampled_from([1, 3, 3, 5])), data.draw(st.booleans())
    graph = input_layer(planes, filters, channels=channels, kernel=kernel, signs=signs, weights=weights)
    check_network(graph, planned(graph, data.draw(st.sampled_from([12, 60, 400, 2000]))), stall=0.2, frames=2)


@pytest.mark.parametrize(("planes", "filters", "cycles"), [(8, 1, 12), (4, 2, 200)])
def test_verilator_equals_golden(tmp_path: Path, planes, filters, cycles):
    check_verilog(input_layer(planes, filters, channels=2), tmp_path / "build", CompileOptions(cycles=cycles))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("planes", "filters", "cycles"),
    [(1, 42, 400), (2, 7, 100), (3, 1, 12), (4, 42, 12), (5, 7, 400), (6, 1, 100), (7, 7, 12), (8, 42, 400)],
)
def test_verilator_equals_golden_in_any_shape(tmp_path: Path, planes, filters, cycles):
    graph = input_layer(planes, filters, signs=planes % 2 == 0)
    check_verilog(graph, tmp_path / "build", CompileOptions(cycles=cycles))


@pytest.mark.parametrize("weights", [1, -1])
@pytest.mark.parametrize("pixel", [0, 255])
def test_sums_reach_both_ends(weights, pixel):
    """All bits alike under weights alike: each sum is at an end of what its element says."""
    graph = input_layer(8, 4, weights=weights)
    sums = trace(graph, np.full((1, 4, 3, 1), pixel))["filters"][0, 1, 1]
    assert set(sums.tolist()) == {9 * weights * (1 if pixel else -1)}
    element = graph["filters"].tensor.element
    assert element is not None
    assert (element.lo, element.hi) == (-9, 9)


def test_planes_are_summed_as_the_formula_says():
    graph = input_layer(4, 3, channels=2, signs=False)
    images = random_images(graph, 5, seed=3)
    found = trace(graph, images)
    split = found["bytes"].astype(np.int64).reshape(5, 4, 3, 2, 4, 3)
    want = sum(split[..., p, :] << p for p in range(4)).reshape(5, 4, 3, 6)
    assert np.array_equal(run(graph, images)["maps"], want)
    assert {int(found["bytes"].min()), int(found["bytes"].max())} == {-127, 127}, "the test is wrong: nothing saturates"
    bits = (images[..., None] >> np.arange(4, 8) & 1).reshape(5, 4, 3, 8)
    assert np.array_equal(found["bits"], bits)


def test_batch_normalisation_is_a_table():
    """Where a sum has few values, also in several beats; the network makes no product of two numbers anywhere."""
    graph = input_layer(8, 4)
    for cycles in (12, 400):
        made = planned(graph, cycles)
        (block,) = (stage.block for stage in made.netlist.stages if stage.name == "norm")
        assert isinstance(block, Lookup)


@pytest.mark.skipif(not yosys().found, reason="needs yosys")
@pytest.mark.parametrize("cycles", [12, pytest.param(400, marks=pytest.mark.slow)])
def test_no_multiplier_in_the_netlist_and_it_is_proven(cycles):
    graph = input_layer(4, 2)
    plan = default_plan(graph, cycles)
    made = design(graph, plan)
    about, portable = manifest(made, ports_of(made.netlist)), write_verilog(made.netlist, "plain", [])
    cells = netlist.of_build(graph, about, device("ecp5-25f"))
    found = Counter(cells.cells)
    assert found["LUT4"] > 100
    assert not any(kind.startswith(("MULT", "ALU54")) for kind in found), found
    result = verify(graph, about, portable, random_images(graph, 5, seed=2), netlist=cells)
    assert result.equal, result


def test_lanes_that_split_a_plane_are_refused():
    node = input_layer(4, 6)["sum"]
    check_fold(node, Fold(lanes=3), ((4, 3, 24),))
    with pytest.raises(InputError, match="lanes must divide its 6 filters, or hold whole planes that divide the 4 of"):
        check_fold(node, Fold(lanes=8), ((4, 3, 24),))
