"""The ports of the top module by name: the one description behind Verilog, manifest and test vectors."""

from dataclasses import dataclass

import numpy as np

from binloom.hw.axi import AXI_LOAD, padded_width, port_names
from binloom.hw.network import LOAD_PORT, Netlist
from binloom.hw.stream import Map

STYLES = ("plain", "axi")


@dataclass(frozen=True, slots=True)
class Port:
    """One stream at the top module: its map, its wires, and the bits that each lane takes in the payload."""

    name: str  # of the Input or Output
    map: Map
    payload: str
    valid: str
    ready: str
    last: str  # "" where the port has none
    lane_width: int

    @property
    def width(self) -> int:
        return self.lane_width * self.map.lanes

    def words(self, beats: np.ndarray) -> list[int]:
        """Stored beats (n, lanes) as the numbers on the payload wires: lane 0 low, signs extended to a lane's width."""
        mask = (1 << self.lane_width) - 1
        shifts = range(0, self.width, self.lane_width)
        rows = np.asarray(beats).tolist()
        return [sum((value & mask) << shift for value, shift in zip(row, shifts, strict=True)) for row in rows]


@dataclass(frozen=True, slots=True)
class Ports:
    """All ports of the top module."""

    style: str
    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]
    load: Port | None = None  # where weights come at boot

    @property
    def sources(self) -> tuple[Port, ...]:
        """All ports that take a stream."""
        return (*self.inputs, *((self.load,) if self.load else ()))

    @property
    def clock(self) -> str:
        return "aclk" if self.style == "axi" else "clk"

    @property
    def reset(self) -> str:
        return "aresetn" if self.style == "axi" else "rst"

    @property
    def reset_active(self) -> int:
        """Level of the reset wire that resets."""
        return 0 if self.style == "axi" else 1


def ports_of(netlist: Netlist, style: str = "plain") -> Ports:
    """The ports that the network has under a style, "plain" or "axi"."""
    outputs = netlist.output_maps
    if style == "plain":
        return Ports(
            style,
            tuple(_plain(name, map) for name, map in netlist.inputs.items()),
            tuple(_plain(name, map) for name, map in outputs.items()),
            _plain(LOAD_PORT, netlist.load_map) if netlist.load_map else None,
        )
    slaves, masters = port_names("s_axis", netlist.inputs), port_names("m_axis", outputs)
    return Ports(
        style,
        tuple(_axi(name, map, slaves[name]) for name, map in netlist.inputs.items()),
        tuple(_axi(name, map, masters[name]) for name, map in outputs.items()),
        _axi(LOAD_PORT, netlist.load_map, AXI_LOAD) if netlist.load_map else None,
    )


def _plain(name: str, map: Map) -> Port:
    return Port(name, map, f"{name}_payload", f"{name}_valid", f"{name}_ready", "", map.stored_width)


def _axi(name: str, map: Map, port: str) -> Port:
    wires = (f"{port}_tdata", f"{port}_tvalid", f"{port}_tready", f"{port}_tlast")
    return Port(name, map, *wires, padded_width(map))
