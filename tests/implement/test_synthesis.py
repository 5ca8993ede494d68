"""The network of a build as cells: chains where the family has them, and every cell counted once under its part."""

import re

import numpy as np
import pytest

from binloom.compiler.design.design import design
from binloom.compiler.design.fold import Fold, Plan
from binloom.compiler.emit.manifest import manifest
from binloom.compiler.emit.ports import ports_of
from binloom.compiler.emit.verilog import write_verilog
from binloom.compiler.implement.synthesis import cells_by_part, family_verilog, part_of
from binloom.compiler.ir.builder import GraphBuilder
from binloom.compiler.plan.default import default_plan
from binloom.compiler.targets.boards import device
from binloom.sim import netlist
from binloom.sim.images import random_images
from binloom.sim.verify import verify
from binloom.toolchain.find import yosys


def counting():
    """A dense layer of bits whose 48 x 6 weights change while it runs: an array of 16 x 2."""
    rng = np.random.default_rng(5)
    b = GraphBuilder("counting")
    x = b.input((1, 1, 48))
    x = b.threshold(x, rng.integers(0, 256, 48), rng.integers(0, 2, 48).astype(bool), name="bits")
    x = b.dense(x, rng.choice(np.array([-1, 1]), (48, 6)), name="count")
    graph = b.output(x)
    plan = default_plan(graph, 100)
    folds = {**plan.folds, "bits": Fold(lanes=16), "count": Fold(lanes=16, simd=16, pe=2)}
    made = design(graph, Plan(folds, plan.depths, plan.cycles))
    return graph, manifest(made, ports_of(made.netlist)), write_verilog(made.netlist, "plain", [])


def test_only_the_family_with_chains_gets_them():
    graph, about, portable = counting()
    texts = {name: family_verilog(graph, about, device(name)) for name in ("ecp5-25f", "ice40-hx8k")}
    assert len(re.findall("CCU2C", texts["ecp5-25f"])) > 2 * 16 / 2
    assert "CCU2C" not in portable + texts["ice40-hx8k"]
    ports = r"^module counting \(.*\);$"
    assert re.search(ports, portable, re.MULTILINE)[0] == re.search(ports, texts["ecp5-25f"], re.MULTILINE)[0]


@pytest.mark.skipif(not yosys().found, reason="needs yosys")
def test_chains_are_in_the_netlist_that_is_proven():
    graph, about, portable = counting()
    made = netlist.of_build(graph, about, device("ecp5-25f"))
    assert len(re.findall(r"^  CCU2C #\(", made.verilog, re.MULTILINE)) == made.cells["CCU2C"]
    chains = re.findall(r"\\count\.dots?\d*\.chain_\d+_\d+_\d+_\d+ ", made.verilog)
    assert len(chains) > 2 * 16 / 2
    result = verify(graph, about, portable, random_images(graph, 5, seed=2), netlist=made)
    assert result.equal, result


@pytest.mark.parametrize(
    ("cell", "inside", "part"),
    [
        ("conv.dots.sum_LUT4_Z", "", "conv"),
        ("any_LUT4_Z", "", ""),
        ("$auto$alumacc.cc:485:replace_alu$8.slice[0].ccu2c_i", "", ""),
        ("conv.$auto$alumacc.cc:485:replace_alu$8.slice[0].ccu2c_i", "", "conv"),
        ("$flatten\\conv.$abc$1$auto$2", "", "conv"),
        ("design.network.conv.dots.x", "design.network", "design.network.conv"),
        ("design.tlast", "design.network", "design"),
        ("feed", "design.network", ""),
    ],
)
def test_the_part_of_a_cell(cell, inside, part):
    assert part_of(cell, inside) == part


def test_cells_are_counted_by_part_and_kind():
    kinds = {"conv.a": "LUT4", "conv.b": "LUT4", "conv.x.c": "CCU2C", "top": "LUT4", "conv.d": "$scopeinfo"}
    cells = {name: {"type": kind} for name, kind in kinds.items()}
    assert cells_by_part(cells) == {"conv": {"LUT4": 2, "CCU2C": 1}, "": {"LUT4": 1}}
