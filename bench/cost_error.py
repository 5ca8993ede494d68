"""How far the cost model is from synthesis on whole networks: `python bench/cost_error.py [NAME ...]`.

`--built DIR ...` compares builds that `binloom build` has synthesised instead, and synthesises nothing.

Plans each network in several ways, synthesises it block by block, and prints the error of the model for each network
and plan: of the whole, and over its ops the median and the worst. None of them was fitted to. Models are found as in
`networks.py`; what is not there is left out.
Netlists come from binloom's cache where they have been made before.
"""

import argparse
import json
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from networks import AUTHORS, given, shape, zoo
from rich.console import Console
from rich.table import Table

from binloom import api
from binloom.build import Build
from binloom.compiler import cost
from binloom.compiler.design.design import design
from binloom.compiler.design.fold import Plan
from binloom.compiler.implement.modules import owners
from binloom.compiler.implement.synthesis import family_verilog, kept_modules, synthesise
from binloom.compiler.targets.area import Area, area_of
from binloom.compiler.targets.boards import board
from binloom.compiler.targets.device import Device
from binloom.compiler.targets.devices import DEVICES

SMALL = 100  # slots or registers: what is smaller is a hundredth of a percent of a chip, and left out of the worst


@dataclass(frozen=True, slots=True)
class Case:
    """A model, how to read it, and its plans: cycles a frame of the default plan, or a wish of the planner."""

    model: Callable[[Path], Path]
    board: str
    plans: tuple[Mapping[str, Any], ...]
    input_scale: str | None = None


CASES = {
    "fashion": Case(zoo("fashion_small.h5"), "ulx3s-85f", ({"cycles": 946}, {"cycles": 4000})),
    "mnist": Case(AUTHORS, "ulx3s-85f", ({"cycles": 4000}, {"fps": 60_000}), "1/255"),
    "larq": Case(given("larq_mnist_plain.h5"), "ulx3s-85f", ({"cycles": 4000}, {"fps": 10_000}), "1/255"),
    "cbcnn": Case(shape("cbcnn"), "ulx3s-85f", ({"cycles": 60_000}, {"fps": 10_000})),
    "cnv": Case(shape("cnv"), "ulx3s-85f", ({"cycles": 120_000}, {"fps": 4_000})),
}
FIGURES = ("lut", "ff", "bram", "dsp")


def build_of(case: Case, plan: Mapping[str, Any], model: Path, folder: Path) -> Build:
    build = api.compile(model, folder, input_scale=case.input_scale, cycles=plan.get("cycles"))
    return build if "cycles" in plan else build.plan(board=case.board, **plan)[0]


def synthesised(build: Build, device: Device) -> Mapping[str, Mapping[str, int]]:
    """The cells of each block of a build."""
    name = build.manifest["name"]
    verilog = family_verilog(build.graph, build.manifest, device)
    keep = kept_modules(verilog, build.manifest, device)
    return synthesise({f"{name}.v": verilog}, name, device.synth, keep=keep, timeout=7200).parts


def kept(cells: Path) -> Mapping[str, Mapping[str, int]]:
    """The same, as a build has left them."""
    return {part.removeprefix("design."): counts for part, counts in json.loads(cells.read_text()).items()}


def parts(build: Build, device: Device, made: Mapping[str, Mapping[str, int]]) -> Iterator[tuple[str, Area, Area]]:
    """Each block, what it takes by the model and what was made of it."""
    told = cost.netlist_area(design(build.graph, Plan.from_dict(build.manifest["plan"])).netlist, device)
    for part, area in told.items():
        yield part, area, area_of(made.get(part, {}), device.family)


def error(told: float, made: float) -> float:
    return abs(told - made) / made if made else float(told > 0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--built", nargs="+", type=Path, default=[], metavar="DIR")
    parser.add_argument("--blocks", action="store_true", help="show each block")
    args = parser.parse_args()
    console = Console(width=140)
    table = Table("network", "plan", *(f"{what}: told, made" for what in FIGURES), "ops: median", "worst")
    everything: list[float] = []
    for folder in args.built:
        for cells in sorted(folder.glob("routed/*/cells.json")):
            build, device = api.load(folder), DEVICES[cells.parent.name]
            found = parts(build, device, kept(cells))
            row = compared(console, build, device.name, found, everything, args.blocks)
            table.add_row(folder.name, *row)
            console.print(folder.name, *row)
    for name in () if args.built else args.names or CASES:
        case = CASES[name]
        with tempfile.TemporaryDirectory() as folder:
            model = case.model(Path(folder))
            if not model.is_file():
                console.print(f"({name}: {model} is not there)")
                continue
            for number, plan in enumerate(case.plans):
                row = measured(console, case, plan, model, Path(folder) / f"{number}", everything, args.blocks)
                table.add_row(name, *row)
                console.print(name, *row)
    console.print(table)
    if everything:
        console.print(f"LUTs of {len(everything)} ops: median {median(everything):.1%}, worst {max(everything):.1%}")


def measured(
    console: Console,
    case: Case,
    plan: Mapping[str, Any],
    model: Path,
    folder: Path,
    everything: list[float],
    blocks: bool,
) -> list[str]:
    device = board(case.board)
    build = build_of(case, plan, model, folder)
    said = " ".join(f"{what} {value}" for what, value in plan.items())
    return compared(console, build, said, parts(build, device, synthesised(build, device)), everything, blocks)


def compared(
    console: Console,
    build: Build,
    said: str,
    found: Iterator[tuple[str, Area, Area]],
    everything: list[float],
    blocks: bool,
) -> list[str]:
    """A row of the table; `found` are the parts of the build."""
    owner = owners(build.manifest)
    ops: dict[str, tuple[Area, Area]] = {}
    for part, told, made in found:
        before = ops.get(owner(part), (Area(), Area()))
        ops[owner(part)] = before[0] + told, before[1] + made
        if blocks:
            cells = "  ".join(f"{what} {getattr(told, what)} {getattr(made, what)}" for what in (*FIGURES, "lutram"))
            console.print(f"{part:40} {error(told.lut, made.lut):6.1%} {cells}", highlight=False)
    whole = [sum((pair[side] for pair in ops.values()), Area()) for side in (0, 1)]
    errors = [error(told.lut, made.lut) for told, made in ops.values() if made.lut >= SMALL]
    everything += errors
    sizes = [f"{getattr(whole[0], what):,} {getattr(whole[1], what):,}" for what in FIGURES]
    return [said, *sizes, f"{median(errors):.1%}", f"{max(errors):.1%}"]


if __name__ == "__main__":
    main()
