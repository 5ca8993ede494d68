"""iCEBreaker: an iCE40 UP5K with 128 KB of SPRAM, a clock of 12 MHz, the serial line of its FT2232H (second port)."""

from binloom.boards.board import Board, board_of, lamps_of, platform


def icebreaker() -> Board:
    found = platform("icebreaker", "ICEBreakerPlatform")
    red, green = lamps_of(found)
    return board_of(found, "icebreaker", lamps=(green, red), pad=True)
