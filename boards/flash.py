"""A bitstream of a build onto its board: what openFPGALoader calls each board, and what can be written there."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from binloom.boards.made import made
from binloom.compiler.emit.manifest import sha256
from binloom.compiler.errors import InputError
from binloom.toolchain import openfpgaloader

LOG = "flash.log"


@dataclass(frozen=True, slots=True)
class Loader:
    """What openFPGALoader calls a board, the USB id of its cable, and whether it can write past the flash."""

    name: str
    usb: str
    sram: bool = True


ULX3S, ECPIX5 = Loader("ulx3s", "0403:6015"), Loader("ecpix5", "0403:6010")
ORANGECRAB = Loader("orangeCrab", "1209:5af0", sram=False)  # its boot loader writes the flash

LOADERS: Mapping[str, Loader] = {
    **{f"ulx3s-{size}": ULX3S for size in ("12f", "25f", "45f", "85f")},
    **{f"orangecrab-{size}": ORANGECRAB for size in ("25f", "85f")},
    **{f"colorlight-{size}": Loader(f"colorlight-{size}", "0d28:0204") for size in ("i5", "i9")},
    **{f"ecpix5-{size}": ECPIX5 for size in ("45f", "85f")},
    "icebreaker": Loader("ice40_generic", "0403:6010", sram=False),  # unless its jumpers are set otherwise
    "ice40-hx8k-b-evn": Loader("ice40_generic", "0403:6010"),
    **{f"tangnano{size}": Loader(f"tangnano{size}", "0403:6010") for size in ("9k", "20k")},
}


@dataclass(frozen=True, slots=True)
class Flashed:
    """What was written where."""

    board: str
    file: Path
    kept: bool

    def __str__(self) -> str:
        where = "its flash, from which it starts" if self.kept else "the FPGA, until the board is switched off"
        return f"{self.file} is on {self.board}: in {where}"


def flash(folder: Path, *, keep: bool = False, timeout: float = 600.0) -> Flashed:
    """Write the bitstream that the last `binloom build` made; with `keep` into the flash, and its weights
    where the board reads them from there.

    Where nothing but the flash can be written that is done without asking. InputError where there is no bitstream,
    ToolError where openFPGALoader is missing or does not get there.
    """
    last, remedy = made(folder), f"make one: binloom build {folder} --board B"
    if last is None or last.board not in LOADERS:
        raise InputError(f"{folder} holds no bitstream", remedy)
    loader = LOADERS[last.board]
    keep = keep or not loader.sram
    file, hash = last.flash if keep else (last.file, last.sha256)
    if not file.is_file() or sha256(file) != hash:
        raise InputError(f"{file} is not the bitstream that was made", remedy)
    log = file.parent / LOG
    openfpgaloader.flash(file, last.board, loader.name, loader.usb, keep=keep, log=log, timeout=timeout)
    return Flashed(last.board, file, keep)
