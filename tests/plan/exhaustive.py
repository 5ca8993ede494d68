"""The best plan of a small graph, by trying all folds: what the search is held against.

All but those that widen a stream for an op that gains nothing by it, which no plan has (`choices.NARROW`): where a
family's carries count no LUTs, the model may find a few less in them.
"""

from collections.abc import Iterator
from itertools import product

import numpy as np

from binloom.compiler import cost
from binloom.compiler.design.blocks import stages_of
from binloom.compiler.design.design import units_of
from binloom.compiler.design.fold import Fold, check_fold
from binloom.compiler.design.tensors import map_of
from binloom.compiler.design.timing import cycles_of
from binloom.compiler.errors import InputError
from binloom.compiler.ir.graph import Graph, Node
from binloom.compiler.ir.ops import Conv, Dense, Input, Output
from binloom.compiler.plan.budget import vector
from binloom.compiler.plan.choices import NARROW
from binloom.compiler.plan.divisors import divisors
from binloom.compiler.plan.goal import Goal
from binloom.compiler.targets.device import Device
from binloom.hw.stream import Map

Streams = tuple[tuple[str, Map], ...]  # that are still to be read


def every_fold(node: Node, sources: tuple[Node, ...], storages: tuple[str, ...]) -> Iterator[Fold]:
    """All folds that the rules allow, in one plane."""
    shapes = tuple(source.tensor.shape for source in sources)
    lanes = divisors((*shapes, node.tensor.shape)[0][2])
    simds = pes = parallels = pixels = (1,)
    if isinstance(node.op, Conv | Dense):
        pes = divisors(node.tensor.shape[2])
        simds = divisors(node.op.weights.size // node.op.weights.shape[-1])
    else:
        storages = ("logic",)
    if isinstance(node.op, Conv):
        parallels, pixels = divisors(node.op.groups), divisors(node.tensor.shape[0] * node.tensor.shape[1])
    for lane, simd, pe, parallel, storage, count in product(lanes, simds, pes, parallels, storages, pixels):
        fold = Fold(lane, simd, pe, parallel, storage, count)
        try:
            check_fold(node, fold, shapes)
        except InputError:
            continue
        yield fold


def least(graph: Graph, device: Device, cycles: int, goal: Goal, storages: tuple[str, ...]) -> float:
    """The goal's value for the best plan that keeps up with so many cycles a frame; infinite where none does.

    Of plans so far that leave the same streams to be read all areas are kept.
    """
    states: dict[Streams, np.ndarray] = {(): np.zeros((1, len(goal.limits)))}
    for index, node in enumerate(graph.nodes):
        if isinstance(node.op, Output):
            continue
        read = {name for later in graph.nodes[index + 1 :] for name in later.inputs}
        found: dict[Streams, list[np.ndarray]] = {}
        tried: dict[tuple, list[tuple[Map, np.ndarray]]] = {}
        for streams, areas in states.items():
            live = dict(streams)
            maps = tuple(live[name] for name in node.inputs)
            if maps not in tried:
                tried[maps] = list(_ways(graph, node, maps, device, cycles, storages))
            for o_map, area in tried[maps]:
                left = {**{name: map for name, map in live.items() if name in read}, node.name: o_map}
                found.setdefault(tuple(left.items()), []).append(areas + area)
        states = {left: np.unique(np.concatenate(areas), axis=0) for left, areas in found.items()}
    return min((float(goal.value(areas).min()) for areas in states.values()), default=np.inf)


def _ways(graph: Graph, node: Node, maps: tuple[Map, ...], device: Device, cycles: int, storages: tuple[str, ...]):
    """The output map and the area of each fold of a node behind these maps."""
    for fold in every_fold(node, graph.inputs_of(node), storages):
        if isinstance(node.op, Input):
            if (map := map_of(node, fold.lanes)).beats <= cycles:
                yield map, np.zeros(5)
            continue
        if isinstance(node.op, NARROW) and maps[0].lanes % fold.lanes:
            continue
        stages = stages_of(node, fold, [(f"i{index}", map) for index, map in enumerate(maps)])
        if all(cycles_of(unit) <= cycles for unit in units_of(stages)):
            yield stages[-1].block.o_map, sum(vector(cost.area(stage.block, device)) for stage in stages)
