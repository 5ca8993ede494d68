"""ECPIX-5: an ECP5-5G of 45 or 85 thousand LUTs, a clock of 100 MHz, the serial line of its FT2232H."""

from binloom.boards.board import Board, clock_of, pin_of, platform


def ecpix5(size: str) -> Board:
    found = platform("ecpix5", f"ECPIX5{size.removesuffix('f')}Platform")
    clock, mhz = clock_of(found)
    return Board(
        f"ecpix5-{size}",
        clock,
        mhz,
        rx=pin_of(found, "uart", part="rx"),
        tx=pin_of(found, "uart", part="tx"),
        lamps=tuple(pin_of(found, "rgb_led", part=colour) for colour in "gbr"),
    )
