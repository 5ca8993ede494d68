"""What arrays cost on ECP5: `python bench/arrays.py [case ...] [--quick] [--write | --check]`.

Each case is one array with random weights, registered on both sides, synthesised by itself (`synth_ecp5 -nowidelut`),
then placed and routed out of context for an 85F of speed grade 6 with seeds 1, 2 and 3. A slot is one LUT4; a CCU2C
takes two. Where da4ml is installed, the problems with constant weights are given to it too. `--quick` leaves out place
and route. `--write` keeps the counts as the baseline of these tools' versions in `arrays.json`; `--check` fails where a
count has become worse by more than 2%.
"""

import argparse
import importlib.util
import json
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from amaranth.back import verilog
from amaranth.hdl import Elaboratable, Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import connect, flipped
from rich.console import Console
from rich.table import Table

from binloom.hw.array import MatrixArray
from binloom.hw.dot import XnorPopcount
from binloom.hw.element import BIT, Element
from binloom.hw.stream import Map
from binloom.hw.threshold import Threshold
from binloom.toolchain import find, nextpnr, yosys

BASELINE = Path(__file__).with_name("arrays.json")
WORK = Path("build/bench")
# The clean-up in the middle is for YoWASP's ABC, which gives up on some designs without it.
SYNTHESIS = "synth_ecp5 -nowidelut -run begin:map_luts -top top; opt_clean -purge; synth_ecp5 -nowidelut -run map_luts:"
PLACEMENT = ("--85k", "--speed", "6", "--out-of-context")
FREQUENCY = 200.0
SEEDS = (1, 2, 3)
WORSE = 1.02
PIXEL = Element(0, 255)

# What yosys must know of the cell before it has read its library.
CELLS = """
(* blackbox *) module CCU2C(
  input CIN, A0, B0, C0, D0, A1, B1, C1, D1, output S0, S1, COUT);
  parameter [15:0] INIT0 = 0;
  parameter [15:0] INIT1 = 0;
  parameter INJECT1_0 = "YES";
  parameter INJECT1_1 = "YES";
endmodule
"""
COUNTS = ("slots", "ff")
Figures = dict[str, Any]


class Platform:
    """What blocks ask a platform for."""

    family = "ecp5"


class Popcount(Elaboratable):
    """One row of bits against weights that change every cycle, registers in front."""

    def __init__(self, width: int) -> None:
        self.dot = XnorPopcount(BIT, False, BIT, np.ones((2, width, 1), np.int64), per_stage=2)
        self.x, self.w, self.o = Signal(width), Signal(width), Signal(self.dot.o.as_value().shape())

    def elaborate(self, platform) -> Module:
        m = Module()
        m.submodules.dot = dot = self.dot
        m.d.comb += [dot.en.eq(1), self.o.eq(dot.o.as_value())]
        m.d.sync += [dot.x.eq(self.x), dot.w.eq(self.w)]
        return m


class Layer(wiring.Component):
    """A matrix of constants as one array that makes all its outputs every cycle, with thresholds on bits."""

    def __init__(self, matrix: np.ndarray, element: Element) -> None:
        inputs, outputs = matrix.shape
        self.array = MatrixArray(
            Map(1, 1, inputs, inputs, element), matrix[np.newaxis], simd=inputs, pe=outputs,
            o_element=Element(-inputs * element.hi, inputs * element.hi),
        )  # fmt: skip
        self.last: MatrixArray | Threshold = self.array
        if element.bit:
            self.last = Threshold(self.array.o_map, bounds(outputs), np.zeros(outputs, bool))
        super().__init__({"i": wiring.In(self.array.i_map.signature), "o": wiring.Out(self.last.o_map.signature)})

    def elaborate(self, platform) -> Module:
        m = Module()
        m.submodules.array = self.array
        connect(m, flipped(self.i), self.array.i)
        if self.last is not self.array:
            m.submodules.threshold = self.last
            connect(m, self.array.o, self.last.i)
        connect(m, self.last.o, flipped(self.o))
        return m


def emit(design: Elaboratable) -> str:
    ports = [design.x, design.w, design.o] if isinstance(design, Popcount) else None
    return verilog.convert(design, name="top", ports=ports, emit_src=False, platform=Platform)


def bounds(outputs: int) -> np.ndarray:
    return np.random.default_rng(2).integers(-9, 10, outputs)


def signs(inputs: int, outputs: int) -> np.ndarray:
    return np.random.default_rng(1).choice([-1, 1], (inputs, outputs))


@dataclass(frozen=True, slots=True)
class Case:
    """A design, what its slots are divided by, and the matrix and element of its problem where that is constant."""

    make: Callable[[], Elaboratable]
    size: int
    unit: str
    matrix: np.ndarray | None = None
    element: Element = BIT


def constant(matrix: np.ndarray, element: Element) -> Case:
    return Case(lambda: Layer(matrix, element), matrix.size, "synapse", matrix, element)


