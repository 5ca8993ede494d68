"""A build under Verilator: frames in, frames out, spread over the machine's cores."""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from itertools import pairwise
from pathlib import Path

import numpy as np

from binloom.hw.element import Element
from binloom.hw.stream import Map
from binloom.sim.failures import ProtocolError, Stuck
from binloom.sim.packed import pack_bytes, unpack_bytes
from binloom.sim.simulator import Job, Outcome, Port, Shell, Tap, Watch, launch
from binloom.toolchain.run import parallel
from binloom.toolchain.verilator import NONE, Library, Settings

# A frame takes this many times its predicted cycles before a run without any movement counts as stuck.
PATIENCE = 20
LEAST_SHARE = 8  # frames that are worth a process of their own

Progress = Callable[[int], None]  # frames done


@dataclass(frozen=True, slots=True)
class Frames:
    """What one run gave: each output's frames, stored; cycles of each frame's first input and last output beat."""

    outputs: dict[str, np.ndarray]
    accepted: np.ndarray
    delivered: np.ndarray
    cycles: int
    taps: dict[str, np.ndarray] = field(default_factory=dict)
    watches: dict[str, np.ndarray] = field(default_factory=dict)


@dataclass(frozen=True)
class Harness:
    """Runs the Verilog of a build, or its netlist over `models` of the cells; all it knows of it is in the manifest.

    `load` holds the words that come at boot, where the manifest asks for any: each run begins with them.
    """

    manifest: Mapping
    verilog: str
    models: Library = NONE
    load: np.ndarray = field(default_factory=lambda: np.empty(0, np.uint16))

    def __post_init__(self) -> None:
        wanted = (self.manifest["loads"] or {"words": 0})["words"]
        if len(self.load) != wanted:
            raise ValueError(f"{self.manifest['name']} is loaded with {wanted} words, got {len(self.load)}")

    @cached_property
    def shell(self) -> Shell:
        ports = self.manifest["ports"]
        return Shell(
            self.manifest["name"],
            tuple(map(_port, [*ports["inputs"], *([ports["load"]] if ports["load"] else [])])),
            tuple(map(_port, ports["outputs"])),
            ports["clock"],
            ports["reset"],
            ports["reset_active"],
        )

    @cached_property
    def streams(self) -> dict[str, Map]:
        """The map of each stage's stream that carries a node's tensor, by the node's name."""
        return {op["name"]: map_of(op["stream"]) for op in self.manifest["ops"] if op["blocks"]}

    @cached_property
    def watches(self) -> tuple[Watch, ...]:
        """The streams at which each op is seen to work or to wait.

        An op that is only wires has none, since it does neither; nor has a netlist, whose streams have no names.
        """
        if self.models.sources:
            return ()
        ports = {port["name"] for port in self.manifest["ports"]["inputs"]}
        made = []
        for op in self.manifest["ops"]:
            own = {block["name"] for block in op["blocks"]}
            reads = [
                read
                for block in op["blocks"]
                for name, read in zip(block["inputs"], block["reads"], strict=True)
                if name not in own and read not in ports
            ]
            if any(block["latency"] for block in op["blocks"]):
                made.append(Watch(op["name"], op["stream"]["beats"], tuple(reads)))
        return tuple(made)

    @property
    def idle(self) -> int:
        """Cycles without a beat at any port after which the design is stuck."""
        timing = self.manifest["timing"]
        return 10_000 + PATIENCE * max(timing["cycles_per_frame"], *timing["latency_last"].values())

    def build(self, settings: Settings) -> Path:
        """The simulator, out of the cache where it has been built before."""
        if self.models.sources:  # of a netlist: a large model for a few frames
            settings = replace(settings, cells=self.models, optimise="-O0")
        return self.shell.build(self.verilog, settings)

    def run(
        self,
        simulator: Path,
        images: np.ndarray,
        *,
        stall: float = 0.0,
        seed: int = 0,
        frames: int | None = None,
        taps: tuple[Tap, ...] = (),
        watches: tuple[Watch, ...] = (),
        wave: Path | None = None,
        progress: Progress | None = None,
    ) -> Frames:
        """Feed all images and wait for the first `frames` of them (by default for all)."""
        count = len(images) if frames is None else frames
        (source,) = self.manifest["ports"]["inputs"]
        sinks = {port["name"]: port for port in self.manifest["ports"]["outputs"]}
        i_map = map_of(source)
        job = Job(
            {source["name"]: pack_bytes(i_map, i_map.to_beats(images), source["lane_width"])},
            {name: count * port["beats"] for name, port in sinks.items()},
            stall,
            seed,
            idle=self.idle,
            taps=taps,
            watches=watches,
            wave=wave,
            loads=self.loads,
        )
        outcome = launch(simulator, self.shell, job, progress)
        return Frames(
            {name: _frames(outcome, name, port) for name, port in sinks.items()},
            outcome.accepted[source["name"]],
            np.max(list(outcome.delivered.values()), axis=0),
            outcome.cycles,
            outcome.taps,
            outcome.watches,
        )

    @property
    def loads(self) -> dict[str, np.ndarray]:
        """What is sent before the first frame."""
        port = self.manifest["ports"]["load"]
        return {port["name"]: self.load.astype("<u2").view(np.uint8).reshape(-1, 2)} if port else {}

    def shares(self, count: int) -> list[slice]:
        """Which frames go to which process."""
        processes = max(1, min(len(os.sched_getaffinity(0)), count // LEAST_SHARE))
        edges = np.linspace(0, count, processes + 1).astype(int).tolist()
        return [slice(start, end) for start, end in pairwise(edges)]

    def run_shares(
        self,
        simulator: Path,
        images: np.ndarray,
        *,
        stall: float,
        seed: int,
        watches: tuple[Watch, ...] = (),
        progress: Progress | None = None,
    ) -> list[Frames | Stuck | ProtocolError]:
        """The images in as many processes as there are cores; of each what it gave, or how it failed.

        Share number k stalls by seed + k.
        """
        shares = self.shares(len(images))
        done = [0] * len(shares)

        def one(number: int) -> Frames | Stuck | ProtocolError:
            def tell(count: int) -> None:
                done[number] = count
                if progress is not None:
                    progress(sum(done))

            share = images[shares[number]]
            try:
                result = self.run(simulator, share, stall=stall, seed=seed + number, watches=watches, progress=tell)
            except (Stuck, ProtocolError) as error:
                return error
            tell(len(share))
            return result

        return parallel([partial(one, number) for number in range(len(shares))], len(shares))


def visible(watches: Sequence[Watch]) -> tuple[str, ...]:
    """The signals that a simulator must leave visible for these."""
    streams = {name for watch in watches for name in (watch.name, *watch.inputs)}
    return tuple(f"{name}_{wire}" for name in sorted(streams) for wire in ("valid", "ready"))


def map_of(plain: Mapping) -> Map:
    """A map as the manifest writes it."""
    element = plain["element"]
    element = Element(element["lo"], element["hi"], element["bit"])
    height, width, channels = plain["shape"]
    return Map(height, width, channels, plain["lanes"], element, planes=plain["planes"], run=plain["run"])


def _port(plain: Mapping) -> Port:
    wires = (plain["payload"], plain["valid"], plain["ready"], plain["last"] or "")
    return Port(plain["name"], plain["width"], *wires, plain["beats"])


def _frames(outcome: Outcome, name: str, port: Mapping) -> np.ndarray:
    map = map_of(port)
    return map.to_frames(unpack_bytes(map, outcome.beats[name], port["lane_width"]))
