"""iCE40-HX8K-B-EVN: Lattice's breakout board, a clock of 12 MHz, the serial line of its FT2232H."""

from binloom.boards.board import Board, board_of, platform


def ice40_hx8k_b_evn() -> Board:
    return board_of(platform("ice40_hx8k_b_evn", "ICE40HX8KBEVNPlatform"), "ice40-hx8k-b-evn")
