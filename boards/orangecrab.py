"""OrangeCrab r0.2: an ECP5 on a Feather, a clock of 48 MHz. A serial line on the Feather's pins 0 (RX) and 1 (TX).

Its USB is wired to the FPGA itself, which has no USB core here: connect a USB serial adapter of 3.3 V. SPI is on the
Feather's own pins for it, and on pin 10 (CS).
"""

from binloom.boards.board import LEVELS, Board, Pin, board_of, colours_of, connector_of, platform, spi_of


def orangecrab(size: str) -> Board:
    found = platform("orangecrab_r0_2", f"OrangeCrabR0_2_{size.upper()}Platform")
    pins, (level, pull) = connector_of(found, "io"), LEVELS["ecp5"]
    return board_of(
        found,
        f"orangecrab-{size}",
        rx=Pin(pins["0"], attrs={**level, **pull}),
        tx=Pin(pins["1"], attrs=level),
        lamps=colours_of(found),
        spi=spi_of("ecp5", sck=pins["sck"], cs=pins["10"], copi=pins["copi"], cipo=pins["cipo"]),
    )
