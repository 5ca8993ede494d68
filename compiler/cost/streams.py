"""What stands between blocks: adapters, queues, cuts, forks, joins."""

from binloom.compiler.cost.features import Features, adder, bits
from binloom.hw.branches.add import Add
from binloom.hw.branches.concat import Concat
from binloom.hw.branches.fifo import MAX_REGISTERS as FIFO_REGISTERS
from binloom.hw.branches.fifo import Fifo
from binloom.hw.branches.fork import Fork
from binloom.hw.delay import MAX_REGISTERS
from binloom.hw.elementwise.bit_planes import BitPlanes
from binloom.hw.elementwise.shift_add import LEVELS, ShiftAdd
from binloom.hw.order.adapt import LaneAdapter
from binloom.hw.order.rewire import Rewire
from binloom.hw.skid import Skid
from binloom.hw.stream import Map
from binloom.hw.sums.adder_tree import depth


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
    if block.depth <= FIFO_REGISTERS:
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


def rewire(block: Rewire | BitPlanes, features: Features) -> None:
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


def shift_add(block: ShiftAdd, features: Features) -> None:
    """The tree of the planes that come together, and the adder and the delay line that wait for the others."""
    lanes, width = block.o_map.lanes, block.i_map.element.width + block.i_map.element.bit
    row = [width] * block.together
    for level in range(1, depth(block.together) + 1):
        pairs = len(row) // 2
        row = [width + (1 << level) for _ in range(pairs)] + row[2 * pairs :]
        # The lower of two terms passes below the upper one, which lies half the planes of the pair higher.
        features.adder("planes", width + (1 << level - 1), pairs * lanes)
        if level % LEVELS == 0 or level == depth(block.together):
            features.ff += sum(row) * lanes
    features.ff += 3 * max(block.stages, 1)
    features.add("control", 4)
    if block.steps == 1:
        return
    for limit in (block.groups, block.steps):
        features.counter(limit)
    features.adder("planes", width + block.together, lanes)
    features.ff += block.o_map.lanes * block.sum_element.width
    if block.groups > MAX_REGISTERS:
        features.counter(block.groups)
        features.ram(block.sum_element.width * lanes, block.groups, collide=True)
    else:
        features.ff += (block.groups - 1) * lanes * block.sum_element.width
