"""Tang Nano 9K: a Gowin GW1NR-9C, a clock of 27 MHz, the serial line of its BL702."""

from binloom.boards.board import Board, board_of, platform


def tangnano9k() -> Board:
    return board_of(platform("tang_nano_9k", "TangNano9kPlatform"), "tangnano9k")
