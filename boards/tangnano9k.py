"""Tang Nano 9K: a Gowin GW1NR-9C, a clock of 27 MHz, the serial line of its BL702."""

from binloom.boards.board import Board, clock_of, lamps_of, pin_of, platform


def tangnano9k() -> Board:
    found = platform("tang_nano_9k", "TangNano9kPlatform")
    clock, mhz = clock_of(found)
    return Board(
        "tangnano9k",
        clock,
        mhz,
        rx=pin_of(found, "uart", part="rx"),
        tx=pin_of(found, "uart", part="tx"),
        lamps=lamps_of(found),
    )
