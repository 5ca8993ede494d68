"""From a build to the netlist that is placed and routed: the Verilog of its family, what yosys makes of it, trimmed."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path

from binloom.compiler.design.design import design
from binloom.compiler.design.fold import Plan
from binloom.compiler.emit.verilog import Platform, write_verilog
from binloom.compiler.implement import chain_ends
from binloom.compiler.implement.modules import modules_by_op
from binloom.compiler.ir.graph import Graph
from binloom.compiler.targets.device import Device
from binloom.toolchain import cache, find, yosys
from binloom.toolchain.yosys import Counts

SHELF = "netlists"  # of the cache
SECONDS = "seconds"
FLAT = "$flatten\\"


@dataclass(frozen=True, slots=True)
class Synthesis:
    """A netlist, and the cells of each part of it, by the part's path.

    `folder` is in the cache and not to be written to; it holds the sources, yosys' script and its log. Parts are the
    submodules of the instance `inside`, and what is around it.
    """

    folder: Path
    top: str
    inside: str
    cells: Mapping[str, Counts]
    tool: str
    seconds: float

    @property
    def json(self) -> Path:
        return self.folder / yosys.NETLIST

    @property
    def parts(self) -> dict[str, Counts]:
        """The cells of the submodules of the instance `inside`, by their names."""
        start = f"{self.inside}." if self.inside else ""
        found = {path.removeprefix(start): cells for path, cells in self.cells.items() if path.startswith(start)}
        return {name: cells for name, cells in found.items() if name and "." not in name}


def family_verilog(graph: Graph, manifest: Mapping, device: Device) -> str:
    """The network of a build for one family of devices, cycle for cycle that of the build's own Verilog."""
    made = design(graph, Plan.from_dict(manifest["plan"]))
    about = [f"{graph.name} for {device.family.name}, made by binloom {manifest['binloom']}"]
    return write_verilog(
        made.netlist, manifest["ports"]["style"], about, Platform(device.family.name, device.loaded > 0)
    )


def kept_modules(verilog: str, manifest: Mapping, device: Device, top: str = "", path: Sequence[str] = ()) -> list[str]:
    """The modules that are synthesised each by itself, so that their cells can be counted: see `modules_by_op`."""
    if device.family.whole:
        return []
    return [module for found in modules_by_op(verilog, manifest, top, path).values() for module in found]


def synthesise(
    sources: Mapping[str, str], top: str, command: str, *, keep: Sequence[str] = (), inside: str = "", timeout: float
) -> Synthesis:
    """The netlist of module `top` of these files, out of the cache where it is there.

    Modules in `keep` are synthesised by themselves; `inside` is the path of the instance whose submodules are parts.
    ToolError where yosys is missing, fails or takes longer than `timeout` seconds.
    """
    tool = find.yosys().require()

    def make(folder: Path) -> None:
        for name, text in sources.items():
            (folder / name).write_text(text, encoding="utf-8")
        made = yosys.synthesise([folder / name for name in sources], top, command, folder, keep=keep, timeout=timeout)
        netlist = json.loads(made.json.read_text(encoding="utf-8"))
        chain_ends.trim(netlist["modules"][top])
        made.json.write_text(json.dumps(netlist), encoding="utf-8")
        cells = cells_by_part(netlist["modules"][top]["cells"], inside)
        (folder / yosys.CELLS).write_text(json.dumps(cells), encoding="utf-8")
        (folder / SECONDS).write_text(f"{made.seconds:.1f}")

    # What is in the cache is what this code made of it.
    steps = (Path(module).read_bytes() for module in (__file__, chain_ends.__file__, yosys.__file__))
    texts = (text for source in sources.items() for text in source)
    folder = cache.entry(SHELF, cache.digest(tool.label, *steps, command, top, inside, *keep, *texts), make)
    cells = json.loads((folder / yosys.CELLS).read_text(encoding="utf-8"))
    return Synthesis(folder, top, inside, cells, tool.label, float((folder / SECONDS).read_text()))


def cells_by_part(cells: Mapping[str, Mapping], inside: str = "") -> dict[str, dict[str, int]]:
    """How many there are of each kind, by the path of the part that they came from."""
    parts: dict[str, dict[str, int]] = {}
    for name, cell in cells.items():
        kind = cell["type"]
        if not kind.startswith("$"):  # yosys' own notes
            counts = parts.setdefault(part_of(name, inside), {})
            counts[kind] = counts.get(kind, 0) + 1
    return parts


def part_of(cell: str, inside: str = "") -> str:
    """The path of the part that a cell of the dissolved hierarchy came from: of a submodule of the instance `inside`,
    of a module as deep elsewhere, or of what is not as deep itself; "" is the top."""
    *path, _ = cell.removeprefix(FLAT).split(".")
    named = list(takewhile(lambda step: not step.startswith("$"), path))  # yosys' own names have dots in them
    return ".".join(named[: inside.count(".") + 2 if inside else 1])
