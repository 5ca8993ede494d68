"""A build out of context: synthesised, placed and routed for a device, without pins and so without a bitstream."""

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

from binloom.compiler.errors import InputError
from binloom.compiler.implement.harness import INSTANCE, TOP, harness
from binloom.compiler.implement.modules import INNER, owners
from binloom.compiler.implement.synthesis import Synthesis, family_verilog, kept_modules, synthesise
from binloom.compiler.ir.graph import Graph
from binloom.compiler.targets.area import Area, area_of, shortage
from binloom.compiler.targets.device import Device, Family
from binloom.toolchain import find, nextpnr
from binloom.toolchain.nextpnr import DoesNotFit, Failed, Routed

FOLDER = "routed"  # in the build: a folder for each device that it was tried on
REMEDY = "take a larger device, or compile for more --cycles"


@dataclass(frozen=True)
class Implementation:
    """What came of it. `best` of the seeds is the one to keep; `area` and that of the `ops` are counts of synthesis."""

    target: str  # as the user named it: a board or a device
    device: Device
    freq: float  # MHz that were asked for
    seeds: Sequence[Routed]
    failed: Sequence[Failed]
    area: Area
    ops: Mapping[str, Area]
    tools: Mapping[str, str]
    seconds: Mapping[str, float]

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
        start, end = (_part(cell) for cell in (path.start, path.end))
        return start if start == end else f"{start} to {end}"

    def to_dict(self) -> dict:
        """Plain values, for the report."""
        return {
            "target": self.target,
            "device": self.device.name,
            "package": self.device.package,
            "speed": self.device.speed,
            "out_of_context": True,
            "freq_mhz": self.freq,
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


def implement(
    folder: Path,
    graph: Graph,
    manifest: Mapping,
    device: Device,
    target: str,
    *,
    seeds: Sequence[int] = (1, 2, 3),
    jobs: int = 1,
    freq: float = 100.0,
    timeout: float = 3600.0,
    on_step: Callable[[str], None] | None = None,
) -> Implementation:
    """Synthesise a build for the device, then place and route it once a seed; logs stay in the build.

    `timeout` is in seconds, for each run of a tool. InputError where the device is too small, ToolError where a tool is
    missing, fails or takes too long.
    """
    tell = on_step or (lambda step: None)
    family = device.family
    if not family.nextpnr:
        raise InputError(f"there is no place and route for {device.name}", "take another device")
    tools = [find.yosys().require(), find.nextpnr(family.nextpnr).require()]
    name = manifest["name"]
    work = folder / FOLDER / device.name
    work.mkdir(parents=True, exist_ok=True)
    args = [*device.args, *family.context]
    if family.nextpnr in PACKAGES:
        args += PACKAGES[family.nextpnr](device)
    if device.pins:
        (work / "pins").write_text(device.pins, encoding="utf-8")
        args += [option.format("pins") for option in family.constraints]

    tell("synthesis")
    verilog = family_verilog(graph, manifest, device)
    sources, top, keep = {f"{name}.v": verilog}, name, kept_modules(verilog, manifest, device)
    inside = [INNER] if manifest["ports"]["style"] == "axi" else []
    if not family.context:
        sources, top, inside = {**sources, f"{TOP}.v": harness(manifest)}, TOP, [INSTANCE, *inside]
        keep += [] if family.whole else [name]
    netlist = synthesise(sources, top, device.synth, keep=keep, inside=".".join(inside), timeout=timeout)
    for file in netlist.folder.iterdir():
        shutil.copy(file, work)
    counted = [cells for part, cells in netlist.cells.items() if part or top == name or family.whole]
    area = sum((area_of(cells, family) for cells in counted), Area())  # without the shift registers
    if short := shortage(area, device):
        raise InputError(f"{name} needs {short} of {device.name}", REMEDY)

    tell(f"place and route, {len(seeds)} seeds")
    failed: list[Failed] = []
    try:
        routed = nextpnr.route(
            family.nextpnr,
            work / netlist.json.name,
            top,
            args,
            work,
            seeds=seeds,
            freq=freq,
            jobs=jobs,
            timeout=timeout,
            on_failure=failed.append,
        )
    except DoesNotFit as error:
        raise InputError(f"{name} does not fit into {device.name}: {error}", REMEDY) from None
    return Implementation(
        target=target,
        device=device,
        freq=freq,
        seeds=routed,
        failed=failed,
        area=area,
        ops={} if family.whole else ops_of(netlist, manifest, family),
        tools={tool.name: f"{tool.version} ({tool.path.name})" for tool in tools if tool.path},
        seconds={"synthesis": netlist.seconds, "routing": sum(seed.seconds for seed in routed)},
    )


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


def _part(cell: str) -> str:
    """The stage that a cell of the dissolved hierarchy came from."""
    path = cell.removeprefix("design.").removeprefix("network.")
    return path.split(".")[0] if "." in path else "a port"
