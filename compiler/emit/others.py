"""What lies beside the Verilog for use in designs of others: an AXI4-Stream wrapper, a bench in Verilog, a core of
FuseSoC, a module of LiteX.
"""

from collections.abc import Mapping
from pathlib import Path

from binloom.compiler.design.design import Design
from binloom.compiler.emit.axi_wrapper import write_axi_wrapper
from binloom.compiler.emit.fusesoc import write_core
from binloom.compiler.emit.litex import write_litex
from binloom.compiler.emit.ports import Ports, ports_of
from binloom.compiler.emit.testbench import write_testbench
from binloom.hw.network import Netlist


def write_for_others(
    folder: Path, design: Design, ports: Ports, manifest: Mapping, frames: int, about: list[str]
) -> None:
    """A build whose own ports are AXI4-Stream needs no wrapper. `frames` are in the vectors, `about` is what a Verilog
    file says of itself first.
    """
    name, netlist = design.graph.name, design.netlist
    top, bench, sources = name, free_name(netlist, "tb"), [f"{name}.v"]
    if ports.style != "axi":
        top = free_name(netlist, "axi")
        sources.append(f"{top}.v")
        _write(folder / sources[-1], write_axi_wrapper(top, netlist, about))
    _write(folder / f"{bench}.v", write_testbench(bench, ports, manifest, frames))
    _write(folder / f"{name}.core", write_core(ports, manifest, sources, bench))
    _write(folder / f"{name}_litex.py", write_litex(ports_of(netlist, "axi"), manifest, top, sources))


def free_name(netlist: Netlist, ending: str) -> str:
    """NAME_ending, but for a network with a stage that is called so: its module has that name."""
    while any(stage.name == ending or stage.name.startswith(f"{ending}_") for stage in netlist.stages):
        ending += "x"
    return f"{netlist.name}_{ending}"


def _write(file: Path, text: str) -> None:
    file.write_text(text, encoding="utf-8", newline="\n")
