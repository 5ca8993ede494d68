"""What arrays cost: `python bench/arrays.py [CASE ...] [--quick]`.

Each case is one array with random weights, registered on both sides, synthesised by itself for ECP5 (`synth_ecp5
-nowidelut`), then placed and routed out of context for an 85F of speed grade 6 with seeds 1, 2 and 3; where its name
says so it is for iCE40, and only synthesised. A slot is one LUT4; a CCU2C takes two, an SB_CARRY none of its own.
Where da4ml is installed, the problems with constant weights are given to it too. `--quick` leaves out place and route,
and da4ml.
"""

import importlib.util
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from amaranth.back import verilog
from amaranth.hdl import Elaboratable, Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import connect, flipped

from binloom.compiler.emit.verilog import Platform
from binloom.compiler.targets.area import area_of
from binloom.compiler.targets.device import Device
from binloom.compiler.targets.devices import DEVICES
from binloom.hw.arrays.array import MatrixArray
from binloom.hw.arrays.dot import XnorPopcount
from binloom.hw.element import BIT, Element
from binloom.hw.elementwise.threshold import Threshold
from binloom.hw.stream import Map
from binloom.toolchain import find, nextpnr, yosys

WORK = Path("build/bench")
ECP5, ICE40 = DEVICES["ecp5-85f"], DEVICES["ice40-hx8k"]
FREQUENCY = 200.0
SEEDS = (1, 2, 3)
PIXEL = Element(0, 255)

Figures = dict[str, float]


class Popcount(Elaboratable):
    """One row of bits against weights that change every cycle, registers in front."""

    def __init__(self, width: int) -> None:
        self.dot = XnorPopcount(BIT, BIT, np.ones((2, width, 1), np.int64), per_stage=2)
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


def emit(design: Elaboratable, device: Device) -> str:
    ports = [design.x, design.w, design.o] if isinstance(design, Popcount) else None
    return verilog.convert(design, name="top", ports=ports, emit_src=False, platform=Platform(device.family.name))


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
    device: Device = ECP5


def constant(matrix: np.ndarray, element: Element) -> Case:
    return Case(lambda: Layer(matrix, element), matrix.size, "synapse", matrix, element)


CASES = {
    "popcount of 128": Case(lambda: Popcount(128), 128, "bit"),
    "popcount of 512": Case(lambda: Popcount(512), 512, "bit"),
    "popcount of 128 on iCE40": Case(lambda: Popcount(128), 128, "bit", device=ICE40),
    "popcount of 512 on iCE40": Case(lambda: Popcount(512), 512, "bit", device=ICE40),
    "40 kernels": constant(signs(9, 40), PIXEL),
    "convolution": constant(signs(144, 32), BIT),
}


def measure(sources: Callable[[Path], list[Path]], device: Device, quick: bool) -> Figures:
    """Slots and registers of a netlist; unless `quick`, slots after placing it and its clock with each seed."""
    # Not in /tmp, which YoWASP's tools do not see.
    WORK.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=WORK) as name:
        folder = Path(name)
        netlist = yosys.synthesise(sources(folder), "top", device.synth, folder, timeout=3600)
        area = area_of(netlist.cells["top"], device.family)
        figures: Figures = {"slots": area.lut, "ff": area.ff}
        if not quick and device is ECP5:  # the others have more pins than a package
            placement = (*device.args, "--speed", device.speed, *device.family.context)
            routed = nextpnr.route(
                "ecp5", netlist.json, "top", placement, folder, seeds=SEEDS, freq=FREQUENCY, jobs=1, timeout=3600
            )
            clocks = sorted(seed.clock_mhz or 0.0 for seed in routed)
            figures |= {"placed": routed[0].used["TRELLIS_COMB"]}
            figures |= dict(zip(("mhz min", "mhz", "mhz max"), clocks, strict=True))
        return figures


def ours(case: Case) -> Callable[[Path], list[Path]]:
    def write(folder: Path) -> list[Path]:
        path = folder / "top.v"
        path.write_text(emit(case.make(), case.device))
        return [path]

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


def version(quick: bool) -> str:
    """The tools that the figures depend on."""
    synthesis = f"yosys {find.yosys().require().version}"
    return synthesis if quick else f"{synthesis}, nextpnr {find.nextpnr('ecp5').require().version}"


def figures(quick: bool, cases: Sequence[str] = ()) -> dict[str, Figures]:
    """Of each case ours and, under its name and " by da4ml", theirs."""
    found = {}
    for name in cases or CASES:
        case = CASES[name]
        rivals = {name: ours(case)}
        if case.matrix is not None and not quick and importlib.util.find_spec("da4ml"):
            rivals[f"{name} by da4ml"] = theirs(case.matrix, case.element)
        for rival, sources in rivals.items():
            counts = measure(sources, case.device, quick)
            found[rival] = {**counts, f"slots a {case.unit}": round(counts["slots"] / case.size, 3)}
    return found


if __name__ == "__main__":
    from run import main

    sys.exit(main(["arrays", *sys.argv[1:]]))
