"""Cells counted by kind, in the slots of each family, and what a device has too little of."""

import pytest

from binloom.compiler.targets.area import Area, area_of, shortage
from binloom.compiler.targets.boards import device


@pytest.mark.parametrize(
    ("name", "cells", "area"),
    [
        (
            "ecp5-85f",
            {"LUT4": 10, "CCU2C": 3, "TRELLIS_FF": 7, "TRELLIS_DPR16X4": 2, "DP16KD": 1, "MULT18X18D": 4, "OTHER": 9},
            Area(lut=10 + 2 * 3 + 6 * 2, ff=7, bram=1, dsp=4, carry=3, lutram=2),
        ),
        (
            "ice40-up5k",
            {"SB_LUT4": 10, "SB_CARRY": 3, "SB_DFF": 1, "SB_DFFESR": 2, "SB_RAM40_4K": 5, "SB_MAC16": 1},
            Area(lut=10, ff=3, bram=5, dsp=1, carry=3),
        ),
        ("gw1n-9", {"LUT1": 1, "LUT4": 4, "ALU": 2, "DFFRE": 3, "SDPB": 1, "MULT18X18": 1}, Area(7, 3, 1, 1, 2)),
    ],
)
def test_cells_by_kind(name, cells, area):
    assert area_of(cells, device(name).family) == area


def test_areas_add_up():
    assert Area(1, 2, 3, 4, 5, 6) + Area(lut=10, lutram=1) == Area(11, 2, 3, 4, 5, 7)


def test_what_there_is_too_little_of():
    small = device("ice40-hx8k")
    assert shortage(Area(lut=7_680, ff=10, bram=32), small) == ""
    assert shortage(Area(lut=8_000, bram=33, dsp=1), small) == (
        "8,000 of 7,680 LUTs, 33 of 32 block RAMs, 1 of 0 multipliers"
    )
