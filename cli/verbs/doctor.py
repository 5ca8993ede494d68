"""binloom doctor: what is installed, what is missing, and what to type about it."""

import argparse

HELP = "list each tool, its version, and what to install for what is missing"
DESCRIPTION = "Lists each tool that binloom can use: where it is, its version, and what to type where it is missing."
EPILOG = """\
Only the first group is needed to compile and evaluate; `verify` needs the second.

exit status: 0 when nothing of these two groups is missing, else 2
"""
NEEDED = ("core", "sim")
TITLES = {
    "core": "compile, evaluate",
    "sim": "verify",
    "fpga": "synthesis, place and route",
    "board": "boards",
    "train": "training",
}


def configure(parser: argparse.ArgumentParser) -> None:
    del parser  # no options


def run(args: argparse.Namespace) -> int:
    from rich.table import Table
    from rich.text import Text

    from binloom.screen import console
    from binloom.toolchain import cache
    from binloom.toolchain.find import every_tool

    tools = list(every_tool())
    table = Table("", "tool", "version", "where", box=None, pad_edge=False)
    group = ""
    for tool in tools:
        if tool.group != group:
            group = tool.group
            table.add_row("", Text(TITLES[group], "bold"))
        mark = Text("ok", "green") if tool.found else Text("--", "red" if group in NEEDED else "yellow")
        where = str(tool.path) if tool.found else f"{tool.problem or 'missing'}: {tool.remedy}"
        table.add_row(mark, tool.name, tool.version, Text(where))
    screen = console()
    screen.print(table)
    screen.print(f"\nbuilt simulators are kept in {cache.root()}")
    missing = [tool for tool in tools if not tool.found and tool.group in NEEDED]
    return 2 if missing else 0
