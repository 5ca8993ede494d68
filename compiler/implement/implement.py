"""A build out of context: synthesised, placed and routed for a device, without pins and so without a bitstream."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

from binloom.compiler.errors import InputError
from binloom.compiler.implement.harness import TOP, harness
from binloom.compiler.implement.modules import modules_by_op
from binloom.compiler.targets.area import Area, area_of, shortage
from binloom.compiler.targets.device import Device
from binloom.toolchain import find, nextpnr, yosys
from binloom.toolchain.nextpnr import DoesNotFit, Routed

FOLDER = "routed"  # in the build: a folder for each device that it was tried on
REMEDY = "take a larger device, or compile for more --cycles"


@dataclass(frozen=True)
class Implementation:
    """What came of it. `best` of the seeds is the one to keep; `area` and that of the `ops` are counts of synthesis."""

    target: str  # as the user named it: a board or a device
    device: Device
    freq: float  # MHz that were asked for
    seeds: Sequence[Routed]
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
            "ops": {name: asdict(area) for name, area in self.ops.items()},
            "tools": dict(self.tools),
            "seconds": {step: round(seconds, 1) for step, seconds in self.seconds.items()},
        }


def implement(
    folder: Path,
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
    """Synthesise the Verilog of a build, then place and route it once a seed; logs stay in the build.

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
    source = folder / f"{name}.v"
    modules = modules_by_op(source.read_text(encoding="utf-8"), manifest)
    sources, top, keep = [source], name, []
    args = [*device.args, *family.context]
    if family.nextpnr in PACKAGES:
        args += PACKAGES[family.nextpnr](device)
    if not family.context:
        around = work / f"{TOP}.v"
        around.write_text(harness(manifest), encoding="utf-8")
        sources, top, keep = [source, around], TOP, [name]
    if device.pins:
        (work / "pins").write_text(device.pins, encoding="utf-8")
        args += [option.format("pins") for option in family.constraints]

    if family.whole:
        modules, keep = {}, []
    keep += [module for found in modules.values() for module in found]

    tell("synthesis")
    command = f"{family.synth} {device.dsp_cells}".strip()
    netlist = yosys.synthesise(sources, top, command, work, keep=keep, timeout=timeout)
    cells = {module: area_of(found, family) for module, found in netlist.cells.items()}
    if not family.whole:
        cells.pop(TOP, None)
    area = sum(cells.values(), Area())
    if short := shortage(area, device):
        raise InputError(f"{name} needs {short} of {device.name}", REMEDY)

    tell(f"place and route, {len(seeds)} seeds")
    try:
        routed = nextpnr.route(
            family.nextpnr, netlist.json, top, args, work, seeds=seeds, freq=freq, jobs=jobs, timeout=timeout
        )
    except DoesNotFit as error:
        raise InputError(f"{name} does not fit into {device.name}: {error}", REMEDY) from None
    return Implementation(
        target=target,
        device=device,
        freq=freq,
        seeds=routed,
        area=area,
        ops={op: sum((cells[module] for module in found), Area()) for op, found in modules.items()},
        tools={tool.name: f"{tool.version} ({tool.path.name})" for tool in tools if tool.path},
        seconds={"synthesis": netlist.seconds, "routing": sum(seed.seconds for seed in routed)},
    )


# How package and speed grade are said, where they are not in the device's name.
PACKAGES: Mapping[str, Callable[[Device], list[str]]] = {
    "ecp5": lambda device: ["--package", device.package, "--speed", device.speed],
    "ice40": lambda device: ["--package", device.package],
}


def _part(cell: str) -> str:
    """The stage that a cell of the dissolved hierarchy came from."""
    path = cell.removeprefix("design.").removeprefix("network.")
    return path.split(".")[0] if "." in path else "a port"
