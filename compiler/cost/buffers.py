"""What keeps frames or pixels to give them in another order: gathers, scatters, replays."""

from collections.abc import Sequence

from binloom.compiler.cost.features import Features, adder, bits
from binloom.compiler.cost.streams import wires
from binloom.hw.order.gather import Gather
from binloom.hw.order.replay import Replay
from binloom.hw.order.scatter import Scatter


def chosen(width: int, count: int) -> int:
    """Slots that choose one of so many words."""
    return width * -(-(count - 1) * 2 // 3)


def _turns(features: Features, limits: Sequence[int]) -> None:
    """Two halves in turn, and the counters within them."""
    for limit in limits:
        features.counter(limit)
    features.ff += 5
    features.add("turns", 14)


def gather(block: Gather, features: Features) -> None:
    groups, pixels, width = block.i_map.groups, block.pixels, wires(block.i_map)
    if not block.buffered:
        features.counter(pixels)
        features.ff += width * pixels + 1
        features.add("control", 4)
        return
    _turns(features, (groups, pixels, groups))
    features.ram(width, 2 * groups, collide=True, alike=pixels)
    features.add("control", pixels)


def scatter(block: Scatter, features: Features) -> None:
    i_map, o_map, pixels = block.i_map, block.o_map, block.pixels
    if not block.buffered:
        ratio = i_map.lanes // o_map.lanes
        features.counter(ratio)
        features.ff += wires(i_map) + 1
        features.add("control", 4)
        features.add("shift", wires(o_map) * (ratio - 1))
        return
    banks, width = i_map.groups // o_map.groups, i_map.lanes // pixels * i_map.stored_width
    _turns(features, (banks, o_map.groups, o_map.groups, pixels))
    for _ in range(pixels * banks):
        features.small(width, 2 * o_map.groups)
    features.ff += wires(o_map) + pixels - bits(pixels)  # a wire a position, and no counter
    features.add("control", banks)
    features.add("chosen words", chosen(wires(o_map), pixels))


def replay(block: Replay, features: Features) -> None:
    i_map, o_map = block.i_map, block.o_map
    words, groups, slots = i_map.beats, i_map.groups, i_map.lanes // o_map.run
    for limit in (block.copies, slots, groups, groups):
        features.counter(limit)
    features.ff += bits(words) + 2 + wires(o_map)
    features.add("replay", 2 * adder(features.family, bits(words)) + 2 * bits(words) + 10)
    features.ram(wires(i_map), words)
    features.add("chosen words", chosen(wires(o_map), slots) + wires(o_map))
