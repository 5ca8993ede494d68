"""ULX3S: an ECP5 of 12 to 85 thousand LUTs, a clock of 25 MHz, the serial line of its FTDI chip (US1)."""

from binloom.boards.board import Board, board_of, pin_of, platform


def ulx3s(size: str) -> Board:
    found = platform("ulx3s", f"ULX3S_{size.upper()}_Platform")
    # The ESP32 beside the FPGA boots, and may take the board with it, unless its GPIO0 is high.
    return board_of(found, f"ulx3s-{size}", high=(pin_of(found, "esp32", part="gpio0"),))
