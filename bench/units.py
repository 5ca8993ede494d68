"""What the papers' own units cost, each beside its obvious alternative: `python bench/units.py [CASE ...]`.

A case is a small graph that holds the unit and little else, and a device. Its design under the default plan, or under
the folds that the case states, is synthesised whole: `lut` are slots (carries and LUT memories counted in), `cycles`
those of a frame. To add one: a function that builds its graph, and a line in CASES; `quick=False` where synthesis takes
more than a few seconds.
"""

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import input_layers
import numpy as np
import ovsf
import residual_graphs

from binloom.compiler.design.design import design, with_depths
from binloom.compiler.emit.manifest import manifest
from binloom.compiler.emit.ports import ports_of
from binloom.compiler.emit.verilog import Platform, write_verilog
from binloom.compiler.implement.synthesis import synthesise
from binloom.compiler.int8_norm import Places, int8_norm
from binloom.compiler.ir.builder import GraphBuilder
from binloom.compiler.ir.graph import Graph
from binloom.compiler.plan.default import default_plan
from binloom.compiler.targets.area import area_of
from binloom.compiler.targets.devices import DEVICES
from binloom.toolchain import find

TIMEOUT = 3600.0
SUM = (-288, 288)  # of a 3x3 kernel over 32 channels of bits


@dataclass(frozen=True, slots=True)
class Case:
    """A graph, the device that it is for, the cycles a frame to aim at, and the fields of folds that are to differ."""

    graph: Callable[[], Graph]
    device: str = "ecp5-85f"
    cycles: int | None = None
    folds: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    quick: bool = True


def learned(channels: int, seed: int = 3) -> tuple[np.ndarray, ...]:
    """What a batch normalisation of such sums may have learned: gamma, beta, mean and variance."""
    random = np.random.default_rng(seed)
    gamma, beta = random.normal(1, 0.5, channels), random.normal(0, 0.5, channels)
    return gamma, beta, random.normal(0, 12, channels), random.uniform(100, 900, channels)


def after_sums(name: str, finish: Callable[[GraphBuilder, str], str], channels: int = 8) -> Graph:
    """8 x 8 pixels of sums, a beat a pixel, and what is done with them."""
    b = GraphBuilder(name)
    return b.output(finish(b, b.input((8, 8, channels), *SUM)))


def of_frame(name: str, finish: Callable[[GraphBuilder, str], str]) -> Graph:
    """32 x 32 pixels of a camera, and what is done with a frame of them."""
    b = GraphBuilder(name)
    return b.output(finish(b, b.input((32, 32, 1))))


def clipped(b: GraphBuilder, x: str) -> str:
    return b.clip(x, -127, 127, name="clipped")


def int8(b: GraphBuilder, x: str, name: str = "norm") -> str:
    """The unit between int8 and int8, five of whose bits are a fraction."""
    unit = int8_norm(*learned(b.shape(x)[2]), 1e-3, Places(0, 5, unit=4))
    return b.clip(b.affine(x, unit.mul, unit.add, unit.shift, name=name), -127, 127, name=f"{name}_clip")


def bound(b: GraphBuilder, x: str) -> str:
    """The same batch normalisation in front of a sign."""
    gamma, beta, mean, variance = learned(b.shape(x)[2])
    turn = mean - beta * np.sqrt(variance + 1e-3) / gamma
    return b.threshold(x, np.where(gamma > 0, np.ceil(turn), np.floor(turn) + 1).astype(int), gamma < 0, name="sign")


def wide(b: GraphBuilder, x: str) -> str:
    """The same in 24 significant bits, as a scale stays that nobody made an int8 unit of."""
    gamma, beta, mean, variance = learned(b.shape(x)[2])
    mul = gamma / np.sqrt(variance + 1e-3)
    add = beta - mean * mul
    return b.affine(x, np.rint(mul * 2**26).astype(int), np.rint(add * 2**26).astype(int), 8, name="norm")


def unit() -> Graph:
    return after_sums("int8", lambda b, x: int8(b, clipped(b, x)))


def of_codes(chosen: str, cycles: int, **fold: Any) -> Case:
    """The layer of `ovsf.py`, 4 x 4 windows of 32 channels of bits and 64 filters of a quarter of the codes, with a
    window every so many cycles."""
    own = {"lanes": ovsf.CHANNELS, "pixels": 1, "storage": "rom", **fold}
    return Case(
        partial(ovsf.layer, ovsf.CODES[chosen]), cycles=cycles * ovsf.PATCHES, folds={"layer": own}, quick=False
    )


