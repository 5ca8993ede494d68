"""A build to a bitstream: the network with a board's pins and clock around it, at a clock that it meets."""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from binloom.boards.board import SPI, UART, Board
from binloom.boards.constraints import WRITERS
from binloom.boards.flash_image import flash_image
from binloom.boards.link import about, identity_of, link_of
from binloom.boards.pll import exactly, round_clocks
from binloom.boards.top import NAME, NETWORK, Top
from binloom.compiler.design.design import Design, design
from binloom.compiler.design.fold import Plan
from binloom.compiler.emit.manifest import sha256
from binloom.compiler.errors import InputError
from binloom.compiler.implement.place import FOLDER, NORMAL, Effort, Implementation, check_tools, place
from binloom.compiler.implement.synthesis import kept_modules, synthesise
from binloom.compiler.ir.graph import Graph
from binloom.hw.link.linked import Linked
from binloom.hw.link.spi import SCK_CYCLES
from binloom.hw.link.uart import SHORTEST
from binloom.toolchain import find
from binloom.toolchain.nextpnr import design_file
from binloom.toolchain.pack import pack

BAUD = 1_000_000
FIRST = 100  # MHz that are asked for where nobody asks for more or less
LINK = "link.json"  # beside the bitstream: what a host has to know of it
IMAGE = "flash."  # before the suffix of what the flash is to hold, bitstream and weights
OFF = 0.02  # share by which the line's rate may be off
ATTEMPTS = 5


def bitstream(
    folder: Path,
    graph: Graph,
    manifest: Mapping,
    board: Board,
    *,
    freq: float | None = None,
    line: str = UART,
    baud: int = BAUD,
    effort: Effort = NORMAL,
) -> Implementation:
    """Synthesise, place, route and pack a build for a board; all files stay in the build.

    With `freq` that is the clock, in MHz. Else it is the highest whole number of MHz that the PLL makes and some seed
    meets, found so: 100 MHz are asked for first, then what the best seed has reached, rounded down, until it is met
    and the next one up is known not to be. `line` is UART or SPI; `baud` that of a UART.
    There is a bitstream only where the clock is met. InputError where the board cannot do it, ToolError where a tool is
    missing, fails or takes too long.
    """
    check_tools(board.device, effort.placer)
    find.packer(board.device.family.packer).require()
    made = design(graph, Plan.from_dict(manifest["plan"]))
    rate = None if line == SPI else baud
    try:
        link_of(made.netlist, manifest)
    except ValueError as error:
        raise InputError(str(error), "build it out of context, with --device") from None
    for name in (_file(manifest, board), _file(manifest, board, IMAGE), LINK):
        (folder / FOLDER / board.name / name).unlink(missing_ok=True)
    if freq is not None:
        return _attempt(folder, made, manifest, board, freq, rate, effort)
    clocks = [mhz for mhz in round_clocks(board) if rate is None or _divisor(mhz, rate)]
    if not clocks or clocks[-1] > FIRST:
        raise _no_rate(FIRST, baud)
    tried = best = None
    wanted: float = FIRST
    for _ in range(ATTEMPTS):
        mhz = next((mhz for mhz in clocks if mhz <= wanted), None)
        if mhz is None or (best is not None and mhz <= best.freq):
            break
        tried = _attempt(folder, made, manifest, board, mhz, rate, effort)
        best = tried if tried.bitstream else best
        wanted = tried.best.clock_mhz or mhz
    assert tried is not None
    return best or tried


def _attempt(
    folder: Path, made: Design, manifest: Mapping, board: Board, mhz: float, baud: int | None, effort: Effort
) -> Implementation:
    """One clock: with a bitstream where a seed meets it. What the tools leave is in a folder of that clock."""
    device, name = board.device, manifest["name"]
    divisor = None if baud is None else _divisor(mhz, baud)
    if baud is not None and not divisor:
        raise _no_rate(mhz, baud)
    top = Top(board, exactly(board, mhz), _linked(made, manifest, board), divisor)
    work = folder / FOLDER / board.name / f"{mhz:g}MHz"
    work.mkdir(parents=True, exist_ok=True)
    (work / "pins").write_text(WRITERS[device.family.name](top.pins), encoding="utf-8")

    effort.on_step(f"synthesis, {mhz:g} MHz")
    verilog = top.verilog()
    netlist = synthesise(
        {f"{NAME}.v": verilog},
        NAME,
        device.synth,
        keep=kept_modules(verilog, manifest, device, NAME, NETWORK),
        inside=".".join(NETWORK),
        timeout=effort.timeout,
    )
    placed = place(
        name,
        netlist,
        device,
        manifest,
        work,
        target=board.name,
        args=[option.format("pins") for option in device.family.constraints],
        freq=mhz,
        effort=effort,
        output=device.family.output,
    )
    placed = replace(placed, out_of_context=False)
    best = placed.best
    if best.clock_mhz is None or best.clock_mhz < mhz:
        return placed
    effort.on_step("packing")
    packer, out = device.family.packer, work / _file(manifest, board)
    pack(packer, design_file(work, best.seed), out, chip=device.chip, timeout=effort.timeout)
    last = out.rename(work.parent / out.name)
    told = {
        "file": last.relative_to(folder).as_posix(),
        "bytes": last.stat().st_size,
        "sha256": sha256(last),
        "clock_mhz": mhz,
        **about(identity_of(made.netlist, manifest), _line(mhz, baud, divisor)),
        **_flash(folder, last, made, manifest, board),
    }
    (last.parent / LINK).write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    return replace(placed, bitstream=told, tools={**placed.tools, packer: find.packer(packer).label})


def _linked(made: Design, manifest: Mapping, board: Board) -> Linked:
    return link_of(made.netlist, manifest, flash_at=board.weights_at)


def _flash(folder: Path, bitstream: Path, made: Design, manifest: Mapping, board: Board) -> dict:
    """Write what the flash is to hold where weights come from it, and tell of it."""
    weights = made.netlist.load_image().astype("<u2").tobytes()
    if not board.flash or not weights:
        return {}
    at, image = board.flash.weights_at, bitstream.with_name(_file(manifest, board, IMAGE))
    image.write_bytes(flash_image(bitstream.read_bytes(), weights, at))
    name = image.relative_to(folder).as_posix()
    return {"flash": {"file": name, "bytes": image.stat().st_size, "sha256": sha256(image), "weights_at": at}}


def _file(manifest: Mapping, board: Board, kind: str = "") -> str:
    return f"{manifest['name']}.{kind}{board.device.family.bitstream}"


def _line(mhz: float, baud: int | None, divisor: int | None) -> dict:
    """The line in words of link.json."""
    if baud is None:
        return {"line": SPI, "sck_mhz": mhz / SCK_CYCLES}
    return {"line": UART, "baud": baud, "divisor": divisor}


def _divisor(mhz: float, baud: int) -> int:
    """Cycles of a bit on the line; 0 where this clock cannot make the rate."""
    divisor = round(mhz * 1e6 / baud)
    return divisor if divisor >= SHORTEST and abs(mhz * 1e6 / divisor / baud - 1) <= OFF else 0


def _no_rate(mhz: float, baud: int) -> InputError:
    near = int(mhz * 1e6 / max(SHORTEST, round(mhz * 1e6 / baud)))
    return InputError(f"{baud:,} baud cannot be had of {mhz:g} MHz", f"take --baud {near} or less")
