"""binloom build: synthesis, place and route of a build with open tools."""

import argparse
from pathlib import Path

HELP = "synthesise, place and route a build for a board or device, with open tools"
DESCRIPTION = """\
Synthesises the Verilog of a build with yosys, then places and routes it with nextpnr, once for each of several seeds:
what it takes of the device, and the clock it reaches. Out of context, which means without the board's pins: the
figures are those of the network, and no bitstream is written.
"""
EPILOG = """\
examples:
  binloom build build/ --board ulx3s-85f
  binloom build build/ --board icebreaker --seeds 5 --jobs 2
  binloom build build/ --device ecp5-25f --freq 150 --timeout 7200

Takes a native yosys and nextpnr on PATH where they are new enough, else the YoWASP wheels: pip install 'binloom[fpga]'.
Logs and reports of the tools stay in DIR/routed/DEVICE; DIR/report.json and DIR/report.html tell what came of it.
exit status: 0 fine, 1 the clock that --freq asks for is not reached,
2 it does not fit, or a tool is missing, fails or takes too long
"""
FREQ = 100.0


def configure(parser: argparse.ArgumentParser) -> None:
    from binloom.options import above_zero, positive

    parser.add_argument("build", type=Path, metavar="DIR", help="a folder made by `compile`")
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--board", metavar="B", help="for example ulx3s-85f or icebreaker; a wrong name lists all")
    where.add_argument("--device", metavar="D", help="for example ecp5-85f or ice40-up5k; a wrong name lists all")
    parser.add_argument("--seeds", type=positive, default=3, metavar="N", help="how many, from 1 on (default: 3)")
    parser.add_argument("--jobs", type=positive, default=1, metavar="N", help="seeds at a time (default: 1)")
    parser.add_argument(
        "--freq",
        type=above_zero,
        metavar="MHZ",
        help=f"the clock to reach (default: {FREQ:g}, and no failure to miss it)",
    )
    parser.add_argument(
        "--timeout", type=above_zero, default=3600, metavar="S", help="seconds for each run of a tool (default: 3600)"
    )


def run(args: argparse.Namespace) -> int:
    from binloom import api
    from binloom.compiler.targets.boards import board, device
    from binloom.progress import spinner
    from binloom.screen import console
    from binloom.sim.routed import lines, table

    build = api.load(args.build)
    target = board(args.board) if args.board else device(args.device)
    with spinner("building") as tell:
        made, page = build.implement(
            target,
            args.board or args.device,
            seeds=args.seeds,
            jobs=args.jobs,
            freq=args.freq or FREQ,
            timeout=args.timeout,
            on_step=tell,
        )
    screen = console()
    screen.print(table(made))
    screen.print()
    for line in lines(made):
        screen.print(line)
    screen.print(f"report: {page}")
    if args.freq and (made["clock_mhz"] or {"max": args.freq})["max"] < args.freq:
        screen.print(f"{args.freq:g} MHz are not reached", style="red")
        return 1
    return 0
