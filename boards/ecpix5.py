"""ECPIX-5: an ECP5-5G of 45 or 85 thousand LUTs, a clock of 100 MHz, the serial line of its FT2232H.

SPI is on PMOD0, pins as Digilent's Pmod has them.
"""

from binloom.boards.board import Board, board_of, colours_of, platform, pmod_of


def ecpix5(size: str) -> Board:
    found = platform("ecpix5", f"ECPIX5{size.removesuffix('f')}Platform")
    return board_of(found, f"ecpix5-{size}", lamps=colours_of(found), spi=pmod_of(found, "ecp5"))
