"""The hand-made networks of the other tests as Verilog: branches, FIFOs and every op, through both kinds of ports."""

import itertools
import json
import re
from dataclasses import replace

import numpy as np
import pytest

from binloom.compiler.compile import CompileOptions
from binloom.compiler.design.design import design
from binloom.compiler.emit.verilog import write_verilog
from binloom.compiler.ir.builder import GraphBuilder
from binloom.compiler.ir.graph import Graph
from binloom.compiler.ir.interpret import run
from binloom.compiler.plan.default import default_plan
from binloom.toolchain.yosys import synthesise
from tests.compiler import test_fifo_depths, test_network
from tests.compiler.bench import check_network, check_verilog, planned, small_graph

GRAPHS = test_fifo_depths.GRAPHS | test_network.GRAPHS
# At once: a skip that fills its FIFO, branches within branches, a skip that waits for a whole frame, all ops, no
# register, and tensors that never change.
QUICK = {
    ("strided", "plain"),
    ("dense_block", "axi"),
    ("global_gate", "plain"),
    ("every_op", "axi"),
    ("only_wires", "plain"),
    ("constants", "plain"),
}


@pytest.mark.parametrize(
    ("name", "ports"),
    [
        pytest.param(*case, marks=() if case in QUICK else pytest.mark.slow)
        for case in itertools.product(GRAPHS, ["plain", "axi"])
    ],
)
def test_equals_the_interpreter(name: str, ports: str, tmp_path) -> None:
    check_verilog(GRAPHS[name](), tmp_path / "build", CompileOptions(ports=ports, cycles=60))


def zero_border() -> Graph:
    """A kernel of nine ones over bits with a border of zeros: where all bits agree, each sum counts what is there."""
    b = GraphBuilder("zero_border")
    bits = b.threshold(b.input((4, 3, 1), 0, 1), 1, name="sign")
    return b.output(b.conv(bits, np.ones((3, 3, 1, 1), np.int64), padding="same", name="conv"))


def test_a_zero_border_over_bits_counts_for_nothing(tmp_path) -> None:
    """Neither for -1 nor for +1, which is all that a bit can say."""
    graph = zero_border()
    present = [[4, 6, 4], [6, 9, 6], [6, 9, 6], [4, 6, 4]]
    assert run(graph, np.full((1, 4, 3, 1), 1))["logits"][0, ..., 0].tolist() == present
    assert (-run(graph, np.full((1, 4, 3, 1), 0))["logits"][0, ..., 0]).tolist() == present
    check_network(graph, planned(graph, 40), stall=0.3)
    check_verilog(graph, tmp_path / "build", CompileOptions(cycles=40))


@pytest.mark.parametrize("join", ["concat", "add"])
def test_a_constant_bit_beside_numbers(join: str) -> None:
    """All that a stream of bits says is that they are bits: its numbers are -1 and +1 even where one never comes."""
    b = GraphBuilder("constant")
    x = b.input((2, 2, 1), 0, 1)
    graph = b.output(getattr(b, join)(b.threshold(x, 0, name="sign"), x, name="joined"))
    check_network(graph, planned(graph, 40))


@pytest.mark.parametrize(("storage", "style"), [("rom", "block"), ("logic", "logic")])
def test_where_weights_are_kept_reaches_the_verilog(storage: str, style: str) -> None:
    graph = small_graph()
    plan = default_plan(graph, 400)
    folds = {name: replace(plan.folds[name], storage=storage) for name in ("conv", "dense")}
    text = write_verilog(design(graph, replace(plan, folds={**plan.folds, **folds})).netlist, "plain", [])
    styles = {}
    for module in re.split(r"^module ", text, flags=re.MULTILINE):
        for found in re.findall(r'\(\* rom_style = "(\w+)" \*\)\n *reg \[\d+:0\] ', module):
            styles[module.split(" ")[0]] = found
    # The biases, which the dense layer's sums start from, are few.
    assert styles == {"tiny_conv_weights": style, "tiny_dense_weights": style, "tiny_dense_starts": "logic"}


@pytest.mark.parametrize("name", ["every_op", "only_wires"])
@pytest.mark.parametrize("ports", ["plain", "axi"])
def test_yosys_reads_it(name: str, ports: str, tmp_path) -> None:
    """Attributes and all: each op of the table, weights in ROMs; and a network without a register."""
    graph = GRAPHS[name]()
    plan = default_plan(graph, 400)
    roms = {node: replace(fold, storage="rom") for node, fold in plan.folds.items() if node in ("conv", "dense")}
    text = write_verilog(design(graph, replace(plan, folds={**plan.folds, **roms})).netlist, ports, [])
    assert ("(* rom_style" in text) == bool(roms)
    (tmp_path / "net.v").write_text(text)
    made = synthesise([tmp_path / "net.v"], graph.name, "prep", tmp_path, timeout=120)
    top = json.loads(made.json.read_text())["modules"][graph.name]
    assert list(top["ports"])[:2] == (["clk", "rst"] if ports == "plain" else ["aclk", "aresetn"])
