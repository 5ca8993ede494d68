"""binloom demo: a page to draw on, and what the simulated FPGA makes of it."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from binloom.sim.demo.server import Server

HELP = "draw a digit, or pick an image, and see what each layer of the simulated FPGA computes"
DESCRIPTION = """\
Opens a page on this machine, and nowhere else. What is drawn or picked there goes through the Verilog of a build in
Verilator, clock cycle by clock cycle; the page shows the class, the logits, the maps of each layer as the hardware
computed them, the cycles that it took and the time a board would take for them.
"""
EPILOG = """\
examples:
  binloom demo                                      a digit, with the zoo's mnist_tiny
  binloom demo fashion_small                        another network of the zoo, with its images
  binloom demo build/ --data set.npz                your own build, and images to pick
  binloom demo build/ --board icebreaker --open     the time that this board would take, and a browser

The first start builds a simulator, which takes a minute. Ctrl-C ends the server.
"""
DEFAULT = "mnist_tiny"


def configure(parser: argparse.ArgumentParser) -> None:
    from binloom.options import above_zero, path, port

    parser.add_argument(
        "build",
        type=path,
        nargs="?",
        default=Path(DEFAULT),
        metavar="BUILD",
        help=f"a folder made by `compile`, or a network of the zoo (default: {DEFAULT})",
    )
    parser.add_argument("--data", type=path, metavar="SET.npz", help="take the first images of its x_test to pick from")
    parser.add_argument("--board", metavar="B", help="whose clock turns cycles into time (default: what was built for)")
    parser.add_argument("--clock", type=above_zero, metavar="MHZ", help="this clock instead")
    parser.add_argument("--port", type=port, metavar="N", help="of the server (default: any that is free)")
    parser.add_argument("--open", action="store_true", help="open the page in a browser")


def run(args: argparse.Namespace) -> int:
    import tempfile

    from binloom import api
    from binloom.models import model
    from binloom.progress import spinner

    with tempfile.TemporaryDirectory(prefix="binloom-") as name, spinner("compiling") as tell:
        data = args.data
        if args.build.is_dir():
            build = api.load(args.build)
        else:
            found = model(str(args.build))
            build, data = found.compile(Path(name) / "build", tell), data or found.images
        server = build.demo(data=data, board=args.board, clock=args.clock, port=args.port or 0, on_step=tell)
    return _serve(server, args.open)


def _serve(server: "Server", open_page: bool) -> int:
    """Until an interrupt, which is how it is meant to end; a simulation that still runs ends with it."""
    import webbrowser

    from binloom.screen import console
    from binloom.toolchain.run import stopping

    with server:
        console().print(f"{server.told['name']}: {server.url}")
        if open_page:
            webbrowser.open(server.url)
        try:
            with stopping():
                server.serve_forever()
        except KeyboardInterrupt as stop:
            if type(stop) is not KeyboardInterrupt:  # another way to be ended, which has a status of its own
                raise
    return 0
