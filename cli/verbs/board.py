"""binloom board: what is done to one board, real or simulated: `binloom board sim`, `info`, `benchmark` and `c`."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from binloom.boards import Device

HELP = "simulate a board, ask one who it is, time it, or write a C driver for it"
DESCRIPTION = """\
sim simulates the board that carries a build, behind a port of its own: every cycle is real, the time that it takes is
not. info and benchmark ask a board what it carries and has counted, and how fast it is without the line. c writes a
driver in C.
"""
EPILOG = """\
examples:
  binloom board sim build/                                 prints a port; classify --port PORT talks to it
  binloom board sim build/ --board ulx3s-85f --pins        all that goes onto that board, its UART too
  binloom board info --port /dev/ttyUSB0
  binloom board benchmark --port /dev/ttyUSB0 --frames 1000
  binloom board c build/ -o driver/                        binloom.h, binloom.c, binloom_model.h and an example
"""


def configure(parser: argparse.ArgumentParser) -> None:
    from binloom.options import path, positive

    verbs = parser.add_subparsers(metavar="WHAT", required=True, dest="what")
    sim = verbs.add_parser("sim", help="a simulated board behind a port, until ctrl-C")
    sim.add_argument("build", type=path, metavar="DIR", help="a folder made by `compile`")
    sim.add_argument("--board", metavar="B", help="for which board's chip (default: for any)")
    sim.add_argument("--pins", action="store_true", help="with its line, clock and reset, which takes longer")
    sim.add_argument("--link", metavar="L", help="of --pins: uart or spi (default: that of the bitstream, else uart)")
    for name, words in (("info", "what a board carries and has counted"), ("benchmark", "cycles of frames on a board")):
        verb = verbs.add_parser(name, help=words)
        verb.add_argument("--port", required=True, metavar="P", help="a serial port such as /dev/ttyUSB0, or sim")
        verb.add_argument("--build", type=path, default=Path("build"), metavar="DIR", help="default: build")
        verb.add_argument("--baud", type=positive, metavar="N", help="of the line (default: that of the bitstream)")
        if name == "benchmark":
            verb.add_argument("--frames", type=positive, default=1000, metavar="N", help="default: 1000")
    driver = verbs.add_parser("c", help="a driver in C for a program without Python")
    driver.add_argument("build", type=path, metavar="DIR", help="a folder made by `compile`")
    driver.add_argument("-o", "--out", type=path, required=True, metavar="DIR", help="the folder to write to")


def run(args: argparse.Namespace) -> int:
    return {"sim": _sim, "info": _info, "benchmark": _benchmark, "c": _c}[args.what](args)


def _sim(args: argparse.Namespace) -> int:
    from binloom.boards.virtual.board import program, simulated
    from binloom.compiler.build import Build
    from binloom.progress import spinner

    with spinner("building the simulator"):
        made = program(Build.load(args.build), args.board, pins=args.pins, line=args.link)
    with simulated(made) as board:
        print(board.first, flush=True)
        board.wait()
    return 0


def _info(args: argparse.Namespace) -> int:
    with _opened(args) as board:
        told, counts = board.identity, board.counters()
    print(f"{told.name} ({told.hash[:8]}), input {' x '.join(map(str, told.input))}, {told.slots} images at a time")
    for name, shape in told.outputs:
        print(f"output {name}: {' x '.join(map(str, shape))}")
    print(
        f"{counts.frames:,} frames; lost on the line: {counts.crc_errors:,} packets with a wrong CRC, "
        f"{counts.malformed:,} malformed, {counts.overruns:,} too many"
    )
    for name, cycles in counts.stalls.items():
        print(f"{name} waited {cycles:,} cycles")
    return 0


def _benchmark(args: argparse.Namespace) -> int:
    with _opened(args) as board:
        done = board.benchmark(args.frames)
    print(f"{done.frames:,} frames in {done.cycles:,} cycles: {done.cycles_per_frame:,.1f} cycles a frame")
    return 0


def _opened(args: argparse.Namespace) -> "Device":
    from binloom import api
    from binloom.progress import spinner

    with spinner(f"opening {args.port}"):
        return api.load(args.build).device(args.port, baud=args.baud)


def _c(args: argparse.Namespace) -> int:
    from binloom.boards.c.driver import write
    from binloom.compiler.build import Build

    for file in write(Build.load(args.build), args.out):
        print(file)
    return 0
