"""ULX3S: an ECP5 of 12 to 85 thousand LUTs, a clock of 25 MHz, the serial line of its FTDI chip (US1)."""

from binloom.boards.board import Board, clock_of, lamps_of, pin_of, platform


def ulx3s(size: str) -> Board:
    found = platform("ulx3s", f"ULX3S_{size.upper()}_Platform")
    clock, mhz = clock_of(found)
    return Board(
        f"ulx3s-{size}",
        clock,
        mhz,
        rx=pin_of(found, "uart", part="rx"),
        tx=pin_of(found, "uart", part="tx"),
        lamps=lamps_of(found),
        # The ESP32 beside the FPGA boots, and may take the board with it, unless its GPIO0 is high.
        high=(pin_of(found, "esp32", part="gpio0"),),
    )
