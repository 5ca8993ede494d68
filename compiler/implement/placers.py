"""Which of nextpnr's placers a design is given."""

from binloom.compiler.targets.area import Area
from binloom.compiler.targets.device import Device

HEAP, STATIC = "heap", "static"
PLACERS = HEAP, STATIC  # nextpnr's own first
# From so many LUTs on a design is large, and its wires decide whether it can be routed (docs/build.md).
LARGE = {"ecp5": 24_000}


def placer_for(area: Area, device: Device) -> str:
    """The one that leaves shorter wires in a large design, and the one that a smaller design is faster with."""
    return STATIC if area.lut >= LARGE.get(device.family.name, float("inf")) else HEAP
