"""The clock that a network will reach: what its family's small networks do, and less the fuller the device is.

It is the middle of what was measured (docs/cost.md), and rough: paths between blocks set the clock, which depend on
where they are placed more than on the blocks.
"""

from collections.abc import Mapping

from binloom.compiler.cost.estimate import netlist_area
from binloom.compiler.targets.area import Area, placed
from binloom.compiler.targets.device import Device
from binloom.hw.network import Netlist

# MHz of a small network on a device, or on those of a family.
EMPTY: Mapping[str, float] = {"ecp5": 105, "ice40-up5k": 38, "ice40": 85, "gowin": 108, "nexus": 105}
CROWDING = 0.15  # what a full device takes away of it


def clock(netlist: Netlist, device: Device) -> float:
    """MHz after place and route, the middle of some seeds."""
    return clock_of(sum(netlist_area(netlist, device).values(), Area()), device)


def clock_of(area: Area, device: Device) -> float:
    """The same for a network that takes this much."""
    best = EMPTY.get(device.name, EMPTY[device.family.name])
    return best * (1 - CROWDING * min(1.0, placed(area, device.family).lut / device.luts))
