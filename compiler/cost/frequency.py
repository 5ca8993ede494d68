"""The clock that a network will reach: what its family's small networks do, and less the larger the network is.

It is the middle of what was measured (docs/cost.md), and rough: paths between blocks set the clock, which depend on
where they are placed more than on the blocks. What they span grows with the network; how full the device is tells less.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from binloom.compiler.cost.estimate import netlist_area
from binloom.compiler.targets.area import Area, placed
from binloom.compiler.targets.device import Device
from binloom.hw.network import Netlist


@dataclass(frozen=True, slots=True)
class Speed:
    """MHz of a small network, and the share of it that each LUT takes away."""

    small: float
    each: float


# On a device, or on those of a family.
SPEEDS: Mapping[str, Speed] = {
    "ecp5": Speed(105, 9e-6),
    "ice40-up5k": Speed(38, 28e-6),
    "ice40": Speed(85, 20e-6),
    "gowin": Speed(108, 7e-6),
    "nexus": Speed(105, 9e-6),
}


def clock(netlist: Netlist, device: Device) -> float:
    """MHz after place and route, the middle of some seeds."""
    return clock_of(sum(netlist_area(netlist, device).values(), Area()), device)


def clock_of(area: Area, device: Device) -> float:
    """The same for a network that takes this much."""
    speed = SPEEDS[device.name] if device.name in SPEEDS else SPEEDS[device.family.name]
    return speed.small * (1 - speed.each * min(device.luts, placed(area, device.family).lut))
