"""The bitstream that the last `binloom build --board` made, as report.json tells of it."""

import json
from dataclasses import dataclass
from pathlib import Path

from binloom.boards.board import SPI, UART


@dataclass(frozen=True, slots=True)
class Bitstream:
    """A file for a board, the clock in MHz that it runs at, and its serial line: `divisor` cycles of it a bit. Both are
    None where it has SPI instead.

    `flash` is the file for its flash, and its hash, where weights come with it; else it is the same file.
    """

    board: str
    file: Path
    sha256: str
    clock_mhz: float
    baud: int | None
    divisor: int | None
    flash: tuple[Path, str]

    @property
    def line(self) -> str:
        return SPI if self.divisor is None else UART


def made(folder: Path) -> Bitstream | None:
    """None where the last `binloom build` made no bitstream, or none was run."""
    try:
        routed = json.loads((folder / "report.json").read_text(encoding="utf-8"))["routed"]
        told = routed["bitstream"]
        clock = float(told["clock_mhz"])
        baud, divisor = (None, None) if told.get("line") == SPI else (int(told["baud"]), int(told["divisor"]))
        (file, hash), flash = ((folder / each["file"], str(each["sha256"])) for each in (told, told.get("flash", told)))
        return Bitstream(str(routed["target"]), file, hash, clock, baud, divisor, flash)
    except (OSError, ValueError, TypeError, KeyError):
        return None
