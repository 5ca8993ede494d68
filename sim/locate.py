"""Where a design first departs from its model: the op, the frame, the pixel and the channel."""

from dataclasses import dataclass, replace

import numpy as np

from binloom.compiler.ir import interpret
from binloom.compiler.ir.graph import Graph
from binloom.sim.failures import ProtocolError, Stuck
from binloom.sim.golden import Difference, first_difference
from binloom.sim.harness import Frames, Harness
from binloom.sim.traced import open_to, taps_of, tensors
from binloom.toolchain.verilator import Settings


@dataclass(frozen=True, slots=True)
class Fault:
    """A run that went wrong: which images it had, its stalls, its seed, and its wrong frame (None where it hung)."""

    share: slice
    stall: float
    seed: int
    frame: int | None
    step: str


def explain(harness: Harness, graph: Graph, images: np.ndarray, fault: Fault) -> tuple[Difference | None, str]:
    """The first difference in the graph's order, or else in words what happened."""
    images = images[fault.share]
    if fault.frame is not None:
        found = _first_difference(harness, graph, images, fault)
        return replace(found, frame=found.frame + fault.share.start), ""
    try:
        _watch(harness, images, fault, frames=None, first=0, count=0)
    except (Stuck, ProtocolError) as error:  # the same again, and now with the beats that each op let pass
        return None, f"{fault.step}: {error}"
    raise RuntimeError(f"{fault.step}: failed in one run and not in the next of the same design and seed")


def explain_netlist(
    netlist: Harness, before: Harness, graph: Graph, images: np.ndarray, fault: Fault
) -> tuple[Difference | None, str]:
    """The first difference at the outputs, since the streams inside have gone; and whether synthesis made it.

    `before` is the same build before synthesis. It runs on the same images with the same stalls.
    """
    images = images[fault.share]
    frames = None if fault.frame is None else fault.frame + 1
    found, failure = _at_outputs(netlist, graph, images, fault, frames)
    rtl, stuck = _at_outputs(before, graph, images, fault, frames)
    if rtl is None and not stuck:
        return found, f"{failure}; the Verilog before synthesis is right there".removeprefix("; ")
    return found, f"{failure}; so is the Verilog before synthesis: verify that first".removeprefix("; ")


def _at_outputs(
    harness: Harness, graph: Graph, images: np.ndarray, fault: Fault, frames: int | None
) -> tuple[Difference | None, str]:
    """The first difference in so many frames (None: in all), or in words why they did not come."""
    try:
        run = harness.run(harness.build(Settings()), images, stall=fault.stall, seed=fault.seed, frames=frames)
    except (Stuck, ProtocolError) as error:
        return None, f"{fault.step}: {error}"
    found = first_difference(graph, interpret.run(graph, images[:frames]), run.outputs)
    return (replace(found, frame=found.frame + fault.share.start) if found else None), ""


def _first_difference(harness: Harness, graph: Graph, images: np.ndarray, fault: Fault) -> Difference:
    frame = fault.frame
    assert frame is not None
    run = _watch(harness, images, fault, frames=frame + 1, first=frame, count=1)
    seen = tensors(harness, run) | {name: frames[-1:] for name, frames in run.outputs.items()}
    found = first_difference(graph, interpret.trace(graph, images[frame : frame + 1]), seen)
    if found is None:
        raise RuntimeError(f"frame {frame} was wrong in one run and right in the next of the same design and seed")
    return replace(found, frame=frame)


def _watch(harness: Harness, images: np.ndarray, fault: Fault, frames: int | None, first: int, count: int) -> Frames:
    """Repeat a run while watching the stream of every op, of which `count` frames are kept from frame `first` on.

    The same Verilog is built a second time with its streams visible; the same seed makes the same stalls.
    """
    taps = taps_of(harness, first, count)
    return harness.run(
        harness.build(open_to(taps)), images, stall=fault.stall, seed=fault.seed, frames=frames, taps=taps
    )
