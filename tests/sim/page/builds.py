"""A build with branches as its manifest, and what might have been found about it."""

import numpy as np

from binloom.compiler.implement.estimate import estimate
from binloom.compiler.ir.builder import GraphBuilder
from binloom.compiler.ir.graph import Graph
from binloom.compiler.targets.boards import board
from tests.sim.nets import emitted

BOARD = "ulx3s-25f"


def residual() -> Graph:
    """A block with a plain shortcut, then two branches that are joined side by side."""
    signs = np.random.default_rng(0).choice([-1, 1], (3, 3, 4, 4))
    b = GraphBuilder("residual")
    x = b.input((8, 8, 4), 0, 15)
    y = b.threshold(x, 7, name="sign1")
    x = b.add(x, b.conv(y, signs, padding="same", name="conv1"), name="add")
    y = b.threshold(x, 7, name="sign2")
    left = b.max_pool(b.conv(y, signs, padding="same", name="conv2"), (2, 2), name="pool_left")
    right = b.conv(b.max_pool(y, (2, 2), name="pool_right"), signs[:1, :1], name="conv3")
    x = b.flatten(b.concat(left, right, name="both"), name="flat")
    return b.output(b.dense(x, np.ones((128, 3), int), name="dense"))


def sections(graph: Graph, manifest: dict) -> dict[str, dict]:
    """A verification, an estimate and a routed design, every number of them another one."""
    hard = [op for op in manifest["ops"] if op["blocks"]]
    ops = {op["name"]: {"cycles": 100 + n, "first": 200 + n, "last": 300 + n} for n, op in enumerate(hard)}
    areas = {
        op["name"]: {"lut": 1000 + n, "ff": 2000 + n, "bram": 3 + n, "dsp": n % 3, "spram": 0}
        for n, op in enumerate(hard)
    }
    verification = {
        "found": "equal on <every> output",
        "equal": True,
        "measured": {"cycles_per_frame": 4321, "latency": 8765},
        "ops": ops,
        "seconds": 1.5,
    }
    routed = {
        **{
            "target": BOARD,
            "out_of_context": True,
            "device": "ecp5-25f",
            "package": "CABGA381",
            "speed": "6",
            "freq_mhz": 100.0,
            "placer": "static",
        },
        "clock_mhz": {"min": 81.25, "median": 91.5, "max": 104.75},
        "best_seed": 3,
        **{"lut": 12345, "luts": 24288, "lut_synthesised": 12000, "ff": 6789, "bram": 34, "dsp": 12, "spram": 0},
        "critical": "conv1 to <add>",
        "seeds": [
            {"seed": n, "clock_mhz": clock, "critical": None} for n, clock in ((1, 81.25), (2, 91.5), (3, 104.75))
        ],
        "ops": areas,
        "tools": {"yosys": "0.70"},
    }
    return {
        "verification": verification,
        "estimate": estimate(graph, manifest, board(BOARD), BOARD),
        "routed": routed,
    }


def built() -> tuple[Graph, dict]:
    graph = residual()
    return graph, emitted(graph)[0] | {"binloom": "0", "files": {}}
