"""A build as a board without one: its link and network, or all that goes onto a board, simulated cycle for cycle."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from binloom.boards.bitstream import FIRST
from binloom.boards.board import SPI, UART
from binloom.boards.link import link_of
from binloom.boards.made import made
from binloom.boards.pll import exactly, round_clocks
from binloom.boards.table import board as board_named
from binloom.boards.top import CORE, NAME, Top, core_verilog
from binloom.boards.virtual.simulator import Pins, Streams
from binloom.boards.virtual.simulator import build as simulator
from binloom.compiler.build import Build
from binloom.compiler.design.design import design
from binloom.compiler.emit.load import FILE
from binloom.compiler.errors import InputError
from binloom.hw.link.linked import Linked
from binloom.hw.link.serial import SerialNetwork
from binloom.hw.link.uart import SHORTEST
from binloom.toolchain.run import Running, running

ANY = "any"  # a family of chips of which no cell is known

Command = Sequence[str | Path]  # a program and its arguments


def program(build: Build, board: str | None = None, *, pins: bool = False, line: str | None = None) -> Command:
    """The simulator of a build on a board, out of the cache where it has been made before, with its arguments.

    With `pins` it is the whole design with its UART or SPI, as `line` says or the bitstream has it where the build has
    one for that board, and with the flash that the board reads its weights from. Its clock and baud are those of the
    bitstream, else the fastest baud. Without `pins` it is what is behind the line, which is the same and quicker, and
    has no flash. InputError where no link can feed the network, or the board has no pins for SPI.
    """
    if board is not None:
        board_named(board)
    elif pins:
        raise InputError("pins are those of a board", "name one: --board B")
    if line is not None and not pins:
        raise InputError("SPI and UART differ at the pins alone", "ask for --pins, or leave --link out")
    try:
        at = board_named(board).weights_at if board is not None and pins else None
        linked = link_of(design(build.graph, build.plan).netlist, build.manifest, flash_at=at)
    except ValueError as error:
        raise InputError(f"{build.dir} has no link: {error}") from None
    if board is not None and pins:
        top = _top(build, board, linked, line)
        divisor = top.line.receiver.divisor if isinstance(top.line, SerialNetwork) else 0
        wires = [name for name in top.pins if name.startswith(("rx", "tx", "spi_", "flash_"))]
        made = simulator(top.verilog(), NAME, Pins(wires, divisor))
        return (made,) if linked.flash_at is None else (made, build.dir / FILE, str(linked.flash_at))
    family = board_named(board).device.family.name if board else ANY
    return (simulator(core_verilog(linked, family), CORE, Streams()),)


@contextmanager
def virtual(build: Build, board: str | None = None, *, pins: bool = False, line: str | None = None) -> Iterator[str]:
    """The path of a port behind which the board is, while the block lasts."""
    with simulated(program(build, board, pins=pins, line=line)) as running:
        yield running.first


@contextmanager
def simulated(program: Command) -> Iterator[Running]:
    """A simulator at work; the first line that it says is the path of its port."""
    with running(list(program)) as board:
        yield board


def _top(build: Build, name: str, linked: Linked, line: str | None = None) -> Top:
    """The board's design, as `binloom build` makes it."""
    board = board_named(name, UART if line is None else line)
    last = made(build.dir)
    if last is not None and last.board == name and line in (None, last.line):
        return Top(board, exactly(board, last.clock_mhz), linked, last.divisor)
    mhz = next(mhz for mhz in round_clocks(board) if mhz <= FIRST)
    return Top(board, exactly(board, mhz), linked, None if line == SPI else SHORTEST)