CASES: Mapping[str, Case] = {
    "clip of a sum": Case(lambda: after_sums("clip", clipped)),
    "batch norm: a bound": Case(lambda: after_sums("bound", bound)),
    "batch norm: int8": Case(unit),
    "batch norm: int8 without multipliers": Case(unit, folds={"norm": {"multiply": "logic"}}, quick=False),
    "batch norm: 24 bits": Case(lambda: after_sums("wide", wide), quick=False),
    "batch norm of 8 lanes: a bound": Case(lambda: after_sums("bound", bound), cycles=64, quick=False),
    "batch norm of 8 lanes: int8": Case(unit, cycles=64, quick=False),
    "batch norm of 8 lanes: int8 without multipliers": Case(
        unit, cycles=64, folds={"norm": {"multiply": "logic"}}, quick=False
    ),
    "equalise, 32x32": Case(lambda: of_frame("equalise", lambda b, x: b.equalise(x))),
    "standardise, 32x32": Case(lambda: of_frame("standardise", lambda b, x: b.standardise(x))),
    "RSign, int8": Case(partial(residual_graphs.rsign, 8)),
    "RSign, int16": Case(partial(residual_graphs.rsign, 16)),
    "RPReLU, int8": Case(partial(residual_graphs.rprelu, 8)),
    "RPReLU, int8, in parts": Case(partial(residual_graphs.rprelu_in_parts, 8)),
    "RPReLU, int16": Case(partial(residual_graphs.rprelu, 16)),
    "RPReLU, int16, in parts": Case(partial(residual_graphs.rprelu_in_parts, 16)),
    "batch norm, shortcut, sum, RPReLU: int8": Case(partial(residual_graphs.block_end, 8)),
    "batch norm, shortcut, sum, RPReLU: int16": Case(partial(residual_graphs.block_end, 16)),
    "batch norm, shortcut, sum, RPReLU: floats": Case(partial(residual_graphs.block_end, None), quick=False),
    # Of 28 x 28 pixels; all of them in as many cycles, which are those of eight planes one after the other.
    **{
        f"input: {name}": Case(graph, cycles=input_layers.CYCLES, quick=name == "4 bit planes")
        for name, graph in input_layers.GRAPHS.items()
    },
    # Each as fast as the others, as in `ovsf.py`, whose counts these synthesise, but for the generated ones, which take
    # a third longer; with a window every 16 cycles these fit no device.
    "codes, 16 cycles: stored": of_codes("spread", 16, simd=128, pe=16),
    "codes, 16 cycles: transformed, first": of_codes("first", 16, kernel="transformed", simd=32, pe=4, codes=128),
    "codes, 16 cycles: transformed, spread": of_codes("spread", 16, kernel="transformed", simd=32, pe=4, codes=128),
    "codes, 64 cycles: stored": of_codes("spread", 64, simd=128, pe=4),
    "codes, 64 cycles: transformed, first": of_codes("first", 64, kernel="transformed", simd=8, pe=1, codes=128),
    "codes, 64 cycles: transformed, spread": of_codes("spread", 64, kernel="transformed", simd=8, pe=1, codes=128),
    **{
        f"codes, 64 cycles: generated, {share}%": of_codes(
            "spread", 64, kernel="generated", simd=64, pe=8, codes=2, share=share
        )
        for share in (0, 50, 100)
    },
}


def version(quick: bool) -> str:
    """The tool that the figures depend on."""
    return f"yosys {find.yosys().require().version}"


def figures(quick: bool, cases: Sequence[str] = ()) -> dict[str, dict[str, int]]:
    """Of each case; `quick` leaves out those that are not."""
    return {name: measure(CASES[name]) for name in cases or CASES if cases or not quick or CASES[name].quick}


def measure(case: Case) -> dict[str, int]:
    """Slots, registers, blocks and multipliers of the synthesised design, and its cycles a frame."""
    graph, device = case.graph(), DEVICES[case.device]
    plan = default_plan(graph, case.cycles)
    folds = {name: replace(fold, **case.folds.get(name, {})) for name, fold in plan.folds.items()}
    made = design(graph, with_depths(graph, replace(plan, folds=folds, depths={})))
    style = ports_of(made.netlist, "plain").style
    verilog = write_verilog(made.netlist, style, [], Platform(device.family.name))
    top = synthesise({f"{graph.name}.v": verilog}, graph.name, device.synth, timeout=TIMEOUT)
    cells: dict[str, int] = {}
    for counts in top.cells.values():
        for kind, count in counts.items():
            cells[kind] = cells.get(kind, 0) + count
    area = area_of(cells, device.family)
    cycles = manifest(made, ports_of(made.netlist, "plain"))["timing"]["cycles_per_frame"]
    return {"lut": area.lut, "ff": area.ff, "bram": area.bram, "dsp": area.dsp, "cycles": cycles}


if __name__ == "__main__":
    from run import main

    sys.exit(main(["units", *sys.argv[1:]]))
