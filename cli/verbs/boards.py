"""binloom boards: the boards that are known, and what of a build fits on each."""

import argparse

HELP = "list the boards, and how much of each a build takes"
DESCRIPTION = """\
Lists every board that a bitstream can be made for and what is on its chip; of a build, what its network and the link in
front of it take of each chip, and how many frames a second it makes there. That is the word of the cost model.
"""
EPILOG = """\
examples:
  binloom boards                  what is on each
  binloom boards build/           and whether this build fits

What does not fit may do so with another plan: binloom plan build/ --board B --fit. `binloom build` finds out what is
true.
"""


def configure(parser: argparse.ArgumentParser) -> None:
    from binloom.options import path

    parser.add_argument("build", type=path, nargs="?", metavar="DIR", help="a folder made by `compile`")


def run(args: argparse.Namespace) -> int:
    from rich.table import Table
    from rich.text import Text

    from binloom import api
    from binloom.boards.listing import CHIP, TAKES, chip, takes
    from binloom.boards.table import BOARDS
    from binloom.compiler.targets.boards import board
    from binloom.screen import console

    build = api.load(args.build) if args.build else None
    table = Table("board", "chip", box=None, pad_edge=False)
    for column in TAKES if build else CHIP:
        table.add_column(column, justify="left" if column == TAKES[-1] else "right")
    for name in BOARDS:
        row = takes(build.graph, build.manifest, name) if build else chip(name)
        table.add_row(*map(Text, (name, board(name).name, *row)), style="" if not build or row[-1] == "yes" else "dim")
    console().print(table)
    return 0
