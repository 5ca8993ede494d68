"""Networks placed and routed out of context: `python bench/routed.py [NAME ...] [--seeds 3] [--jobs 1] [--models DIR]`.

Compiles each network with its default plan, runs `binloom build`'s road on it, and prints a table: what it takes, the
clock over the seeds, and frames a second. The counts depend only on the versions of the tools, which it prints as well.
`mnist` is a file of the LB-CNN authors and is looked for in --models; without it, it is left out.
"""

import argparse
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from binloom import api
from binloom.compiler.targets.boards import board

ROOT = Path(__file__).parent.parent
HEAD = ("network", "board", "LUTs placed", "FF", "block RAM", "DSP", "cycles", "MHz min / median / max", "frames/s")


@dataclass(frozen=True, slots=True)
class Case:
    """One network on one board."""

    model: Path
    board: str
    input_scale: str | None = None
    cycles: int | None = None


def cases(models: Path) -> dict[str, Case]:
    mnist = models / "B-nlcnn_mnist_99_22.h5"
    return {
        "fashion": Case(ROOT / "zoo" / "fashion_small.h5", "ulx3s-85f"),
        "mnist": Case(mnist, "ulx3s-85f", "1/255"),
    }


def row(name: str, report: Mapping) -> tuple[str, ...]:
    clock = report["clock_mhz"]
    clocks = " / ".join(f"{clock[which]:.1f}" for which in ("min", "median", "max"))
    counts = (f"{report[what]:,}" for what in ("lut", "ff", "bram", "dsp", "cycles_per_frame"))
    return name, report["board"], *counts, clocks, f"{report['frames_per_second']:,}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--models", type=Path, default=ROOT / "models")
    args = parser.parse_args()
    known = cases(args.models)
    if unknown := [name for name in args.names if name not in known]:
        parser.error(f"there is no {unknown[0]}; take one of {', '.join(known)}")
    tools: dict[str, str] = {}
    print(f"| {' | '.join(HEAD)} |\n|{'---|' * len(HEAD)}", flush=True)
    for name in args.names or known:
        case = known[name]
        if not case.model.is_file():
            print(f"({name}: {case.model} is not there)", flush=True)
            continue
        with tempfile.TemporaryDirectory() as folder:
            build = api.compile(case.model, Path(folder) / "build", input_scale=case.input_scale, cycles=case.cycles)
            report, _ = build.implement(board(case.board), case.board, seeds=args.seeds, jobs=args.jobs)
        tools |= report["tools"]
        print(f"| {' | '.join(row(name, report))} |", flush=True)
    print(*(f"{tool} {version}" for tool, version in tools.items()), sep=", ")


if __name__ == "__main__":
    main()
