"""The network as one Verilog file: the same bytes for the same network, wherever and whenever it is written."""

from dataclasses import dataclass

from amaranth.back import verilog
from amaranth.hdl import ClockDomain, Fragment, Value
from amaranth.hdl._ir import PortDirection

from binloom.compiler.emit.ports import Port, Ports, ports_of
from binloom.compiler.emit.tidy import tidy
from binloom.hw.axi import AXI_LOAD, AxiTop
from binloom.hw.network import LOAD_PORT, Netlist, Network

Signals = dict[str, tuple[Value, PortDirection]]


@dataclass(frozen=True, slots=True)
class Platform:
    """What blocks ask of the chip that they become: the name of its family, whose cells they may then use, and whether
    it has large RAMs of one port that no bitstream fills."""

    family: str
    huge: bool = False


def write_verilog(netlist: Netlist, style: str, about: list[str], platform: Platform | None = None) -> str:
    """Text of the top module, named like the network, and of all below it. `about` are lines for its first comment.

    Without a `platform` it is for any chip.
    """
    ports = ports_of(netlist, style)
    network = Network(netlist)
    signals: Signals = {}
    top: Fragment | AxiTop
    if style == "axi":
        top = AxiTop(network)
        signals = axi_signals(top, ports)
    else:
        # The domain is named here, as a network without a register asks for none.
        domain, top = ClockDomain("sync"), Fragment.get(network, platform)
        top.add_domains(domain)
        for port in (*ports.sources, *ports.outputs):
            stream = network.port(port.name)
            wires = {port.payload: Value.cast(stream.payload), port.valid: stream.valid}
            _port(signals, wires, port.ready, stream.ready, port in ports.sources)
        signals["clk"] = (domain.clk, PortDirection.Input)
        signals["rst"] = (domain.rst, PortDirection.Input)
    text = verilog.convert(
        top, name=netlist.name, platform=platform, ports=signals, emit_src=False, strip_internal_attrs=True
    )
    streams = [*(stage.name for stage in netlist.stages), *netlist.parts]
    taps = {f"{name}_{wire}" for name in streams for wire in ("payload", "valid", "ready")}
    order = list(dict.fromkeys([ports.clock, ports.reset, *signals]))
    return header(netlist, ports, about) + tidy(text, netlist.name, order, taps)


def header(netlist: Netlist, ports: Ports, about: list[str]) -> str:
    """The comment that a reader of the file meets first."""
    level = "high" if ports.reset_active else "low"
    lines = [
        *about,
        "",
        f"Clock {ports.clock}, synchronous reset {ports.reset}, active {level}. Lane 0 has the low bits of a payload.",
        *(_describe(port, "input") for port in ports.inputs),
        *(_describe(port, "output") for port in ports.outputs),
        *((_describe_load(ports.load),) if ports.load else ()),
        "",
    ]
    return "".join(f"// {line}".rstrip() + "\n" for line in lines[:-1]) + "\n"


def _describe(port: Port, role: str) -> str:
    map = port.map
    return (
        f"{role} {port.payload}: {map.height} x {map.width} x {map.channels} of {map.element}, "
        f"{map.lanes} lanes of {port.lane_width} bits, {map.beats} beats a frame"
    )


def _describe_load(port: Port) -> str:
    return (
        f"weights {port.payload}: {port.map.beats} words of {port.width} bits, to be sent after each reset, "
        "before any frame comes out"
    )


def axi_signals(axi: AxiTop, ports: Ports) -> Signals:
    """The wires of a top with AXI's names, for `verilog.convert`."""
    signals: Signals = {"aclk": (axi.aclk, PortDirection.Input), "aresetn": (axi.aresetn, PortDirection.Input)}
    names = {**axi.slaves, **axi.masters, LOAD_PORT: AXI_LOAD}
    for port in (*ports.sources, *ports.outputs):
        stream = getattr(axi, names[port.name])
        wires = {port.payload: stream.tdata, port.valid: stream.tvalid, port.last: stream.tlast}
        _port(signals, wires, port.ready, stream.tready, port in ports.sources)
    return signals


def _port(signals: Signals, wires: dict[str, Value], ready: str, ready_wire: Value, is_input: bool) -> None:
    forward, back = (
        (PortDirection.Input, PortDirection.Output) if is_input else (PortDirection.Output, PortDirection.Input)
    )
    signals |= {name: (wire, forward) for name, wire in wires.items()}
    signals[ready] = (ready_wire, back)
