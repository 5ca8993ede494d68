"""Place and route of a netlist, and all that is told of it: what it takes of a device and the clock it reaches."""

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

from binloom.compiler.errors import InputError
from binloom.compiler.implement.modules import owners
from binloom.compiler.implement.placers import check_placer, placer_for
from binloom.compiler.implement.synthesis import Synthesis, part_of
from binloom.compiler.targets.area import Area, area_of, shortage
from binloom.compiler.targets.device import Device, Family
from binloom.toolchain import find, nextpnr
from binloom.toolchain.nextpnr import DoesNotFit, Failed, Routed

FOLDER = "routed"  # in the build: a folder for each device and board that it was tried on
REMEDY = "take a larger device, or a smaller plan (binloom plan)"


@dataclass(frozen=True, slots=True)
class Effort:
    """How hard to try: which seeds, how many of them at a time, and how many seconds each run of a tool may take.

    `placer` is one of `placers.PLACERS`; empty, the one for a design of that size.
    """

    seeds: Sequence[int] = (1, 2, 3)
    jobs: int = 1
    timeout: float = 3600.0
    on_step: Callable[[str], None] = lambda step: None
    placer: str = ""


NORMAL = Effort()


@dataclass(frozen=True)
class Implementation:
    """What came of it. `best` of the seeds is the one to keep; `area` and that of the `ops` are counts of synthesis.

    `inside` is the path of the network in the design. `bitstream` tells of the file that came of a design with pins.
    """

    target: str  # as the user named it: a board or a device
    device: Device
    freq: float  # MHz that were asked for
    placer: str
    seeds: Sequence[Routed]
    failed: Sequence[Failed]
    area: Area
    ops: Mapping[str, Area]
    tools: Mapping[str, str]
    seconds: Mapping[str, float]
    inside: str = ""
    out_of_context: bool = True
    bitstream: Mapping | None = None

    @property
    def best(self) -> Routed:
        return max(self.seeds, key=lambda routed: routed.clock_mhz or 0)

    @property
    def clock_mhz(self) -> dict[str, float] | None:
        """Over the seeds; None where no register leads to another."""
        clocks = [routed.clock_mhz for routed in self.seeds if routed.clock_mhz is not None]
        return {"min": min(clocks), "median": round(median(clocks), 2), "max": max(clocks)} if clocks else None

    @property
    def lut(self) -> int:
        """LUTs as placed, with those that only carry something from here to there."""
        return sum(self.best.used.get(cell, 0) for cell in self.device.family.placed)

    def critical_ops(self) -> str:
        """The ops between which the slowest path of the best seed runs."""
        path = self.best.critical
        if path is None:
            return ""
        start, end = (self._part(cell) for cell in (path.start, path.end))
        return start if start == end else f"{start} to {end}"

    def to_dict(self) -> dict:
        """Plain values, for the report."""
        return {
            "target": self.target,
            "device": self.device.name,
            "package": self.device.package,
            "speed": self.device.speed,
            "out_of_context": self.out_of_context,
            "bitstream": self.bitstream and dict(self.bitstream),
            "freq_mhz": self.freq,
            "placer": self.placer,
            "clock_mhz": self.clock_mhz,
            "best_seed": self.best.seed,
            "lut": self.lut,
            "luts": self.device.luts,
            **{what: count for what, count in asdict(self.area).items() if what != "lut"},
            "lut_synthesised": self.area.lut,
            "placed": {cell: [used, self.best.available[cell]] for cell, used in self.best.used.items() if used},
            "critical": self.critical_ops(),
            "seeds": [
                {
                    "seed": routed.seed,
                    "clock_mhz": routed.clock_mhz,
                    "critical": asdict(routed.critical) if routed.critical else None,
                    "seconds": round(routed.seconds, 1),
                }
                for routed in self.seeds
            ],
            "failed": [{"seed": seed.seed, "reason": seed.reason} for seed in self.failed],
            "ops": {name: asdict(area) for name, area in self.ops.items()},
            "tools": dict(self.tools),
            "seconds": {step: round(seconds, 1) for step, seconds in self.seconds.items()},
        }

    def _part(self, cell: str) -> str:
        """The stage, or what else, that a cell of the dissolved hierarchy came from."""
        return part_of(cell, self.inside).removeprefix(f"{self.inside}.") or "a port"


def place(
    name: str,
    netlist: Synthesis,
    device: Device,
    manifest: Mapping,
    work: Path,
    *,
    target: str,
    args: Sequence[str],
    freq: float,
    effort: Effort,
    around: bool = False,
    output: str = "",
) -> Implementation:
    """Place and route a netlist once a seed in the folder `work`, where logs and reports stay.

    `around` says that what is around the network is no part of what is counted; `output` is the option of nextpnr that
    writes what a packer reads. InputError where the device is too small, ToolError where every seed fails.
    """
    family = device.family
    for file in netlist.folder.iterdir():
        shutil.copy(file, work)
    counted = [cells for part, cells in netlist.cells.items() if part or not around]
    area = sum((area_of(cells, family) for cells in counted), Area())
    if short := shortage(area, device):
        raise InputError(f"{name} needs {short} of {device.name}", REMEDY)
    seeds, placer = effort.seeds, effort.placer or placer_for(area, device)
    effort.on_step(f"place and route, {len(seeds)} seed{'s' if len(seeds) > 1 else ''}, {freq:g} MHz")
    failed: list[Failed] = []
    try:
        routed = nextpnr.route(
            family.nextpnr,
            work / netlist.json.name,
            netlist.top,
            [*device.args, *PACKAGES.get(family.nextpnr, lambda device: [])(device), "--placer", placer, *args],
            work,
            seeds=seeds,
            freq=freq,
            jobs=effort.jobs,
            timeout=effort.timeout,
            output=output,
            on_failure=failed.append,
        )
    except DoesNotFit as error:
        raise InputError(f"{name} does not fit into {device.name}: {error}", REMEDY) from None
    tools = [find.yosys(), find.nextpnr(family.nextpnr)]
    return Implementation(
        target=target,
        device=device,
        freq=freq,
        placer=placer,
        seeds=routed,
        failed=failed,
        area=area,
        ops={} if family.whole else ops_of(netlist, manifest, family),
        tools={tool.name: tool.label for tool in tools},
        seconds={"synthesis": netlist.seconds, "routing": sum(seed.seconds for seed in routed)},
        inside=netlist.inside,
    )


def check_tools(device: Device, placer: str = "") -> None:
    """InputError where nothing places and routes for a device, or not with this placer; MissingTool where something is
    not installed."""
    if not device.family.nextpnr:
        raise InputError(f"there is no place and route for {device.name}", "take another device")
    check_placer(placer, device)
    find.yosys().require()
    find.nextpnr(device.family.nextpnr).require()


def ops_of(netlist: Synthesis, manifest: Mapping, family: Family) -> dict[str, Area]:
    """What each op takes, with the FIFOs, cuts and forks at its streams."""
    owner, found = owners(manifest), {op["name"]: Area() for op in manifest["ops"]}
    for part, cells in netlist.parts.items():
        if (op := owner(part)) in found:
            found[op] += area_of(cells, family)
    return {op: area for op, area in found.items() if area != Area()}


# How package and speed grade are said, where they are not in the device's name.
PACKAGES: Mapping[str, Callable[[Device], list[str]]] = {
    "ecp5": lambda device: ["--package", device.package, "--speed", device.speed],
    "ice40": lambda device: ["--package", device.package],
}
