"""Gather and Scatter: positions side by side and back, in memories of two halves. Replay: a frame kept whole."""

from binloom.compiler.cost.features import Features, adder, bits
from binloom.compiler.cost.streams import adapter
from binloom.hw.adapt import LaneAdapter
from binloom.hw.gather import Gather
from binloom.hw.replay import Replay
from binloom.hw.scatter import Scatter
from binloom.hw.stream import Map

TURNS = 8  # slots, and registers, of the control of two halves


def gather(block: Gather, features: Features) -> None:
    i_map, o_map = block.i_map, block.o_map
    if not block.buffered:
        narrow = Map(1, o_map.width, o_map.channels, i_map.lanes, o_map.element, o_map.masked)
        adapter(LaneAdapter(narrow, o_map.lanes), features)
        return
    for limit in (i_map.groups, block.pixels, i_map.groups):
        features.counter(limit)
    _turns(features)
    features.add("control", block.pixels)
    for _ in range(block.pixels):
        features.ram("gather", i_map.lanes * i_map.stored_width, 2 * i_map.groups)


def scatter(block: Scatter, features: Features) -> None:
    i_map, o_map, pixels = block.i_map, block.o_map, block.pixels
    if not block.buffered:
        adapter(LaneAdapter(i_map, o_map.lanes), features)
        return
    banks = i_map.groups // o_map.groups
    for limit in (banks, o_map.groups, o_map.groups, pixels):
        features.counter(limit)
    _turns(features)
    features.ff += bits(pixels)
    features.add("control", pixels * banks)
    for _ in range(pixels * banks):
        features.ram("scatter", i_map.lanes // pixels * i_map.stored_width, 2 * o_map.groups)
    features.add("choice", o_map.lanes * o_map.stored_width * (pixels - 1) * 2 / 3)


def replay(block: Replay, features: Features) -> None:
    i_map, run = block.i_map, block.o_map.lanes * block.o_map.stored_width
    words, slots = i_map.beats, i_map.lanes // block.o_map.run
    for limit in (block.copies, slots, i_map.groups, i_map.groups):
        if limit > 1:
            features.counter(limit)
    # The address is that of the step before and one further, or the first of the next sweep.
    features.ff += bits(words) + 2
    features.add("control", adder(features.family, bits(words)) + 4 * bits(words) + 6)
    features.ram("replay", i_map.lanes * i_map.stored_width, words)
    features.ff += run
    features.add("choice", run * slots * 2 / 3)


def _turns(features: Features) -> None:
    features.ff += TURNS
    features.add("control", TURNS)
