"""Tang Nano 20K: a Gowin GW2AR-18, a clock of 27 MHz, the serial line of its BL616.

amaranth-boards does not have it: this is its platform. Its other clocks come of an oscillator that has to be set up
first, and its memory chip stays unused. SPI is on the header's 27 (SCK), 28 (CS), 29 (COPI) and 30 (CIPO), which are
the chip's own numbers.
"""

from typing import Any, ClassVar

from binloom.boards.board import Board, board_of, spi_of


def tangnano20k() -> Board:
    return board_of(_platform(), "tangnano20k", spi=spi_of("gowin", sck="27", cs="28", copi="29", cipo="30"))


def _platform() -> Any:
    """The part of it that is used, in the words of amaranth-boards."""
    from amaranth.build import Attrs, Clock, Pins, PinsN, Resource, Subsignal
    from amaranth.vendor import GowinPlatform

    level = {"IO_TYPE": "LVCMOS33"}

    class TangNano20kPlatform(GowinPlatform):
        part, family = "GW2AR-LV18QN88C8/I7", "GW2AR-18C"
        default_clk = "clk27"
        resources: ClassVar = [
            Resource("clk27", 0, Pins("4", dir="i"), Clock(27e6), Attrs(**level)),
            *(Resource("led", number, PinsN(str(15 + number), dir="o"), Attrs(**level)) for number in range(6)),
            Resource(
                "uart",
                0,
                Subsignal("rx", Pins("70", dir="i"), Attrs(PULL_MODE="UP")),
                Subsignal("tx", Pins("69", dir="o")),
                Attrs(**level),
            ),
        ]
        connectors: ClassVar[list] = []

    return TangNano20kPlatform
