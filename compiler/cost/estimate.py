"""From features to cells: the fitted coefficients of a family, and what they make of a block or of a network."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from binloom.compiler.cost.features import Features
from binloom.compiler.cost.table import features
from binloom.compiler.design.design import Design
from binloom.compiler.targets.area import Area
from binloom.compiler.targets.device import Device, Family
from binloom.hw.branches.fifo import Fifo
from binloom.hw.branches.fork import Fork
from binloom.hw.network import Netlist
from binloom.hw.skid import Skid

Coefficients = Mapping[str, Mapping[str, float]]


def area(block: Any, target: Device | Family, *, exact: bool = False) -> Area:
    """What a block will take: a stage's, or a Fifo, Fork or Skid. `lut` are slots, those of carries and LUT memories in
    them; `carry` is not told apart. A device says whether there are multipliers; of a family, what most of it has.

    What rows of built-in weights share is found out for small arrays, and guessed for large ones unless it is to be
    `exact`, which can take seconds.
    """
    family, multipliers = (target, None) if isinstance(target, Family) else (target.family, target.dsp is not None)
    found = features(block, family.name, exact=exact, multipliers=multipliers)
    return _area(found, coefficients(family.name))


def netlist_area(netlist: Netlist, target: Device | Family, *, exact: bool = False) -> dict[str, Area]:
    """The same for each stage of a network, and for each FIFO, cut and fork between them, by name."""
    found: dict[str, Area] = {}
    for stage in netlist.stages:
        found[stage.name] = area(stage.block, target, exact=exact)
        for index, map in enumerate(stage.i_maps):
            if depth := stage.depth(index):
                found[stage.fifo(index)] = area(Fifo(map, depth), target)
        if stage.cut:
            found[f"{stage.name}_cut"] = area(Skid(stage.i_maps[0]), target)
    for name, count in netlist.readers.items():
        if count > 1:
            found[f"{name}_fork"] = area(Fork(netlist.map_of(name), count), target)
    return found


def node_areas(design: Design, target: Device | Family) -> dict[str, Area]:
    """The same for each node of a design, with the FIFOs, cuts and forks at its streams."""
    areas, owners = {node.name: Area() for node in design.graph}, design.owners
    for part, area in netlist_area(design.netlist, target).items():
        areas[owners[part]] += area
    return areas


@cache
def coefficients(family: str) -> Coefficients:
    """Of each term, as `bench/fit.py` found them; one where it has not."""
    file = Path(__file__).with_name(f"{family}.json")
    return json.loads(file.read_text()) if file.is_file() else {"lut": {}}


def _area(found: Features, fitted: Coefficients) -> Area:
    lut = found.slots + sum(slots * fitted["lut"].get(term, 1.0) for term, slots in found.lut.items())
    return Area(
        lut=round(lut), ff=round(found.ff), bram=found.bram, dsp=found.dsp, lutram=found.lutram, spram=found.spram
    )
