"""Dot products whose rows share their parts: what is shared is found out for small ones, and guessed for large ones."""

import weakref
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from binloom.compiler.cost.features import Features, adder
from binloom.hw.arrays.array import MatrixArray
from binloom.hw.arrays.dot import Dot
from binloom.hw.arrays.dot_shared import adder_levels_of, adder_stages_of
from binloom.hw.arrays.matrix import Matrix
from binloom.hw.element import Element
from binloom.hw.sums.adder_graph import adder_graph
from binloom.hw.sums.count_graph import HEIGHT, count_graph, halves

SMALL = 2400  # weights: a graph of so many takes a fifth of a second
HALVINGS = 2  # additions a row until one number is left


@dataclass(frozen=True, slots=True)
class Shared:
    """Full adders, the widths of the additions and how much of that flows into another one, registers of what waits."""

    adders: float = 0
    widths: tuple[int, ...] = ()
    merged: float = 0
    held: float = 0
    of: int = 1  # segments


# Of one segment, by its matrix: several folds and devices ask for the same.
_KNOWN: "weakref.WeakKeyDictionary[Matrix, dict[tuple, Shared]]" = weakref.WeakKeyDictionary()


def shared_count(block: MatrixArray, features: Features) -> None:
    job = block.job
    inputs, rows = job.simd, job.rows
    width = Element(-inputs, inputs).width
    if features.exact or inputs * rows <= SMALL:
        found = _known(block, partial(_count, block))
    else:
        # What random rows come to: nearly half of the bits in each, and six rows with one constant.
        adders, few = 0.3 * inputs * rows * (1 - 14 / (inputs + 8)), (9 * inputs // 20).bit_length()
        widths = (few,) * (HEIGHT - 1) * rows + (width - 1,) * min(rows, 6)
        found = Shared(adders, widths, held=adders + HEIGHT * few * rows + (width - 1) * min(rows, 6))
    features.add("shared full adders", 2 * found.adders)
    features.add("shared rows", sum(adder(features.family, each) for each in found.widths))
    features.adder("shared sums", width - 2, rows)
    features.ff += found.held + (width - 2) * rows


def _count(block: MatrixArray) -> Shared:
    job, inputs = block.job, block.simd
    side, _, chosen = halves(block.dots[0].weights[0].T)
    graph = count_graph(np.vstack([np.ones(inputs, bool), chosen]))
    levels = adder_levels_of(job)
    wires, held = inputs, 0
    last = {wire for row in graph.rows for column in row for wire in column}
    for number, level in enumerate(graph.levels, 1):
        wires += 2 * len(level)
        if number % levels == 0 or number == len(graph.levels):
            later = {wire for rest in graph.levels[number:] for each in rest for wire in each.wires} | last
            held += sum(wire < wires for wire in later)
    waits = adder_stages_of(job) - -(-len(graph.levels) // levels)
    held += waits * sum(len(column) for row in graph.rows for column in row)
    widths = []
    for row in graph.rows:
        height = max((len(column) for column in row), default=0)
        highest = [sum(1 << power for power, column in enumerate(row) if k < len(column)) for k in range(height)]
        for _ in range(HALVINGS):
            pairs = [a + b for a, b in zip(highest[::2], highest[1::2], strict=False)]
            widths += [pair.bit_length() for pair in pairs]
            highest = pairs + highest[len(pairs) * 2 :]
            held += sum(number.bit_length() for number in highest)
        held += sum(number.bit_length() for number in highest)
    bases = len({(int(s), int(row.sum())) for s, row in zip(side, chosen, strict=True)})
    width = Element(-inputs, inputs).width - 1
    return Shared(sum(map(len, graph.levels)), (*widths, *(width,) * bases), held=held + width * bases)


def shared_add(block: MatrixArray, features: Features) -> None:
    job = block.job
    inputs, rows, element = job.simd, job.rows, job.element
    if features.exact or inputs * rows <= SMALL:
        found = _known(block, partial(_add, block))
    else:
        additions = round(inputs - 1 + (rows - 1) * max(1.0, inputs / 5.2))
        width = element.width + inputs.bit_length() - 1
        out = Element(inputs * min(0, -element.hi), inputs * element.hi).width
        found = Shared(widths=(width,) * additions, held=additions * width * 1.1 + rows * (out - 1))
    features.add("shared additions", sum(adder(features.family, each) for each in found.widths) / found.of)
    features.add("merged additions", found.merged / found.of)
    features.ff += found.held / found.of


def _add(block: MatrixArray) -> Shared:
    """The segments that pass side by side, or as many of them as do not take long."""
    count = max(1, min(block.parallel, SMALL // (block.simd * block.pe)))
    parts = [_added(dot, block.stages) for dot in block.dots[:count]]
    return Shared(
        widths=tuple(width for part in parts for width in part.widths),
        merged=sum(part.merged for part in parts),
        held=sum(part.held for part in parts),
        of=count,
    )


def _added(dot: Dot, stages: int) -> Shared:
    """A number waits in registers from the stage in which it is made to the last that needs it."""
    job = dot.job
    limit = stages * job.per_stage
    graph = adder_graph(dot.weights[0].T, job.element, limit)
    stage = [max(0, level - 1) // job.per_stage for level in graph.latest(limit)]
    last, readers, near = list(stage), [0] * len(stage), [False] * len(stage)
    for number, addition in enumerate(graph.additions, job.simd):
        for operand in (addition.a, addition.b):
            if operand >= 0:
                last[operand] = max(last[operand], stage[number])
                readers[operand] += 1
                near[operand] = stage[operand] == stage[number]
    for row in graph.rows:
        last[row] = stages
        readers[row] += 1
    # The low bits that an addition only passes are those of the number that it adds to.
    passed = [0] * job.simd + [add.shift if add.sign_a > 0 else 0 for add in graph.additions]
    widths = [element.width - low for element, low in zip(graph.elements(job.element), passed, strict=True)]
    held = sum(width * (end - begin) for width, begin, end in zip(widths, stage, last, strict=True))
    inner = range(job.simd, len(stage))
    merged = sum(widths[number] for number in inner if readers[number] == 1 and near[number])
    return Shared(widths=tuple(widths[number] for number in inner), merged=merged, held=held)


def _known(block: MatrixArray, make: Callable[[], Shared]) -> Shared:
    known = _KNOWN.setdefault(block.matrix, {})
    key = (block.i_map.element, block.simd, block.pe, block.parallel, block.job.per_stage)
    if key not in known:
        known[key] = make()
    return known[key]
