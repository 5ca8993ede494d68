"""Boards by name, and the device, package and speed grade that each of them carries."""

from collections.abc import Mapping
from dataclasses import replace

from binloom.compiler.errors import InputError
from binloom.compiler.targets.device import Device
from binloom.compiler.targets.devices import DEVICES

# board: device, package, speed grade
BOARDS: Mapping[str, tuple[str, str, str]] = {
    "ulx3s-12f": ("ecp5-12f", "CABGA381", "6"),
    "ulx3s-25f": ("ecp5-25f", "CABGA381", "6"),
    "ulx3s-45f": ("ecp5-45f", "CABGA381", "6"),
    "ulx3s-85f": ("ecp5-85f", "CABGA381", "6"),
    "orangecrab-25f": ("ecp5-25f", "CSFBGA285", "8"),
    "orangecrab-85f": ("ecp5-85f", "CSFBGA285", "8"),
    "colorlight-i5": ("ecp5-25f", "CABGA381", "6"),
    "colorlight-i9": ("ecp5-45f", "CABGA381", "6"),
    "ecpix5-45f": ("ecp5um5g-45f", "CABGA554", "8"),
    "ecpix5-85f": ("ecp5um5g-85f", "CABGA554", "8"),
    "icebreaker": ("ice40-up5k", "sg48", ""),
    "ice40-hx8k-b-evn": ("ice40-hx8k", "ct256", ""),
    "tangnano9k": ("gw1n-9", "QN88P", "C6/I5"),
    "tangnano20k": ("gw2ar-18", "QN88", "C8/I7"),
}


def board(name: str) -> Device:
    """The device as a board carries it."""
    if name not in BOARDS:
        raise InputError(f"there is no board {name!r}", f"take one of {', '.join(BOARDS)}")
    chip, package, speed = BOARDS[name]
    return replace(DEVICES[chip], package=package, speed=speed)


def device(name: str) -> Device:
    """A device in the package and speed grade that the table of devices gives it."""
    if name not in DEVICES:
        raise InputError(f"there is no device {name!r}", f"take one of {', '.join(DEVICES)}")
    return DEVICES[name]
