"""Every board that a bitstream can be made for, by name."""

from collections.abc import Callable, Mapping
from functools import partial

from binloom.boards.board import LINES, SPI, UART, Board
from binloom.boards.colorlight import colorlight
from binloom.boards.ecpix5 import ecpix5
from binloom.boards.ice40_hx8k_b_evn import ice40_hx8k_b_evn
from binloom.boards.icebreaker import icebreaker
from binloom.boards.orangecrab import orangecrab
from binloom.boards.tangnano9k import tangnano9k
from binloom.boards.tangnano20k import tangnano20k
from binloom.boards.ulx3s import ulx3s
from binloom.compiler.errors import InputError
from binloom.compiler.targets.boards import board as check

BOARDS: Mapping[str, Callable[[], Board]] = {
    **{f"ulx3s-{size}": partial(ulx3s, size) for size in ("12f", "25f", "45f", "85f")},
    **{f"orangecrab-{size}": partial(orangecrab, size) for size in ("25f", "85f")},
    **{f"colorlight-{size}": partial(colorlight, size) for size in ("i5", "i9")},
    **{f"ecpix5-{size}": partial(ecpix5, size) for size in ("45f", "85f")},
    "icebreaker": icebreaker,
    "ice40-hx8k-b-evn": ice40_hx8k_b_evn,
    "tangnano9k": tangnano9k,
    "tangnano20k": tangnano20k,
}


def board(name: str, line: str = UART) -> Board:
    """InputError where there is none of this name, or none that has pins for such a line."""
    check(name)
    found = BOARDS[name]()
    if line not in LINES:
        raise InputError(f"there is no line {line!r}", f"take one of {', '.join(LINES)}")
    if line == SPI and found.spi is None:
        able = ", ".join(other for other, make in BOARDS.items() if make().spi)
        raise InputError(f"{name} has no pins for SPI", f"take its serial line, or one of {able}")
    return found
