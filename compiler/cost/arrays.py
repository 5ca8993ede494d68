"""MatrixArray: counters and tags, weights, dot products, sums."""

import numpy as np

from binloom.compiler.cost import memory
from binloom.compiler.cost.dots import DOTS
from binloom.compiler.cost.features import Features, bits, distinct
from binloom.compiler.cost.streams import queue
from binloom.compiler.cost.windows import walk
from binloom.hw.arrays.array import FEW_GROUPS, MatrixArray
from binloom.hw.arrays.loaded import LOAD_WIDTH, pieces_of

LOOKED_UP = 16  # words that one LUT holds of a bit


def matrix_array(block: MatrixArray, features: Features) -> None:
    job, map, deep = block.job, block.i_map, block.reads + block.stages
    turns, beats, groups, sweeps = block.turns, block.beats, block.groups, map.sweeps
    loaded = block.storage == "ram"
    kept = beats > 1 and groups > FEW_GROUPS  # sums wait in a memory
    starts = block.sums and not block.starts.same
    counted = sweeps > 1 or loaded
    for limit in (groups, beats, map.pixels if counted else 1, sweeps):
        features.counter(limit)
    if counted or (starts and (beats > 1 or block.ahead)):
        features.counter(turns)
    if not job.constant:
        word_counter(features, turns * groups * beats, sweeps)

    features.ff += block.reads * map.lanes * map.stored_width + block.ahead
    features.ff += deep * (1 + (beats > 1) + block.sums + kept * bits(groups))
    if starts and not (kept and turns * sweeps == 1):
        features.ff += (deep - 1) * bits(turns * groups * sweeps)
    if block.starts.places.size:
        walk(features, block.starts.places)
        features.ff += (deep - 1) * block.starts.places.shape[1]
    features.add("control", 6)
    if block.flows:
        queue(block.queue, features)
        features.ff += bits(block.room + 1)
        features.add("queue level", 2 * bits(block.room + 1))

    if not job.constant:
        if loaded:
            _load(block, features)
        else:
            words(features, block.word_width, block.words, block.storage)
    dot = Features(features.family, features.exact, features.multipliers)
    DOTS[block.kind](block, dot)
    features.join(dot, block.parallel * block.pixels)
    if block.sums:
        sums(block, features)


def word_counter(features: Features, words: int, sweeps: int) -> None:
    """The number of a word where each sweep has words of its own."""
    if sweeps == 1:
        features.counter(words)
    elif words > 1:
        features.counter(words * sweeps)
        features.ff += bits(words * sweeps)
        features.add("counters", 2 * bits(words * sweeps))


def words(features: Features, width: int, depth: int, storage: str) -> None:
    """Words known at compile time, the register of what is read included."""
    if depth == 1:
        return
    if storage == "rom":
        features.bram += memory.rom(features.family, width, depth)
        features.ff += width
        return
    wires = distinct(width, depth)
    features.ff += wires
    if depth <= LOOKED_UP:
        features.add("short words", wires)
        return
    # What is left over behind full LUTs shares the one that chooses.
    full, rest = divmod(depth, LOOKED_UP)
    leaves = full + min(1.0, 2 * rest / LOOKED_UP)
    features.add("words", wires * (leaves + 1.4 * (leaves - 1)))


def _load(block: MatrixArray, features: Features) -> None:
    depth, width = block.words, block.word_width
    pieces = pieces_of(width)
    features.counter(pieces)
    features.counter(depth)
    features.ff += width + 2
    features.add("load", bits(depth) + pieces + 8)
    for index in range(pieces):
        placed = memory.loaded(features.family, min(LOAD_WIDTH, width - index * LOAD_WIDTH), depth)
        if placed.what == "spram":
            features.spram += placed.blocks
        else:
            features.bram += placed.blocks


def sums(block: MatrixArray, features: Features) -> None:
    lanes, width, out = block.o_map.lanes, block.sum_element.width, block.o_map.element.width
    starts = block.starts
    if not starts.same:
        for depth in starts.depths:
            words(features, starts.wires, depth, starts.storage)
    features.adder("sums", width, lanes)
    features.ff += 1
    if block.beats == 1:
        # The lowest bit of a sum of bits is known.
        even = block.i_map.element.bit and not np.ptp(block.bias % 2)
        features.ff += lanes * (out - (even and block.job.weight.bit))
        return
    features.add("starts", 0 if block.restarts else lanes * width)
    if block.groups <= FEW_GROUPS:
        features.ff += block.groups * lanes * width
    else:
        features.ff += lanes * out
        features.ram(lanes * width, block.groups, collide=True)
