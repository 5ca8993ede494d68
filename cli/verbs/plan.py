"""binloom plan: folds for a board and a wish."""

import argparse

HELP = "choose every op's fold for a board and a wish: frames a second, latency, or what fits"
DESCRIPTION = """\
Chooses for every op of a build how much of it happens in a cycle, how deep its FIFOs are and where its weights live, so
that the network reaches what is asked for and takes the least of the device; then writes the build anew: the same
network, the same vectors, new Verilog, and a plan.toml to edit and give back.
"""
EPILOG = """\
examples:
  binloom plan build/ --board ulx3s-85f --fps 10000                   the least of the device that is so fast
  binloom plan build/ --board ulx3s-85f --fps 10000 --latency 0.5ms   and answers so soon
  binloom plan build/ --board ulx3s-85f --fit                         as fast as fits into 80% of the device
  binloom plan build/ --board icebreaker --fit 90% --dsp 4            into 90%, with four multipliers
  binloom plan build/ --board ulx3s-85f --latency                     as soon as fits into 80%
  binloom plan build/ --board icebreaker --smallest                   the fewest LUTs, however slow
  binloom plan build/ --plan build/plan.toml                          as edited by hand

LUTs, clock and the like are those of a model fitted to real runs; `binloom build` finds out. A wish that cannot be had
is answered with the nearest that can, with exit status 2, and nothing is written.
"""


def configure(parser: argparse.ArgumentParser) -> None:
    from binloom.options import above_zero, amount, path, seconds, share

    parser.add_argument("build", type=path, metavar="DIR", help="a folder made by `compile`")
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--board", metavar="B", help="for example ulx3s-85f or icebreaker; a wrong name lists all")
    where.add_argument("--device", metavar="D", help="for example ecp5-85f or ice40-up5k; a wrong name lists all")
    parser.add_argument("--link", metavar="L", help="the link that a board leaves room for: uart (default) or spi")
    goal = parser.add_argument_group("what to reach")
    goal.add_argument("--fps", type=above_zero, metavar="F", help="frames a second, at least")
    goal.add_argument(
        "--latency",
        type=seconds,
        nargs="?",
        const=0.0,
        metavar="T",
        help="0.5ms or 80us at most, from a frame's first pixel in to its last result; without a time as short as fits",
    )
    goal.add_argument(
        "--fit",
        type=share,
        nargs="?",
        const=0.8,
        metavar="P%",
        help="as many frames a second as fit into that share of every resource (default: 80%%)",
    )
    goal.add_argument("--smallest", action="store_true", help="the fewest LUTs, however slow")
    bounds = parser.add_argument_group("what to spend")
    for what, word in (("lut", "LUTs"), ("ff", "registers"), ("bram", "block RAMs"), ("dsp", "multipliers")):
        bounds.add_argument(f"--{what}", type=amount, metavar="N|P%", help=f"{word} at most")
    bounds.add_argument("--clock", type=above_zero, metavar="MHZ", help="the clock to count on (default: the model's)")
    parser.add_argument("--plan", type=path, metavar="FILE", help="apply this plan.toml, instead of searching")
    parser.add_argument("--dry-run", action="store_true", help="print the plan and leave the build as it is")


def run(args: argparse.Namespace) -> int:
    from rich.table import Table
    from rich.text import Text

    from binloom import api
    from binloom.compiler.plan import summary
    from binloom.progress import spinner
    from binloom.screen import console

    build = api.load(args.build)
    with spinner("planning") as tell:
        build, made = build.plan(
            board=args.board,
            device=args.device,
            fps=args.fps,
            latency=args.latency or None,
            shortest=args.latency == 0.0,
            fit=args.fit,
            smallest=args.smallest,
            clock=args.clock,
            bounds={what: getattr(args, what) for what in ("lut", "ff", "bram", "dsp") if getattr(args, what)},
            link=args.link,
            plan=args.plan,
            dry_run=args.dry_run,
            on_step=tell,
        )
    screen, table = console(), Table(*summary.COLUMNS[:2], box=None, pad_edge=False)
    for column in summary.COLUMNS[2:]:
        table.add_column(column, justify="right")
    for row, slowest in summary.rows(made):
        table.add_row(*map(Text, row), style="bold" if slowest or row[0] == "all" else "")
    screen.print(table)
    screen.print()
    screen.print(summary.sentence(made))
    if args.plan is None:
        screen.print(summary.optimal(made))
    if args.dry_run:
        screen.print(f"nothing is written: {args.build} is as it was")
    else:
        screen.print(f"written: {build.verilog}, and {build.plan_file} to edit")
    return 0
