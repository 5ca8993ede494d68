"""A network as the cells that yosys makes of it: equal when it is, found when one of its tables is wrong."""

import dataclasses
import re

import numpy as np
import pytest

from binloom.compiler.ir.builder import GraphBuilder
from binloom.compiler.ir.graph import Graph
from binloom.compiler.targets.boards import device
from binloom.sim import netlist
from binloom.sim.images import random_images
from binloom.sim.verify import verify
from binloom.toolchain.find import yosys
from binloom.toolchain.run import ToolError
from binloom.toolchain.yosys import cell_models
from tests.sim.nets import emitted, tiny

pytestmark = pytest.mark.skipif(not yosys().found, reason="needs yosys")

# A lookup table among the dense layer's products, where every bit counts.
TABLE = re.compile(r"(?<=INIT\(16'h)[0-9a-f]{4}(?=\)\s*\) \\dense\.dot)")


def smallest() -> Graph:
    """A convolution and a dense layer on 4 x 4 images."""
    rng = np.random.default_rng(8)
    b = GraphBuilder("smallest")
    x = b.input((4, 4, 1))
    x = b.conv(x, rng.choice(np.array([-1, 1]), (3, 3, 1, 2)), name="conv")
    x = b.threshold(x, [-100, 50], [False, True], name="sign")
    x = b.flatten(x, name="flat")
    x = b.dense(x, rng.integers(-9, 10, (8, 3)), name="dense")
    return b.output(x)


GRAPH = smallest()
IMAGES = random_images(GRAPH, 3, seed=3)


@pytest.fixture(scope="module")
def made():
    manifest, verilog = emitted(GRAPH)
    return manifest, verilog, netlist.of_build(GRAPH, manifest, device("ecp5-85f"))


def test_equal_under_stalls_and_free_running(made):
    manifest, verilog, cells = made
    result = verify(GRAPH, manifest, verilog, IMAGES, netlist=cells)
    assert result.equal, result
    assert result.measured.latency == result.predicted.latency
    assert cells.cells["LUT4"] > 50
    tool = rf"netlist of yosys {re.escape(yosys().version)} \([\w-]+\) for ecp5, [\d,]+ cells"
    assert re.fullmatch(rf"equal on every output of 3 images \(given\), seed 1, driver cpp, {tool}", str(result)), (
        result
    )


def test_one_wrong_table_is_found(made):
    """A netlist with one LUT inverted departs from the model, and the Verilog before synthesis does not."""
    manifest, verilog, cells = made
    place = TABLE.search(cells.verilog)
    inverted = f"{int(place[0], 16) ^ 0xFFFF:04x}"
    broken = dataclasses.replace(
        cells, verilog=cells.verilog[: place.start()] + inverted + cells.verilog[place.end() :]
    )
    result = verify(GRAPH, manifest, verilog, IMAGES, netlist=broken)
    assert not result.equal
    assert result.failure.endswith("the Verilog before synthesis is right there")


def test_models_that_are_not_there_are_told():
    with pytest.raises(ToolError, match="has no models of zx81 cells beside it"):
        cell_models("zx81")


@pytest.mark.slow
@pytest.mark.parametrize("style", ["plain", "axi"])
@pytest.mark.parametrize("chip", ["ecp5-85f", "ice40-hx8k", "ice40-up5k"])
def test_a_deeper_network(chip, style):
    graph = tiny()
    manifest, verilog = emitted(graph, style)
    cells = netlist.of_build(graph, manifest, device(chip))
    result = verify(graph, manifest, verilog, random_images(graph, 3, seed=4), netlist=cells)
    assert result.equal, result


@pytest.mark.slow
def test_what_was_wrong_before_is_said(made):
    """The Verilog is of another model than the graph: synthesis is not at fault."""
    manifest, verilog = emitted(tiny())
    cells = netlist.of_build(tiny(), manifest, device("ecp5-85f"))
    result = verify(tiny(bound=60), manifest, verilog, random_images(tiny(), 8, seed=3), netlist=cells)
    assert not result.equal
    assert result.mismatch.op == "logits"
    assert result.failure == "so is the Verilog before synthesis: verify that first"
