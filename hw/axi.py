"""A network behind AXI4-Stream ports: lanes padded to whole bytes, `tlast` on the last beat of each frame."""

from amaranth.hdl import C, Cat, ClockDomain, Module, Mux, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from binloom.hw.network import LOAD_PORT, Network
from binloom.hw.stream import Map

AXI_LOAD = f"s_axis_{LOAD_PORT}"


def padded_width(map: Map) -> int:
    """Bits of one lane on an AXI4-Stream port: the next whole number of bytes."""
    return -(-map.stored_width // 8) * 8


def tdata_width(map: Map) -> int:
    """Bits of `tdata`."""
    return padded_width(map) * map.lanes


def axi_signature(map: Map) -> wiring.Signature:
    """What a producer drives: tdata, tvalid and tlast, against tready."""
    return wiring.Signature({"tdata": Out(tdata_width(map)), "tvalid": Out(1), "tready": In(1), "tlast": Out(1)})


class AxiStream(wiring.Component):
    """Wraps a network: `s_axis` (or `s_axis_<input>` where there are several), `m_axis` (or `m_axis_<output>`), and
    `s_axis_load` where weights come at boot.

    Lane 0 is in the low bytes. An input lane's spare high bits are ignored; an output lane's are its sign where the
    element is signed, else 0. `tlast` of an input is accepted and ignored, since frames have one fixed length and
    follow each other; an output's is high on the last beat of each frame. There is no `tkeep`: each byte
    of each beat counts. Costs no cycle. Clock and reset are those
    of the `sync` domain; `AxiTop` gives them AXI's names and polarity.
    """

    def __init__(self, network: Network) -> None:
        self.network = network
        netlist = network.netlist
        self.slaves = port_names("s_axis", netlist.inputs)
        self.masters = port_names("m_axis", netlist.outputs)
        super().__init__(
            {port: In(axi_signature(netlist.inputs[name])) for name, port in self.slaves.items()}
            | {port: Out(axi_signature(netlist.map_of(name))) for name, port in self.masters.items()}
            | ({AXI_LOAD: In(axi_signature(netlist.load_map))} if netlist.load_map else {})
        )

    def elaborate(self, platform) -> Module:
        m = Module()
        netlist = self.network.netlist
        m.submodules.network = self.network
        inputs = [(port, name, netlist.inputs[name]) for name, port in self.slaves.items()]
        inputs += [(AXI_LOAD, LOAD_PORT, netlist.load_map)] if netlist.load_map else []
        for port, name, map in inputs:
            axi, inner = getattr(self, port), self.network.port(name)
            lanes = (axi.tdata[at : at + map.stored_width] for at in range(0, tdata_width(map), padded_width(map)))
            m.d.comb += [
                Value.cast(inner.payload).eq(Cat(lanes)),
                inner.valid.eq(axi.tvalid),
                axi.tready.eq(inner.ready),
            ]
        for name, port in self.masters.items():
            axi, inner, map = getattr(self, port), self.network.port(name), netlist.map_of(name)
            m.d.comb += [
                axi.tdata.eq(Cat(_padded(inner.payload, map, lane) for lane in range(map.lanes))),
                axi.tvalid.eq(inner.valid),
                inner.ready.eq(axi.tready),
            ]
            self._mark_last(m, axi, map.beats, port)
        return m

    @staticmethod
    def _mark_last(m: Module, axi, beats: int, port: str) -> None:
        beat = Signal(range(beats), name=f"{port}_beat")
        m.d.comb += axi.tlast.eq(beat == beats - 1)
        with m.If(axi.tvalid & axi.tready):
            m.d.sync += beat.eq(Mux(axi.tlast, 0, beat + 1))


class AxiTop(AxiStream):
    """The same with a clock domain of its own: clock `aclk`, synchronous reset `aresetn`, active low."""

    def __init__(self, network: Network) -> None:
        super().__init__(network)
        self.domain = ClockDomain("sync")
        self.aclk = self.domain.clk
        self.aresetn = Signal()

    def elaborate(self, platform) -> Module:
        m = super().elaborate(platform)
        m.domains += self.domain
        m.d.comb += self.domain.rst.eq(~self.aresetn)
        return m


def port_names(prefix: str, names) -> dict[str, str]:
    """The AXI port of each stream: the bare prefix where there is but one."""
    return {name: prefix if len(names) == 1 else f"{prefix}_{name}" for name in names}


def _padded(payload, map: Map, lane: int) -> Value:
    value = Value.cast(payload)[lane * map.stored_width : (lane + 1) * map.stored_width]
    return Cat(value, (value[-1] if map.stored_signed else C(0, 1)).replicate(padded_width(map) - len(value)))
