"""A build after synthesis: the cells that yosys made of its Verilog, and what simulates them.

The cells' models are yosys' own. Where those are empty boxes, ours take their place (sim/cells).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from binloom.compiler.implement.modules import modules_by_op
from binloom.compiler.targets.device import Family
from binloom.compiler.targets.devices import ECP5, ICE40
from binloom.toolchain import cache, find, yosys
from binloom.toolchain.verilator import Library

CELLS = Path(__file__).parent / "cells"
FAMILIES: Mapping[str, Family] = {family.name: family for family in (ECP5, ICE40)}
DEFINES = {"ecp5": ("NO_INCLUDES",)}  # without cells for pins and cells that yosys never leaves in a netlist
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


def of_build(manifest: Mapping, verilog: str, family: str) -> Netlist:
    """The netlist that is placed and routed for a device of this family, as yosys makes it of a build's Verilog."""
    modules = modules_by_op(verilog, manifest).values()
    return synthesise(verilog, manifest["name"], family, keep=[module for found in modules for module in found])


def synthesise(verilog: str, top: str, family: str, *, keep: Sequence[str] = (), timeout: float = TIMEOUT) -> Netlist:
    """The netlist of module `top`, out of the cache where it is there. Modules in `keep` are synthesised by themselves.

    ToolError where yosys is missing or fails.
    """
    command, tool = FAMILIES[family].synth, find.yosys().require()
    assert tool.path is not None
    version = f"{tool.name} {tool.version} ({tool.path.name})"

    def make(folder: Path) -> None:
        source = folder / "design.v"
        source.write_text(verilog, encoding="utf-8")
        made = yosys.synthesise([source], top, command, folder, keep=keep, timeout=timeout)
        yosys.write_verilog(made, timeout=timeout)

    made = cache.entry("netlists", cache.digest(version, command, top, *keep, verilog), make)
    counts: dict[str, int] = {}
    for cells in yosys.parse_cells((made / yosys.CELLS).read_text()).values():
        for kind, count in cells.items():
            counts[kind] = counts.get(kind, 0) + count
    return Netlist(family, (made / yosys.NETLIST).with_suffix(".v").read_text(), models(family), counts, version)


def models(family: str) -> Library:
    """Ours first: of a module that is there twice the first one counts."""
    theirs = yosys.cell_models(family)
    ours = sorted((CELLS / family).glob("*.v"))
    return Library((*ours, theirs), (theirs.parent,), DEFINES.get(family, ()))
