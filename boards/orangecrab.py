"""OrangeCrab r0.2: an ECP5 on a Feather, a clock of 48 MHz. A serial line on the Feather's pins 0 (RX) and 1 (TX).

Its USB is wired to the FPGA itself, which has no USB core here: connect a USB serial adapter of 3.3 V.
"""

from binloom.boards.board import Board, Pin, board_of, colours_of, platform

LEVEL = {"IO_TYPE": "LVCMOS33"}


def orangecrab(size: str) -> Board:
    found = platform("orangecrab_r0_2", f"OrangeCrabR0_2_{size.upper()}Platform")
    pins = next(connector for connector in found.connectors if connector.name == "io").mapping
    return board_of(
        found,
        f"orangecrab-{size}",
        rx=Pin(pins["0"], attrs={**LEVEL, "PULLMODE": "UP"}),
        tx=Pin(pins["1"], attrs=LEVEL),
        lamps=colours_of(found),
    )
