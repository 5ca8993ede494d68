"""The tables hold together: names, counts, and every board on a device that is there."""

import re

import pytest

from binloom.compiler.errors import InputError
from binloom.compiler.targets.boards import BOARDS, board, device
from binloom.compiler.targets.devices import DEVICES

WANTED = (
    "ecp5-12f",
    "ecp5-25f",
    "ecp5-45f",
    "ecp5-85f",
    "ice40-hx8k",
    "ice40-up5k",
    "gw1n-9",
    "gw2a-18",
    "gw2ar-18",
    "lifcl-40",
)


def test_every_family_of_the_project_is_there():
    assert set(WANTED) <= set(DEVICES)
    assert {"ulx3s-85f", "icebreaker", "orangecrab-25f", "colorlight-i5", "tangnano9k", "tangnano20k"} <= set(BOARDS)


@pytest.mark.parametrize("name", DEVICES)
def test_a_device_is_whole(name):
    chip = device(name)
    assert chip.name == name
    assert chip.luts >= chip.ffs > 0
    assert chip.args
    assert set(chip.family.cells) >= {"lut", "carry", "ff", "bram", "dsp"}
    assert set(chip.family.slots) <= set(chip.family.cells)
    assert chip.pins == "" or chip.family.constraints
    for pattern in chip.family.cells.values():
        re.compile(pattern)


@pytest.mark.parametrize("name", DEVICES)
def test_every_shape_of_a_memory_holds_what_it_can(name):
    """Narrow shapes leave out parity bits, and no more."""
    for ram in device(name).rams:
        assert ram.count > 0
        assert all(8 * ram.bits <= 9 * depth * width for depth, width in ram.shapes)


def test_single_port_memory_has_to_be_loaded():
    (spram,) = (ram for ram in device("ice40-up5k").rams if not ram.initialised)
    assert (spram.count, spram.ports, spram.bits) == (4, 1, 256 * 1024)


@pytest.mark.parametrize("name", BOARDS)
def test_a_board_has_a_device_in_its_own_package(name):
    chip = board(name)
    assert chip.name in DEVICES
    assert chip.package == BOARDS[name][1]


def test_unknown_names_are_answered_with_those_there_are():
    with pytest.raises(InputError, match=r"there is no board 'ulx3s'; take one of ulx3s-12f, "):
        board("ulx3s")
    with pytest.raises(InputError, match=r"there is no device 'ecp5'; take one of ecp5-12f, "):
        device("ecp5")
