"""MatrixArray: counters and tags, weights, dot products, sums."""

import numpy as np

from binloom.compiler.cost import memory
from binloom.compiler.cost.dots import DOTS
from binloom.compiler.cost.features import Features, bits
from binloom.hw.array import MatrixArray
from binloom.hw.element import Element
from binloom.hw.loaded import pieces_of

LOOKED_UP = 16  # words that one LUT holds of a bit


def matrix_array(block: MatrixArray, features: Features) -> None:
    job, reads, stages = block.job, block.reads, block.stages
    turns, beats, groups, rows = block.turns, block.beats, block.groups, block.turns * block.groups
    for limit in {job.words, groups, beats, turns} if sum(n > 1 for n in (groups, beats, turns)) > 1 else {job.words}:
        features.counter(limit)
    features.ff += reads * block.i_map.lanes * block.i_map.stored_width
    kept = beats > 1 and groups > 1
    deep = reads + stages
    features.ff += deep * (1 + 2 * (beats > 1)) + deep * bits(groups) * kept
    if rows > 1 and block.sums and not (turns == 1 and kept):
        features.ff += (deep - 1) * bits(rows)
    features.add("control", 6)

    if not job.constant:
        width = job.weight.width * job.simd * job.rows * block.parallel
        words(features, width, job.words, block.storage)
    dot = Features(features.family)
    DOTS[block.kind](job, dot)
    features.join(dot, block.parallel)
    if block.sums:
        _sums(block, features)


def words(features: Features, width: int, depth: int, storage: str) -> None:
    """Words known at compile time, the register of what is read included."""
    if depth == 1:
        return
    if storage == "rom":
        features.bram += memory.rom(features.family, width, depth)
        features.ff += width
        return
    if storage == "ram":
        placed, pieces = memory.loaded(features.family, depth), pieces_of(width)
        features.spram += pieces * placed.blocks * (placed.what == "spram")
        features.bram += pieces * placed.blocks * (placed.what == "bram")
        features.ff += width
        features.counter(depth)
        features.counter(pieces)
        features.add("control", bits(depth) + pieces)
        return
    different = 2.0 ** min(depth, 60) - 2
    wires = different * -np.expm1(-width / different) if different else 0.0
    if depth == 2:
        wires = 1 if width > 1 else 0.5
    features.ff += wires
    features.add("words", wires * max(0.25, depth / LOOKED_UP))


def _sums(block: MatrixArray, features: Features) -> None:
    lanes, width, out = block.parallel * block.pe, block.sum_element.width, block.o_map.element.width
    rows = block.turns * block.groups
    if rows > 1:
        start = Element(int(block.start.min()), int(block.start.max()))
        words(features, lanes * start.width, rows, "logic")
    features.adder("sums", width, lanes)
    features.ff += 1
    if block.beats == 1:
        features.ff += lanes * out
        return
    features.add("starts", lanes * width)
    if block.groups == 1:
        features.ff += lanes * width
    else:
        features.ff += lanes * out
        features.ram("sums", lanes * width, block.groups)
