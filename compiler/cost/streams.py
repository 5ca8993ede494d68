"""What stands between blocks: adapters, queues, cuts, forks, joins."""

from binloom.compiler.cost.features import Features, adder, bits
from binloom.hw.adapt import LaneAdapter
from binloom.hw.add import Add
from binloom.hw.concat import Concat
from binloom.hw.fifo import MAX_REGISTERS, Fifo
from binloom.hw.fork import Fork
from binloom.hw.rewire import Rewire
from binloom.hw.skid import Skid
from binloom.hw.stream import Map


def wires(map: Map) -> int:
    return map.lanes * map.stored_width


def adapter(block: LaneAdapter, features: Features) -> None:
    down, up = block.i_map.lanes // block.through, block.o_map.lanes // block.through
    part = block.i_map.stored_width * block.through
    for ratio in (down, up):
        if ratio > 1:
            features.counter(ratio)
            features.ff += part * ratio + 1
            features.add("control", 4)
    if down > 1:
        features.add("shift", part * (down - 1))


def queue(block: Fifo, features: Features) -> None:
    width = wires(block.i_map)
    if block.depth <= MAX_REGISTERS:
        features.ff += (width + 1) * block.depth
        features.add("control", 2 * block.depth)
        return
    inner = block.depth - 1
    level = bits(inner + 1)
    features.ff += 2 * bits(inner) + level + 1
    features.add("queue", 2 * (adder(features.family, bits(inner)) + bits(inner)))
    features.add("queue level", adder(features.family, level) + 2 * level + 4)
    features.ram(width, inner, collide=True)


def skid(block: Skid, features: Features) -> None:
    features.ff += wires(block.i_map) + 1
    features.add("skid", wires(block.i_map) + 3)


def fork(block: Fork, features: Features) -> None:
    features.ff += block.ways
    features.add("fork", 4 * block.ways - 3)


def rewire(block: Rewire, features: Features) -> None:
    pass


def adds(block: Add, features: Features) -> None:
    lanes, width = block.o_map.lanes, block.o_map.element.width
    features.adder("joined sums", width, lanes)
    features.add("joins of joined", 2 * width * lanes * (len(block.i_maps) - 2))
    features.ff += lanes * width + 1
    features.add("control", 2 * len(block.i_maps))


def concats(block: Concat, features: Features) -> None:
    lanes, width, count = block.o_map.lanes, block.o_map.element.width, len(block.i_maps)
    features.add("choice", lanes * width * (count - 1))
    features.ff += lanes * width + 1 + bits(count) + bits(max(map.groups for map in block.i_maps))
    features.add("control", 4 * count)
