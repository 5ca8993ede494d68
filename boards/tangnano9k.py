"""Tang Nano 9K: a Gowin GW1NR-9C, a clock of 27 MHz, the serial line of its BL702.

SPI is on the header's 27 (SCK), 28 (CS), 29 (COPI) and 30 (CIPO), which are the chip's own numbers.
"""

from binloom.boards.board import Board, board_of, platform, spi_of


def tangnano9k() -> Board:
    spi = spi_of("gowin", sck="27", cs="28", copi="29", cipo="30")
    return board_of(platform("tang_nano_9k", "TangNano9kPlatform"), "tangnano9k", spi=spi)
