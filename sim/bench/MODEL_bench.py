"""cocotb bench of this build: the frames of vectors/ go in, what comes out must be what vectors/ says.

Weights that come at boot, where the build has such, go in before the first frame.

Environment: BENCH_SEED (1) and BENCH_STALL (0.25) of the random stalls, BENCH_FRAMES (all), BENCH_VECTORS (a folder of
<port>.hex files, one beat a line), BENCH_REPORT (a file for what was measured, as JSON).
"""

import json
import os
import random
from dataclasses import dataclass, field
from pathlib import Path

import cocotb
from cocotb.clock import Clock
from cocotb.triggers import FallingEdge, ReadOnly

BUILD = Path(__file__).resolve().parent.parent
MANIFEST = json.loads((BUILD / "manifest.json").read_text())
PORTS = MANIFEST["ports"]
VECTORS = Path(os.environ.get("BENCH_VECTORS", BUILD / "vectors"))
SEED = int(os.environ.get("BENCH_SEED", "1"))
STALL = float(os.environ.get("BENCH_STALL", "0.25"))
PATIENCE = 10_000 + 20 * max(MANIFEST["timing"]["cycles_per_frame"], *MANIFEST["timing"]["latency_last"].values())


@dataclass
class Stream:
    """One port: its wires, its beats, and the dice that make it stall."""

    port: dict
    dut: object
    stall: float
    beats: list
    index: int = 0
    cycles: list = field(default_factory=list)  # in which each beat passed

    def __post_init__(self):
        self.payload, self.valid, self.ready = (
            getattr(self.dut, self.port[wire]) for wire in ("payload", "valid", "ready")
        )
        self.last = getattr(self.dut, self.port["last"]) if self.port["last"] else None
        self.dice = random.Random(f"{SEED} {self.port['name']}")

    @property
    def done(self):
        return self.index == len(self.beats)

    @property
    def ends_frame(self):
        return self.index % self.port["beats"] == self.port["beats"] - 1

    def stalls(self):
        return self.stall > 0 and self.dice.random() < self.stall


class Source(Stream):
    """Offers its beats in order; what it has offered stays until it is taken."""

    offering = False

    def drive(self):
        if not self.offering and not self.done and not self.stalls():
            self.payload.value = self.beats[self.index]
            if self.last is not None:
                self.last.value = int(self.ends_frame)
            self.offering = True
        self.valid.value = int(self.offering)

    def sample(self, cycle):
        if not self.offering or not int(self.ready.value):
            return False
        self.cycles.append(cycle)
        self.index += 1
        self.offering = False
        return True


class Sink(Stream):
    """Takes beats and holds each against the one expected."""

    held = None

    def drive(self):
        self.takes = not self.done and not self.stalls()
        self.ready.value = int(self.takes)

    def sample(self, cycle):
        valid = int(self.valid.value)
        payload = int(self.payload.value) if valid else None
        place = f"{self.port['name']}, cycle {cycle}, seed {SEED}"
        assert self.held is None or payload == self.held, f"{place}: valid or payload changed before the beat was taken"
        self.held = payload if valid and not self.takes else None
        if not valid or not self.takes:
            return False
        frame, beat = divmod(self.index, self.port["beats"])
        wanted = self.beats[self.index]
        assert payload == wanted, f"{place}: frame {frame}, beat {beat}: got {payload:#x}, expected {wanted:#x}"
        if self.last is not None:
            assert bool(int(self.last.value)) == self.ends_frame, f"{place}: frame {frame}, beat {beat}: wrong last"
        self.cycles.append(cycle)
        self.index += 1
        return True


def read_beats(port, frames):
    """The first beats of a port's vector file."""
    lines = (VECTORS / f"{port['name']}.hex").read_text().split()
    return [int(line, 16) for line in lines[: frames * port["beats"]]]


def count_frames():
    port = PORTS["inputs"][0]
    there = len((VECTORS / f"{port['name']}.hex").read_text().split()) // port["beats"]
    return min(there, int(os.environ.get("BENCH_FRAMES", there)))


async def load(dut, clock, stall):
    """Send the weights that come at boot, which the manifest calls a load."""
    words = [int(line, 16) for line in (BUILD / MANIFEST["loads"]["file"]).read_text().split()]
    source = Source(PORTS["load"], dut, stall, words)
    cycle = moved = 0
    while not source.done:
        cycle += 1
        source.drive()
        await ReadOnly()
        moved = cycle if source.sample(cycle) else moved
        assert cycle - moved < PATIENCE, f"stuck in cycle {cycle}, seed {SEED}: load {source.index} of {len(words)}"
        await FallingEdge(clock)
    source.valid.value = 0


async def run(dut, stall):
    """Reset, then feed all frames and wait for all results. Gives the sources and the sinks back."""
    frames = count_frames()
    sources = [Source(port, dut, stall, read_beats(port, frames)) for port in PORTS["inputs"]]
    sinks = [Sink(port, dut, stall, read_beats(port, frames)) for port in PORTS["outputs"]]
    clock, reset = getattr(dut, PORTS["clock"]), getattr(dut, PORTS["reset"])
    for source in sources:
        source.valid.value = 0
    if PORTS["load"]:
        getattr(dut, PORTS["load"]["valid"]).value = 0
    for sink in sinks:
        sink.ready.value = 0
    reset.value = PORTS["reset_active"]
    Clock(clock, 10, "ns").start()
    for _ in range(3):
        await FallingEdge(clock)
    reset.value = 1 - PORTS["reset_active"]
    if PORTS["load"]:
        await load(dut, clock, stall)
    streams: list[Source | Sink] = [*sources, *sinks]
    cycle = moved = 0
    # Wires change after the falling edge and are read once they have settled: what passes at the next rising edge.
    while not all(sink.done for sink in sinks):
        cycle += 1
        for stream in streams:
            stream.drive()
        await ReadOnly()
        passed = [stream.sample(cycle) for stream in streams]
        moved = cycle if any(passed) else moved
        progress = ", ".join(f"{stream.port['name']} {stream.index} of {len(stream.beats)}" for stream in sinks)
        assert cycle - moved < PATIENCE, f"stuck in cycle {cycle}, seed {SEED}: {progress}"
        await FallingEdge(clock)
    return sources, sinks


@cocotb.test()
async def random_stalls(dut):
    """Both sides hold back at random; every beat must be the one expected."""
    await run(dut, STALL)


@cocotb.test()
async def free_running(dut):
    """Nothing holds back; every beat must be the one expected, and the cycles are counted."""
    sources, sinks = await run(dut, 0)
    first = sources[0].cycles[0]
    ends = [sink.cycles[sink.port["beats"] - 1 :: sink.port["beats"]] for sink in sinks]
    ends = [max(times) for times in zip(*ends, strict=True)]
    measured = {
        "frames": len(ends),
        "cycles_per_frame": ends[-1] - ends[-2] if len(ends) > 1 else None,
        "latency": ends[0] - first,
    }
    predicted = MANIFEST["timing"]
    dut._log.info(
        "%s cycles a frame (predicted %s), latency %s (predicted %s)",
        measured["cycles_per_frame"],
        predicted["cycles_per_frame"],
        measured["latency"],
        max(predicted["latency_last"].values()),
    )
    if "BENCH_REPORT" in os.environ:
        Path(os.environ["BENCH_REPORT"]).write_text(json.dumps(measured))
