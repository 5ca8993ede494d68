"""iCE40-HX8K-B-EVN: Lattice's breakout board, a clock of 12 MHz, the serial line of its FT2232H."""

from dataclasses import replace

from binloom.boards.board import Board, clock_of, lamps_of, pin_of, platform


def ice40_hx8k_b_evn() -> Board:
    found = platform("ice40_hx8k_b_evn", "ICE40HX8KBEVNPlatform")
    clock, mhz = clock_of(found)
    return Board(
        "ice40-hx8k-b-evn",
        clock,
        mhz,
        rx=pin_of(found, "uart", part="rx"),
        tx=replace(pin_of(found, "uart", part="tx"), attrs={}),
        lamps=lamps_of(found),
    )
