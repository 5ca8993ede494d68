"""A build after synthesis: the cells that yosys made of its network, as for place and route, and what simulates them.

The cells' models are yosys' own. Where those are empty boxes, ours take their place (sim/cells).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from binloom.compiler.errors import InputError
from binloom.compiler.implement import chain_ends
from binloom.compiler.implement.synthesis import Synthesis, family_verilog, kept_modules, synthesise
from binloom.compiler.ir.graph import Graph
from binloom.compiler.targets.device import Device
from binloom.toolchain import cache, yosys
from binloom.toolchain.verilator import Library

CELLS = Path(__file__).parent / "cells"
DEFINES: Mapping[str, tuple[str, ...]] = {
    "ecp5": ("NO_INCLUDES",),  # without cells for pins and cells that yosys never leaves in a netlist
    "ice40": (),
}
TIMEOUT = 3600.0


@dataclass(frozen=True, slots=True)
class Netlist:
    """A netlist as Verilog, the models of its cells, and how many of each there are."""

    family: str
    verilog: str
    models: Library
    cells: Mapping[str, int]
    tool: str

    def __str__(self) -> str:
        return f"netlist of {self.tool} for {self.family}, {sum(self.cells.values()):,} cells"


def of_build(graph: Graph, manifest: Mapping, device: Device, *, timeout: float = TIMEOUT) -> Netlist:
    """The netlist that yosys makes of a build for a device: what is placed and routed, where nothing stands around it.

    ToolError where yosys is missing or fails.
    """
    if device.family.name not in DEFINES:
        raise InputError(f"nothing simulates the cells of {device.name}", f"take a device of {' or '.join(DEFINES)}")
    verilog = family_verilog(graph, manifest, device)
    keep = kept_modules(verilog, manifest, device)
    sources = {f"{manifest['name']}.v": verilog}
    return of_synthesis(
        synthesise(sources, manifest["name"], device.synth, keep=keep, timeout=timeout), device, timeout
    )


def of_synthesis(made: Synthesis, device: Device, timeout: float = TIMEOUT) -> Netlist:
    """A netlist with the models of its cells."""

    def make(folder: Path) -> None:
        netlist = json.loads(made.json.read_text(encoding="utf-8"))
        for cell in netlist["modules"][made.top]["cells"].values():
            for pin, direction in cell["port_directions"].items():
                if direction == "output" and cell["connections"][pin] == [chain_ends.OPEN]:
                    del cell["connections"][pin]  # which Verilog would take for a short
        (folder / yosys.NETLIST).write_text(json.dumps(netlist), encoding="utf-8")
        yosys.write_verilog(folder / yosys.NETLIST, timeout=timeout)

    written = cache.entry("cells", cache.digest(made.tool, Path(__file__).read_bytes(), made.json.read_bytes()), make)
    counts: dict[str, int] = {}
    for cells in made.cells.values():
        for kind, count in cells.items():
            counts[kind] = counts.get(kind, 0) + count
    verilog = (written / yosys.NETLIST).with_suffix(".v").read_text(encoding="utf-8")
    family = device.family.name
    return Netlist(family, verilog, models(family), counts, f"yosys {made.tool}")


def models(family: str) -> Library:
    """Ours first: of a module that is there twice the first one counts."""
    theirs = yosys.cell_models(family)
    ours = sorted((CELLS / family).glob("*.v"))
    return Library((*ours, theirs), (theirs.parent,), DEFINES[family])
