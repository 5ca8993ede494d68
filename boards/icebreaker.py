"""iCEBreaker: an iCE40 UP5K with 128 KB of SPRAM, a clock of 12 MHz, the serial line of its FT2232H (second port)."""

from dataclasses import replace

from binloom.boards.board import Board, clock_of, lamps_of, pin_of, platform


def icebreaker() -> Board:
    found = platform("icebreaker", "ICEBreakerPlatform")
    clock, mhz = clock_of(found)
    red, green = lamps_of(found)
    return Board(
        "icebreaker",
        clock,
        mhz,
        rx=pin_of(found, "uart", part="rx"),
        tx=replace(pin_of(found, "uart", part="tx"), attrs={}),  # a pull-up is for the other one
        lamps=(green, red),
        pad=True,
    )
