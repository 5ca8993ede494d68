"""`NAME_axi.v`: the plain top module inside AXI4-Stream ports, in a file beside it."""

from amaranth.back import verilog
from amaranth.hdl import ClockSignal, Instance, Module, ResetSignal, Value
from amaranth.lib import wiring

from binloom.compiler.emit.ports import Port, ports_of
from binloom.compiler.emit.tidy import tidy
from binloom.compiler.emit.verilog import axi_signals, header
from binloom.hw.axi import AxiTop
from binloom.hw.network import Netlist, Network


class Elsewhere(Network):
    """A network by its boundary alone: what is inside is the plain top module of another file."""

    def elaborate(self, platform) -> Module:
        m = Module()
        plain = ports_of(self.netlist, "plain")
        pins = {"i_clk": ClockSignal(), "i_rst": ResetSignal()}
        for port in plain.sources:
            pins |= self._pins(port, "i", "o")
        for port in plain.outputs:
            pins |= self._pins(port, "o", "i")
        m.submodules.network = Instance(self.netlist.name, **pins)
        return m

    def _pins(self, port: Port, forward: str, back: str) -> dict[str, wiring.Signature | Value]:
        stream = self.port(port.name)
        return {
            f"{forward}_{port.payload}": Value.cast(stream.payload),
            f"{forward}_{port.valid}": stream.valid,
            f"{back}_{port.ready}": stream.ready,
        }


def write_axi_wrapper(name: str, netlist: Netlist, about: list[str]) -> str:
    """Text of a module of that name, whose ports are those of a top module that is AXI4-Stream itself."""
    ports, top = ports_of(netlist, "axi"), AxiTop(Elsewhere(netlist))
    signals = axi_signals(top, ports)
    text = verilog.convert(top, name=name, ports=signals, emit_src=False, strip_internal_attrs=True)
    return header(netlist, ports, about) + tidy(text, name, list(signals), set())
