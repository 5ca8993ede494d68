"""A small network written by hand, and its Verilog: what the tests of verify and of the command line work on."""

import numpy as np

from binloom.compiler.design.design import design
from binloom.compiler.emit.manifest import manifest
from binloom.compiler.emit.ports import ports_of
from binloom.compiler.emit.verilog import write_verilog
from binloom.compiler.ir.builder import GraphBuilder
from binloom.compiler.ir.graph import Graph
from binloom.compiler.plan.default import default_plan


def tiny(bound: int = 0) -> Graph:
    """Two convolutions and a dense layer on 6 x 6 images. `bound` is a threshold's, sign1's in channel 1."""
    rng = np.random.default_rng(7)
    signs = np.array([-1, 1])
    b = GraphBuilder("tiny")
    x = b.input((6, 6, 1))
    x = b.conv(x, rng.choice(signs, (3, 3, 1, 4)), padding="same", name="conv1")
    x = b.threshold(x, [-200, bound, 100, 300], [False, True, False, True], name="sign1")
    x = b.max_pool(x, (2, 2), name="pool1")
    x = b.conv(x, rng.choice(signs, (3, 3, 4, 5)), padding="same", name="conv2")
    x = b.flatten(x, name="flat")
    x = b.dense(x, rng.integers(-30, 31, (45, 10)), bias=rng.integers(-99, 100, 10), name="dense")
    return b.output(x)


def emitted(graph: Graph, style: str = "plain") -> tuple[dict, str]:
    """Manifest and Verilog under the default plan."""
    made = design(graph, default_plan(graph, 400))
    ports = ports_of(made.netlist, style)
    return manifest(made, ports), write_verilog(made.netlist, style, ["a network for tests"])
