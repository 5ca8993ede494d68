"""OrangeCrab r0.2: an ECP5 on a Feather, a clock of 48 MHz. A serial line on the Feather's pins 0 (RX) and 1 (TX).

Its USB is wired to the FPGA itself, which has no USB core here: connect a USB serial adapter of 3.3 V.
"""

from binloom.boards.board import Board, Pin, clock_of, pin_of, platform

LEVEL = {"IO_TYPE": "LVCMOS33"}


def orangecrab(size: str) -> Board:
    found = platform("orangecrab_r0_2", f"OrangeCrabR0_2_{size.upper()}Platform")
    clock, mhz = clock_of(found)
    pins = next(connector for connector in found.connectors if connector.name == "io").mapping
    return Board(
        f"orangecrab-{size}",
        clock,
        mhz,
        rx=Pin(pins["0"], attrs={**LEVEL, "PULLMODE": "UP"}),
        tx=Pin(pins["1"], attrs=LEVEL),
        lamps=tuple(pin_of(found, "rgb_led", part=colour) for colour in "gbr"),
    )
