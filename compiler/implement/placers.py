"""Which of nextpnr's placers a design is given."""

from binloom.compiler.errors import InputError
from binloom.compiler.targets.area import Area
from binloom.compiler.targets.device import Device

HEAP, STATIC = "heap", "static"
PLACERS = HEAP, STATIC  # nextpnr's own first
HEAP_ONLY = ("gowin",)  # families for which nextpnr has no other
# From so many LUTs on a design is large, and its wires decide whether it can be routed (docs/build.md).
LARGE = {"ecp5": 24_000}


def placer_for(area: Area, device: Device) -> str:
    """The one that leaves shorter wires in a large design, and nextpnr's own for all others."""
    return STATIC if area.lut >= LARGE.get(device.family.name, float("inf")) else HEAP


def check_placer(placer: str, device: Device) -> None:
    """InputError where nextpnr has no such placer for the device; none is fine."""
    known = (HEAP,) if device.family.name in HEAP_ONLY else PLACERS
    if placer and placer not in known:
        raise InputError(f"there is no placer {placer!r} for {device.name}", f"take {' or '.join(known)}")
