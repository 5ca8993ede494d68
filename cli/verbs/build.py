"""binloom build: synthesis, place and route of a build with open tools."""

import argparse

HELP = "synthesise, place and route a build, with open tools; a bitstream for a board"
DESCRIPTION = """\
Synthesises a build with yosys, then places and routes it with nextpnr, once for each of several seeds: what it takes of
the chip, and the clock it reaches. For a board that is the network behind a serial line, with the board's pins and
clock, and a bitstream comes of it; with --link spi it is behind an SPI bus, for a microcontroller. For a device, or out
of context, it is the network alone.
"""
EPILOG = """\
examples:
  binloom build build/ --board ulx3s-85f
  binloom build build/ --board icebreaker --freq 24 --seeds 5 --jobs 2
  binloom build build/ --board ulx3s-85f --link spi
  binloom build build/ --board ulx3s-85f --out-of-context
  binloom build build/ --device ecp5-25f --freq 150 --timeout 7200

Takes a native yosys and nextpnr on PATH where they are new enough, else the YoWASP wheels: pip install 'binloom[fpga]'.
Bitstream, logs and reports of the tools are in DIR/routed/; DIR/report.json and DIR/report.html tell what came of it.
exit status: 0 fine, 1 the clock that is asked for is not reached, and there is no bitstream,
2 it does not fit, or a tool is missing, fails or takes too long
"""
FREQ = 100.0


def configure(parser: argparse.ArgumentParser) -> None:
    from binloom.compiler.implement.placers import PLACERS
    from binloom.options import above_zero, path, positive

    parser.add_argument("build", type=path, metavar="DIR", help="a folder made by `compile`")
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--board", metavar="B", help="for example ulx3s-85f or icebreaker; a wrong name lists all")
    where.add_argument("--device", metavar="D", help="for example ecp5-85f or ice40-up5k; a wrong name lists all")
    parser.add_argument("--out-of-context", action="store_true", help="of --board only the chip: no pins, no bitstream")
    parser.add_argument("--seeds", type=positive, default=3, metavar="N", help="how many, from 1 on (default: 3)")
    parser.add_argument("--jobs", type=positive, default=1, metavar="N", help="seeds at a time (default: 1)")
    parser.add_argument(
        "--freq",
        type=above_zero,
        metavar="MHZ",
        help=f"the clock (default: for a board the highest that is met; else {FREQ:g}, and no failure to miss it)",
    )
    parser.add_argument(
        "--link", metavar="L", help="how a host talks to a board: uart, its serial line (default), or spi"
    )
    parser.add_argument(
        "--baud", type=positive, metavar="N", help="bits a second on a board's serial line (default: 1000000)"
    )
    parser.add_argument(
        "--placer", choices=PLACERS, help="of nextpnr (default: static for 24,000 LUTs and more on an ECP5, else heap)"
    )
    parser.add_argument(
        "--timeout", type=above_zero, default=3600, metavar="S", help="seconds for each run of a tool (default: 3600)"
    )


def run(args: argparse.Namespace) -> int:
    from binloom import api
    from binloom.boards.bitstream import BAUD
    from binloom.boards.board import SPI, UART
    from binloom.compiler.errors import InputError
    from binloom.compiler.targets.boards import board, device
    from binloom.progress import spinner
    from binloom.screen import console
    from binloom.sim.routed import lines, table

    build = api.load(args.build)
    if (told := build.unapplied()) is not None:
        console().print(f"note: {told}")
    alone = args.device is not None or args.out_of_context
    if args.baud and args.link == SPI:
        raise InputError("SPI has no baud", "leave --baud or --link spi out")
    if args.baud and alone:
        raise InputError("--baud is of a board's serial line", "leave it out, or name a board alone")
    if args.link is not None and alone:
        raise InputError("--link is of a board", "leave it out, or name a board alone")
    effort = {"seeds": args.seeds, "jobs": args.jobs, "timeout": args.timeout, "placer": args.placer or ""}
    with spinner("building") as tell:
        if alone:
            target = device(args.device) if args.device else board(args.board)
            name, freq = args.device or args.board, args.freq or FREQ
            made, page = build.implement(target, name, freq=freq, on_step=tell, **effort)
        else:
            link, baud = UART if args.link is None else args.link, args.baud or BAUD
            made, page = build.bitstream(args.board, freq=args.freq, line=link, baud=baud, on_step=tell, **effort)
    screen = console()
    screen.print(table(made))
    screen.print()
    for line in lines(made):
        screen.print(line)
    screen.print(f"report: {page}")
    wanted = args.freq or (None if alone else made["routed"]["freq_mhz"])
    if wanted is None or made["clock_mhz"] is None or made["clock_mhz"]["max"] >= wanted:
        return 0
    screen.print(f"{wanted:g} MHz are not reached{'' if alone else ': no bitstream'}", style="red")
    return 1
