"""A build out of context: synthesised, placed and routed for a device, without pins and so without a bitstream."""

from collections.abc import Mapping
from pathlib import Path

from binloom.compiler.implement.harness import INSTANCE, TOP, harness
from binloom.compiler.implement.modules import INNER
from binloom.compiler.implement.place import FOLDER, NORMAL, Effort, Implementation, check_tools, place
from binloom.compiler.implement.synthesis import family_verilog, kept_modules, synthesise
from binloom.compiler.ir.graph import Graph
from binloom.compiler.targets.device import Device


def implement(
    folder: Path,
    graph: Graph,
    manifest: Mapping,
    device: Device,
    target: str,
    *,
    freq: float = 100.0,
    effort: Effort = NORMAL,
) -> Implementation:
    """Synthesise a build for the device, then place and route it once a seed; logs stay in the build.

    InputError where the device is too small, ToolError where a tool is missing, fails or takes too long.
    """
    check_tools(device, effort.placer)
    family, name = device.family, manifest["name"]
    work = folder / FOLDER / device.name
    work.mkdir(parents=True, exist_ok=True)
    args = [*family.context]
    if device.pins and not family.context:
        (work / "pins").write_text(device.pins, encoding="utf-8")
        args += [option.format("pins") for option in family.constraints]

    effort.on_step("synthesis")
    verilog = family_verilog(graph, manifest, device)
    sources, top, keep = {f"{name}.v": verilog}, name, kept_modules(verilog, manifest, device)
    inside = [INNER] if manifest["ports"]["style"] == "axi" else []
    if not family.context:
        sources, top, inside = {**sources, f"{TOP}.v": harness(manifest)}, TOP, [INSTANCE, *inside]
        keep += [] if family.whole else [name]
    netlist = synthesise(sources, top, device.synth, keep=keep, inside=".".join(inside), timeout=effort.timeout)
    return place(
        name,
        netlist,
        device,
        manifest,
        work,
        target=target,
        args=args,
        freq=freq,
        effort=effort,
        around=top == TOP and not family.whole,
    )