CASES = {
    "popcount of 128": Case(lambda: Popcount(128), 128, "bit"),
    "popcount of 512": Case(lambda: Popcount(512), 512, "bit"),
    "40 kernels": constant(signs(9, 40), PIXEL),
    "convolution": constant(signs(144, 32), BIT),
}


def measure(sources: Callable[[Path], list[Path]], quick: bool) -> Figures:
    """Slots and registers of a netlist; unless `quick`, slots after placing it and its clock with each seed."""
    # Not in /tmp, which YoWASP's tools do not see.
    WORK.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=WORK) as name:
        folder = Path(name)
        netlist = yosys.synthesise(sources(folder), "top", SYNTHESIS, folder, timeout=3600)
        cells = Counter(netlist.cells["top"])
        figures: Figures = {"slots": cells["LUT4"] + 2 * cells["CCU2C"], "ff": cells["TRELLIS_FF"]}
        if not quick:
            routed = nextpnr.route(
                "ecp5", netlist.json, "top", PLACEMENT, folder, seeds=SEEDS, freq=FREQUENCY, jobs=1, timeout=3600
            )
            clocks = sorted(seed.clock_mhz or 0.0 for seed in routed)
            figures |= {"placed": routed[0].used["TRELLIS_COMB"], "mhz": clocks}
        return figures


def ours(make: Callable[[], Elaboratable]) -> Callable[[Path], list[Path]]:
    def write(folder: Path) -> list[Path]:
        paths = [folder / "top.v", folder / "cells.v"]
        paths[0].write_text(emit(make()))
        paths[1].write_text(CELLS)
        return paths

    return write


def theirs(matrix: np.ndarray, element: Element) -> Callable[[Path], list[Path]]:
    """The same problem solved by da4ml, with registers as often as in ours."""

    def write(folder: Path) -> list[Path]:
        from da4ml.codegen import RTLModel
        from da4ml.trace import FixedVariableArrayInput, HWConfig, comb_trace

        inputs = FixedVariableArrayInput(len(matrix), HWConfig(1, -1, -1))
        # A bit of -1 and +1 is 2 * b - 1: its sums are those of b with other bounds.
        width = 1 if element.bit else element.width
        sign, integer, fraction = (np.full(len(matrix), bits) for bits in (0, width, 0))
        outputs = inputs.quantize(sign, integer, fraction) @ matrix
        if element.bit:
            outputs = outputs >= np.ceil((bounds(matrix.shape[1]) + matrix.sum(axis=0)) / 2)
        model = RTLModel(comb_trace(inputs, outputs), "top", folder, flavor="verilog", latency_cutoff=3)
        model.write()
        return sorted(path for path in (folder / "src").rglob("*.v") if path.stem != "lookup_table")  # reads a file

    return write


def judge(figures: Mapping[str, Figures], version: str, write: bool) -> list[str]:
    """What became worse than the baseline of this version of yosys; with `write` the figures become the baseline."""
    known = json.loads(BASELINE.read_text()) if BASELINE.is_file() else {}
    if write:
        known[version] = known.get(version, {}) | {name: dict(found) for name, found in figures.items()}
        BASELINE.write_text(json.dumps(known, indent=2) + "\n")
        return []
    if version not in known:
        return [f"{BASELINE.name} has no figures of {version}: run with --write"]
    return [
        f"{name}: {found[count]} {count}, {known[version][name][count]} before"
        for name, found in figures.items()
        for count in COUNTS
        if name in known[version] and found[count] > WORSE * known[version][name][count]
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("case", nargs="*", choices=[*CASES, []], help="which cases; all where none is named")
    parser.add_argument("--quick", action="store_true", help="no place and route")
    goal = parser.add_mutually_exclusive_group()
    goal.add_argument("--write", action="store_true", help="keep the figures as the baseline")
    goal.add_argument(
        "--check", action="store_true", help="fail where a count is more than 2%% worse than the baseline"
    )
    args = parser.parse_args()

    console = Console()
    table = Table("case", "by", "slots each", "slots", "placed", "FF", "MHz min / median / max")
    figures: dict[str, Figures] = {}
    for name in args.case or CASES:
        case = CASES[name]
        rivals = {"binloom": ours(case.make)}
        if case.matrix is not None and importlib.util.find_spec("da4ml") and not args.check:
            rivals["da4ml"] = theirs(case.matrix, case.element)
        for rival, sources in rivals.items():
            found = measure(sources, args.quick)
            if rival == "binloom":
                figures[name] = found
            clocks = " / ".join(f"{clock:.0f}" for clock in found.get("mhz", ()))
            each = f"{found['slots'] / case.size:.3f} a {case.unit}"
            table.add_row(
                name, rival, str(found["slots"]), each, str(found.get("placed", "")), str(found["ff"]), clocks
            )
    version = f"yosys {find.yosys().require().version}"
    console.print(table, f"{version}, nextpnr-ecp5 {find.nextpnr('ecp5').version}", sep="\n")
    worse = judge(figures, version, args.write) if args.write or args.check else []
    for line in worse:
        console.print(line)
    return bool(worse)


if __name__ == "__main__":
    sys.exit(main())
