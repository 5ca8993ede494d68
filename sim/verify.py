"""Proof by simulation: the Verilog of a build and the golden model on the same images, beat for beat.

The design runs twice: with random stalls on both sides, where every output must be equal, and free running, where it
must be equal again and the cycles are counted.
"""

import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import numpy as np

from binloom.compiler.ir import interpret
from binloom.compiler.ir.graph import Graph
from binloom.sim.failures import ProtocolError, Stuck
from binloom.sim.golden import Difference
from binloom.sim.harness import Frames, Harness, visible
from binloom.sim.locate import Fault, explain, explain_netlist
from binloom.sim.netlist import Netlist
from binloom.sim.pace import Pace, paces
from binloom.toolchain.verilator import Settings

STALL = 0.25  # share of cycles in which each side holds back, in the run with stalls
WAVE_FRAMES = 4  # frames that a wave file shows of a design that is right

Progress = Callable[[str, int, int], None]  # step, frames done, frames in all (0 where nobody knows)


@dataclass(frozen=True, slots=True)
class Timing:
    """Cycles a frame in steady state (None where one frame was all), and from first beat in to last beat out."""

    cycles_per_frame: int | None
    latency: int


@dataclass(frozen=True, slots=True)
class Verification:
    """What a verification found."""

    name: str
    images: int
    source: str  # whose images
    seed: int
    stall: float
    driver: str
    equal: bool
    predicted: Timing
    measured: Timing | None = None
    ops: Mapping[str, Pace] = field(default_factory=dict)  # of those that were seen in a design that is equal
    mismatch: Difference | None = None  # the first, where the outputs differ
    failure: str = ""  # a dead-lock or a broken protocol, in words; of a netlist whether synthesis broke it
    seconds: float = 0.0
    netlist: str = ""  # whose and for what, where it was not the Verilog itself that ran

    def __str__(self) -> str:
        what = f"{self.images} images ({self.source}), seed {self.seed}, driver {self.driver}"
        if self.netlist:
            what = f"{what}, {self.netlist}"
        if self.equal:
            return f"equal on every output of {what}"
        return f"not equal on {what}: {'; '.join(str(words) for words in (self.mismatch, self.failure) if words)}"

    def to_dict(self) -> dict:
        """Plain values, for the report."""
        return asdict(self)


def verify(
    graph: Graph,
    manifest: Mapping,
    verilog: str,
    images: np.ndarray,
    *,
    source: str = "given",
    seed: int = 1,
    stall: float = STALL,
    waves: Path | None = None,
    netlist: Netlist | None = None,
    load: np.ndarray | None = None,
    progress: Progress | None = None,
) -> Verification:
    """Run the Verilated design on the images (N, height, width, channels) and hold it against the golden model.

    `load` is what a build with weights that come at boot has to be sent first (Build.load_image).
    `waves` names an FST file: of the run that failed up to its wrong frame, else of the first few frames. A `netlist`
    is what that Verilog became by synthesis: it runs in its place.
    """
    start = time.monotonic()
    tell = progress or (lambda step, done, total: None)
    before = Harness(manifest, verilog) if load is None else Harness(manifest, verilog, load=load)
    harness = replace(before, verilog=netlist.verilog, models=netlist.models) if netlist else before
    expected = golden_outputs(graph, images, lambda done: tell("golden model", done, len(images)))
    tell("building the simulator", 0, 0)
    watches = harness.watches
    simulator = harness.build(Settings(public=visible(watches)))
    runs, fault = [], None
    for step, share in (("random stalls", stall), ("free running", 0.0)):
        report = _reporter(tell, step, len(images))
        runs = harness.run_shares(simulator, images, stall=share, seed=seed, watches=watches, progress=report)
        fault = find_fault(harness, runs, expected, len(images), step, share, seed)
        if fault is not None:
            break
    mismatch, failure = None, ""
    if fault is not None:
        tell("looking for the place", 0, 0)
        if netlist:
            mismatch, failure = explain_netlist(harness, before, graph, images, fault)
        else:
            mismatch, failure = explain(harness, graph, images, fault)
    if waves is not None:
        tell("writing waves", 0, 0)
        write_waves(harness, images, fault, waves)
    whole = [run for run in runs if isinstance(run, Frames)] if fault is None else []
    return Verification(
        name=manifest["name"],
        images=len(images),
        source=source,
        seed=seed,
        stall=stall,
        driver="cpp",
        equal=fault is None,
        predicted=predicted(manifest),
        measured=measure(whole) if whole else None,
        ops=paces(whole) if whole else {},
        mismatch=mismatch,
        failure=failure,
        seconds=round(time.monotonic() - start, 3),
        netlist=str(netlist or ""),
    )


def golden_outputs(graph: Graph, images: np.ndarray, progress: Callable[[int], None]) -> dict[str, np.ndarray]:
    """Each output's frames, by name, as the interpreter gives them."""
    step = interpret.batch_size(graph)
    parts = []
    for at in range(0, len(images), step):
        parts.append(interpret.run(graph, images[at : at + step]))
        progress(min(at + step, len(images)))
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def find_fault(
    harness: Harness,
    runs: list[Frames | Stuck | ProtocolError],
    expected: Mapping[str, np.ndarray],
    count: int,
    step: str,
    stall: float,
    seed: int,
) -> Fault | None:
    """The first frame that is wrong, or the first run that did not end, of the shares of one step."""
    for number, (share, run) in enumerate(zip(harness.shares(count), runs, strict=True)):
        if not isinstance(run, Frames):
            return Fault(share, stall, seed + number, None, step)
        wrong = [
            np.flatnonzero((frames != expected[name][share]).reshape(len(frames), -1).any(axis=1))
            for name, frames in run.outputs.items()
        ]
        first = min((int(frames[0]) for frames in wrong if len(frames)), default=None)
        if first is not None:
            return Fault(share, stall, seed + number, first, step)
    return None


def measure(runs: list[Frames]) -> Timing:
    """Timing of a free run: the interval between frames once the pipeline is full, and the first frame's latency."""
    intervals = [np.diff(run.delivered) for run in runs]
    steady = np.concatenate([interval[len(interval) // 2 :] for interval in intervals])
    cycles = int(np.median(steady)) if len(steady) else None
    return Timing(cycles, int(runs[0].delivered[0] - runs[0].accepted[0]))


def predicted(manifest: Mapping) -> Timing:
    """What the compiler said."""
    timing = manifest["timing"]
    return Timing(timing["cycles_per_frame"], max(timing["latency_last"].values()))


def write_waves(harness: Harness, images: np.ndarray, fault: Fault | None, path: Path) -> None:
    """An FST file of the faulty run, or of the first frames of a free one."""
    simulator = harness.build(Settings(trace=True))
    if fault is None:
        harness.run(simulator, images[:WAVE_FRAMES], wave=path)
        return
    frames = None if fault.frame is None else fault.frame + 1
    with suppress(Stuck, ProtocolError):  # what the waves are there to show
        harness.run(simulator, images[fault.share], stall=fault.stall, seed=fault.seed, frames=frames, wave=path)


def _reporter(tell: Progress, step: str, total: int) -> Callable[[int], None]:
    return lambda done: tell(step, done, total)
