"""ULX3S: an ECP5 of 12 to 85 thousand LUTs, a clock of 25 MHz, the serial line of its FTDI chip (US1).

SPI is on the header's GP0 (SCK), GN0 (CS), GP1 (COPI) and GN1 (CIPO).
"""

from binloom.boards.board import Board, board_of, connector_of, pin_of, platform, spi_of


def ulx3s(size: str) -> Board:
    found = platform("ulx3s", f"ULX3S_{size.upper()}_Platform")
    pins = connector_of(found, "gpio")
    return board_of(
        found,
        f"ulx3s-{size}",
        # The ESP32 beside the FPGA boots, and may take the board with it, unless its GPIO0 is high.
        high=(pin_of(found, "esp32", part="gpio0"),),
        spi=spi_of("ecp5", sck=pins["0+"], cs=pins["0-"], copi=pins["1+"], cipo=pins["1-"]),
    )
