"""The simulator of a board: the C++ that hands a design's wires to the program behind the terminal."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from binloom.toolchain import verilator
from binloom.toolchain.verilator import Library, Settings

FOLDER = Path(__file__).parent
# What stands for a PLL: its clock is the one that comes in.
CELLS = Library(sources=tuple(sorted((FOLDER / "cells").glob("*.v"))))


@dataclass(frozen=True, slots=True)
class Pins:
    """A board's whole design: its clock, and the ports of its line and of the flash that it reads, named as in board.h.
    A bit on a serial line takes `divisor` cycles."""

    wires: Sequence[str]
    divisor: int = 0
    clock: str = "clk"


@dataclass(frozen=True, slots=True)
class Streams:
    """What is behind a UART: two streams of bytes, whose wires are named as Amaranth names them."""

    clock: str = "clk"
    reset: str = "rst"
    i: str = "i"
    o: str = "o"


def build(verilog: str, top: str, line: Pins | Streams) -> Path:
    """The program that simulates module `top`, out of the cache where it has been built before."""
    return verilator.build(verilog, top, glue(line), FOLDER, Settings(cells=CELLS))


def glue(line: Pins | Streams) -> str:
    """The C++ that names the wires of a verilated design."""
    if isinstance(line, Pins):
        wires = {"clock": line.clock} | {wire: wire for wire in line.wires}
        extra = [f"        divisor = {line.divisor};"]
    else:
        wires = {"clock": line.clock, "reset": line.reset}
        extra = [
            f"        {way} = {{{', '.join(_wire(f'{port}__{wire}') for wire in ('payload', 'valid', 'ready'))}}};"
            for way, port in (("in", line.i), ("out", line.o))
        ]
    return "\n".join(
        [
            '#include "Vtop.h"',
            '#include "board.h"',
            "struct Glue final : Board {",
            "    Vtop top;",
            "    explicit Glue(VerilatedContext& context) : top(&context) {",
            *(f"        {what} = {_wire(name)};" for what, name in wires.items()),
            *extra,
            "    }",
            "    ~Glue() override { top.final(); }",
            "    void eval() override { top.eval(); }",
            "};",
            "std::unique_ptr<Board> make_board(VerilatedContext& context) { return std::make_unique<Glue>(context); }",
            "",
        ]
    )


def _wire(name: str) -> str:
    """A wire as Verilator spells it in C++: two underscores in a row mark what it has added itself."""
    return f"&top.{name.replace('__', '___05F')}"
