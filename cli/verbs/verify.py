"""binloom verify: the Verilog against the golden model."""

import argparse

HELP = "prove a build's Verilog equal to the integer model, in Verilator"
DESCRIPTION = """\
Runs the Verilog of a build and the golden model on the same images, twice: with random stalls on both sides, where
every output must be equal, and free running, where it must be equal again and the cycles are counted. Where they
differ, it names the first op, frame, pixel and channel that does. With --netlist, what runs is what yosys makes of the
network for a device: its lookup tables, carry chains, block RAMs and multipliers.
"""
EPILOG = """\
examples:
  binloom verify build/                                    frames of the build, and random ones
  binloom verify build/ --data mnist.npz --images 1000
  binloom verify build/ --driver cocotb --images 10        the bench in build/tests, the one that your own CI can run
  binloom verify build/ --images 2 --waves run.fst         to be looked at with GTKWave or Surfer
  binloom verify build/ --netlist                          after synthesis for an ECP5
  binloom verify build/ --netlist --board icebreaker       for what is on that board

Writes report.html and report.json into the build.
exit status: 0 equal, 1 not equal
"""


DEVICE = "ecp5-85f"


def configure(parser: argparse.ArgumentParser) -> None:
    from binloom.options import path, positive, seed

    parser.add_argument("build", type=path, metavar="DIR", help="a folder made by `compile`")
    parser.add_argument("--data", type=path, metavar="SET.npz", help="take the images of its x_test")
    parser.add_argument(
        "--images",
        type=positive,
        metavar="N",
        help="how many (default: all of --data; 20 without it, and with cocotb; 3 of a netlist)",
    )
    parser.add_argument("--seed", type=seed, default=1, metavar="S", help="of stalls and random images (default: 1)")
    parser.add_argument(
        "--driver", choices=("cpp", "cocotb"), default="cpp", help="a compiled bench, or cocotb's (default: cpp)"
    )
    parser.add_argument("--netlist", action="store_true", help="run the synthesised netlist, which takes yosys")
    target = parser.add_mutually_exclusive_group()
    target.add_argument("--board", metavar="B", help=f"whose chip --netlist is made for (default: {DEVICE})")
    target.add_argument("--device", metavar="D", help="the same by the name of the chip")
    parser.add_argument("--waves", type=path, metavar="FILE.fst", help="write waves, of the failure where there is one")


def run(args: argparse.Namespace) -> int:
    from binloom import api
    from binloom.build import IMAGES, NETLIST_IMAGES
    from binloom.compiler.errors import InputError
    from binloom.compiler.targets.boards import board, device
    from binloom.progress import steps
    from binloom.screen import console
    from binloom.sim import golden

    build = api.load(args.build)
    count = args.images
    chip = None
    if args.netlist:
        chip = board(args.board) if args.board else device(args.device or DEVICE)
    elif args.board or args.device:
        raise InputError(f"--{'board' if args.board else 'device'} says what --netlist is made for", "give both")
    if count is None and args.netlist:
        count = NETLIST_IMAGES
    if count is None and (args.data is None or args.driver == "cocotb"):
        count = IMAGES
    if args.data is not None:
        images, _ = golden.load_dataset(args.data, build.graph, images=count, labels=False)
        source = args.data.name
    else:
        images, source = build.own_images(count, args.seed)
    with steps() as progress:
        result = build.verify(
            images,
            seed=args.seed,
            driver=args.driver,
            waves=args.waves,
            netlist=chip,
            source=source,
            progress=progress,
        )
    page = build.report(result)
    screen = console()
    screen.print(str(result), style="green" if result.equal else "red")
    if result.measured is not None:
        from rich.table import Table

        from binloom.sim.report import timing_rows

        table = Table("", "predicted", "measured", box=None, pad_edge=False)
        for row in timing_rows(result.predicted, result.measured):
            table.add_row(*row)
        screen.print(table)
    if args.waves is not None:
        screen.print(f"waves: {args.waves}")
    screen.print(f"report: {page}")
    return 0 if result.equal else 1
