"""The clock that a network will reach: what its family does at best, and less the fuller the device is."""

from collections.abc import Mapping

from binloom.compiler.cost.estimate import netlist_area
from binloom.compiler.targets.area import Area
from binloom.compiler.targets.device import Device
from binloom.hw.network import Netlist

# MHz of a small network, and the share of it that a full device takes away.
EMPTY: Mapping[str, float] = {"ecp5": 150, "ice40": 85, "gowin": 80, "nexus": 150}
UP5K = 28
CROWDING = 0.4


def clock(netlist: Netlist, device: Device) -> float:
    """MHz after place and route, the middle of some seeds."""
    return clock_of(sum(netlist_area(netlist, device.family).values(), Area()), device)


def clock_of(area: Area, device: Device) -> float:
    """The same for a network that takes this much."""
    best = UP5K if device.name == "ice40-up5k" else EMPTY[device.family.name]
    return best * (1 - CROWDING * min(1.0, area.lut / device.luts))
