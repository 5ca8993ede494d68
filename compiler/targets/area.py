"""What a design takes, by the cells of its netlist."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace

from binloom.compiler.targets.device import Device, Family


@dataclass(frozen=True, slots=True)
class Area:
    """Cells of each kind. `lut` counts slots: LUTs, and what carries and LUT memories take of their place; `spram` are
    the single-port RAMs that a load fills."""

    lut: int = 0
    ff: int = 0
    bram: int = 0
    dsp: int = 0
    carry: int = 0
    lutram: int = 0
    spram: int = 0

    def __add__(self, other: "Area") -> "Area":
        return Area(*(a + b for a, b in zip(asdict(self).values(), asdict(other).values(), strict=True)))


def area_of(cells: Mapping[str, int], family: Family) -> Area:
    """Counts the cells of a module."""
    counts = {
        what: sum(count for cell, count in cells.items() if re.fullmatch(pattern, cell))
        for what, pattern in family.cells.items()
    }
    counts["lut"] += sum(counts[what] * slots for what, slots in family.slots.items())
    return Area(**counts)


def placed(area: Area, family: Family) -> Area:
    """The same with the slots that registers take by themselves, which nextpnr counts and yosys does not."""
    return replace(area, lut=area.lut + round(family.lone * area.ff))


def shortage(area: Area, device: Device) -> str:
    """What the device has too little of, in words; empty where it has enough of all, before placing."""
    has = {"LUTs": device.luts, "flip-flops": device.ffs, "block RAMs": device.rams[0].count}
    has["multipliers"] = device.dsp.count if device.dsp else 0
    has["single-port RAMs"] = device.loaded
    needs = {"LUTs": area.lut, "flip-flops": area.ff, "block RAMs": area.bram, "multipliers": area.dsp}
    needs["single-port RAMs"] = area.spram
    return ", ".join(f"{needs[what]:,} of {has[what]:,} {what}" for what in has if needs[what] > has[what])
