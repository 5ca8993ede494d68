"""Cycles a frame and latency under the default plan, predicted and measured: `python bench/cycles.py`.

The network of the zoo, and small ones with random weights: a chain of binary convolutions, the same with shortcuts,
and depthwise convolutions as in LB-CNN. Measured in Verilator, free running, on a few frames; every output of them must
equal the model's.
"""

import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np

from binloom import api
from binloom.compiler.design.design import design
from binloom.compiler.emit.manifest import manifest
from binloom.compiler.emit.ports import ports_of
from binloom.compiler.emit.verilog import write_verilog
from binloom.compiler.ir.builder import GraphBuilder
from binloom.compiler.ir.graph import Graph
from binloom.compiler.plan.default import default_plan
from binloom.sim.images import random_images
from binloom.sim.verify import predicted, verify

FRAMES = 6
ZOO = Path(__file__).parent.parent / "zoo" / "fashion_small.h5"


def chain(shortcuts: bool = False) -> Graph:
    """Four binary convolutions of 16 channels and a dense layer, on 16 x 16 pixels."""
    random = np.random.default_rng(0)
    signs = np.array([-1, 1])
    b = GraphBuilder("shortcuts" if shortcuts else "chain")
    x = b.conv(b.input((16, 16, 1)), random.choice(signs, (3, 3, 1, 16)), padding="same")
    for _ in range(3):
        y = b.conv(b.threshold(x), random.choice(signs, (3, 3, 16, 16)), padding="same")
        x = b.add(x, y) if shortcuts else y
    x = b.flatten(b.max_pool(b.threshold(x), (4, 4)))
    return b.output(b.dense(x, random.choice(signs, (256, 10))))


def depthwise() -> Graph:
    """Two depthwise convolutions over integers, pools that overlap, and dense weights of 8 bits, on 16 x 16 pixels."""
    random = np.random.default_rng(1)
    signs = np.array([-1, 1])
    b = GraphBuilder("depthwise")
    x = b.conv(b.input((16, 16, 1)), random.choice(signs, (3, 3, 1, 8)), padding="same")
    x = b.max_pool(x, (4, 4), (2, 2), padding="same")
    x = b.depthwise(x, random.choice(signs, (3, 3, 8, 2)), padding="same")
    x = b.flatten(b.max_pool(x, (4, 4), (2, 2), padding="same"))
    return b.output(b.dense(x, random.integers(-127, 128, (256, 10))))


CASES: Mapping[str, Callable[[], Graph]] = {
    "fashion_small": lambda: api.integer_graph(ZOO),
    "chain": chain,
    "shortcuts": lambda: chain(shortcuts=True),
    "depthwise": depthwise,
}
LARGE = {"fashion_small"}  # whose simulator takes longer to build than all others


def version(quick: bool) -> str:
    """The figures depend on no tool."""
    return "any tools"


def figures(quick: bool, cases: Sequence[str] = ()) -> dict[str, dict[str, int]]:
    """What is said on top; with `quick`, large networks are only predicted."""
    return {name: measure(CASES[name](), seen=not (quick and name in LARGE)) for name in cases or CASES}


def measure(graph: Graph, seen: bool) -> dict[str, int]:
    """Predicted and, if `seen`, measured; SystemExit where the design is not equal to its model."""
    made = design(graph, default_plan(graph))
    about = manifest(made, ports_of(made.netlist, "plain"))
    said = predicted(about)
    figures = {"cycles predicted": said.cycles_per_frame or 0, "latency predicted": said.latency}
    if not seen:
        return figures
    found = verify(graph, about, write_verilog(made.netlist, "plain", []), random_images(graph, FRAMES, seed=1))
    if not found.equal or found.measured is None:
        raise SystemExit(str(found))
    return {**figures, "cycles": found.measured.cycles_per_frame or 0, "latency": found.measured.latency}


if __name__ == "__main__":
    from run import main

    sys.exit(main(["cycles", *sys.argv[1:]]))
