"""Figures of arrays and networks, by suites: `python bench/run.py [SUITE [CASE ...]] [--quick] [--check | --update]`.

Runs the suites, or one of them, prints their figures as tables, and says what is worse or better than the baseline.
`--quick` leaves out what takes minutes. `--check` is quick too and ends with status 1 where a figure is worse by more
than 2%; a figure that is better asks for `--update`, which makes what was found the baseline of these tools.
"""

import argparse
import importlib
import sys
from collections.abc import Mapping, Sequence

import baseline
from rich.console import Console
from rich.table import Table

SUITES = ("arrays", "cycles", "units", "ovsf", "networks")
QUICK = ("arrays", "cycles", "units", "ovsf")  # those that have figures without place and route


def show(console: Console, suite: str, version: str, figures: baseline.Figures) -> None:
    """A row a case, a column a figure."""
    names = list(dict.fromkeys(name for found in figures.values() for name in found))
    table = Table(suite, box=None, pad_edge=False)
    for name in names:
        table.add_column(name, justify="right")
    for case, found in figures.items():
        table.add_row(case, *("" if name not in found else f"{found[name]:,}" for name in names))
    console.print(table, version, "", sep="\n")


def run(console: Console, suite: str, cases: Sequence[str], args: argparse.Namespace) -> bool:
    """One suite; whether nothing became worse."""
    quick = args.quick or args.check
    module = importlib.import_module(suite)
    figures: Mapping = module.figures(quick, cases)
    version = module.version(quick)
    show(console, suite, version, figures)
    if args.update:
        baseline.update(suite, version, figures)
        return True
    verdict = baseline.judge(suite, version, figures)
    for line in verdict.unknown:
        console.print(line, style="dim")
    for line in verdict.better:
        console.print(f"better: {line}; keep it with --update", style="green")
    for line in verdict.worse:
        console.print(f"worse: {line}", style="red")
    return not verdict.worse


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("suite", nargs="?", choices=SUITES, help="all of them where none is named")
    parser.add_argument("case", nargs="*", help="of the suite; all where none is named")
    parser.add_argument("--quick", action="store_true", help="leave out what takes minutes")
    goal = parser.add_mutually_exclusive_group()
    goal.add_argument("--check", action="store_true", help="quick, and fail where a figure is more than 2%% worse")
    goal.add_argument("--update", action="store_true", help="keep the figures as the baseline of these tools")
    args = parser.parse_args(argv)

    console = Console()
    suites = [args.suite] if args.suite else QUICK if args.quick or args.check else SUITES
    if args.suite and (
        unknown := [case for case in args.case if case not in importlib.import_module(args.suite).CASES]
    ):
        parser.error(f"{args.suite} has no {unknown[0]}")
    fine = [run(console, suite, args.case, args) for suite in suites]
    return 0 if all(fine) or not args.check else 1


if __name__ == "__main__":
    sys.exit(main())
