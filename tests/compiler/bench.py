"""Benches for whole networks, against the interpreter: a graph and a plan in pysim, a build's Verilog in Verilator."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from binloom.compiler.build import Build
from binloom.compiler.compile import CompileOptions, compile_graph
from binloom.compiler.design.design import Design, design, with_depths
from binloom.compiler.design.fold import Fold
from binloom.compiler.ir.builder import GraphBuilder
from binloom.compiler.ir.graph import Graph
from binloom.compiler.ir.interpret import run
from binloom.compiler.plan.default import default_plan
from binloom.hw.network import Network
from binloom.sim import pysim
from binloom.sim.beats import pack, unpack
from binloom.sim.pysim import Run
from binloom.sim.verify import verify


def signs(rng: np.random.Generator, *shape: int) -> np.ndarray:
    """Weights of -1 and +1."""
    return rng.choice([-1, 1], shape)


def random_frames(graph: Graph, count: int, seed: int) -> np.ndarray:
    node = graph.inputs[0]
    rng = np.random.default_rng(seed)
    return rng.integers(node.op.lo, node.op.hi, (count, *node.tensor.shape), np.int64, endpoint=True)


def run_network(
    made: Design,
    frames: np.ndarray,
    *,
    stall: float = 0.0,
    seed: int = 1,
    limit: int = 100_000,
    simulate: Callable[..., Run] = pysim.simulate,
) -> Run:
    """Simulate the network's top component on frames."""
    netlist = made.netlist
    ((port, map),) = netlist.inputs.items()
    counts = {name: len(frames) * o_map.beats for name, o_map in netlist.output_maps.items()}
    inputs = {port: pack(map, map.to_beats(frames))}
    load = netlist.load_image().tolist()
    return simulate(Network(netlist), inputs, counts, stall=stall, seed=seed, limit=limit, load=load)


def check_network(
    graph: Graph,
    made: Design,
    *,
    frames: int = 3,
    stall: float = 0.0,
    seed: int = 1,
    simulate: Callable[..., Run] = pysim.simulate,
) -> Run:
    """Demand that every output of the simulated network equals the interpreter's."""
    images = random_frames(graph, frames, seed)
    expected = run(graph, images)
    result = run_network(made, images, stall=stall, seed=seed, simulate=simulate)
    for name, map in made.netlist.output_maps.items():
        got = map.to_frames(unpack(map, result.payloads[name]))
        wrong = np.argwhere(got != expected[name])
        if len(wrong):
            at = tuple(wrong[0])
            raise AssertionError(
                f"{name}, seed {seed}, stall {stall}: {len(wrong)} elements differ, first at (frame, y, x, c)"
                f" {at}: got {got[at]}, expected {expected[name][at]}"
            )
    return result


def check_verilog(graph: Graph, folder: Path, options: CompileOptions, *, images: int = 8, seed: int = 1) -> None:
    """Demand that the Verilog of a build, read back from its folder, equals the interpreter, stalled and free."""
    compile_graph(graph, folder, options)
    build = Build.load(folder)
    frames = random_frames(graph, images, seed)
    result = verify(build.graph, build.manifest, build.verilog.read_text(), frames, seed=seed)
    assert result.equal, f"seed {seed}, {options.ports} ports, {options.cycles} cycles: {result}"


def planned(graph: Graph, cycles: int | None = None) -> Design:
    """The design under the default plan."""
    return design(graph, default_plan(graph, cycles))


def folded(graph: Graph, folds: Mapping[str, Fold], cycles: int | None = None) -> Design:
    """The design under the default plan, but for these folds."""
    plan = default_plan(graph, cycles)
    return design(graph, with_depths(graph, replace(plan, folds={**plan.folds, **folds}, depths={})))


def small_graph(seed: int = 1, size: int = 6, channels: int = 4) -> Graph:
    """Convolution, threshold, pool, dense."""
    rng = np.random.default_rng(seed)
    b = GraphBuilder("tiny")
    x = b.conv(b.input((size, size, 1)), signs(rng, 3, 3, 1, channels), padding="same", name="conv")
    x = b.threshold(x, rng.integers(-200, 200, channels), rng.integers(0, 2, channels), name="sign")
    x = b.flatten(b.max_pool(x, (2, 2), name="pool"), name="flat")
    inputs = b.shape(x)[2]
    x = b.dense(x, rng.integers(-9, 9, (inputs, 3)), bias=rng.integers(-50, 50, 3), name="dense")
    return b.output(x)
