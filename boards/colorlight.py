"""Colorlight i5 and i9 on their extension boards: an ECP5 of 25 or 45 thousand LUTs, a clock of 25 MHz, and the serial
line of the extension board's DAPLink. amaranth-boards has neither: this is their platform.
"""

from typing import Any, ClassVar

from binloom.boards.board import Board, board_of

LAMPS = {"i5": "U16", "i9": "L2"}


def colorlight(size: str) -> Board:
    return board_of(_platform(size), f"colorlight-{size}")


def _platform(size: str) -> Any:
    """The part of it that is used, in the words of amaranth-boards."""
    from amaranth.build import Attrs, Clock, Pins, PinsN, Resource, Subsignal
    from amaranth.vendor import LatticeECP5Platform

    level = {"IO_TYPE": "LVCMOS33"}

    class ColorlightPlatform(LatticeECP5Platform):
        device = {"i5": "LFE5U-25F", "i9": "LFE5U-45F"}[size]
        package, speed = "BG381", "6"
        default_clk = "clk25"
        resources: ClassVar = [
            Resource("clk25", 0, Pins("P3", dir="i"), Clock(25e6), Attrs(**level)),
            Resource("led", 0, PinsN(LAMPS[size], dir="o"), Attrs(**level)),
            Resource(
                "uart", 0, Subsignal("rx", Pins("H18", dir="i")), Subsignal("tx", Pins("J17", dir="o")), Attrs(**level)
            ),
        ]
        connectors: ClassVar[list] = []

    return ColorlightPlatform
