"""Pools: what they keep, how they join it, and where they stand in the image."""

from collections.abc import Callable

from binloom.compiler.cost.elementwise import channel_words
from binloom.compiler.cost.features import Features
from binloom.compiler.cost.windows import delay_line, sweep, walk
from binloom.hw import delay
from binloom.hw.pools.global_pool import GlobalPool
from binloom.hw.pools.pool import MaxPool
from binloom.hw.pools.pooling import Pool
from binloom.hw.pools.running_pool import RunningPool
from binloom.hw.pools.sum_pool import SumPool

# Of values so wide, so many are joined, and so many choices of one of two made.
Join = Callable[[int, float, float], None]


def pool(block: Pool, features: Features) -> None:
    core = block.core
    what = "sums" if isinstance(block, SumPool) else "bits" if block.i_map.element.bit else "compares"

    def join(width: int, times: float, choices: float) -> None:
        if what == "bits":
            features.add("pool bits", width * max(times, choices))
            return
        features.adder(f"pool {what}", width, times)
        # Of two numbers the larger is chosen; both ways it is chosen whether they are joined.
        features.add(f"pool choices of {what}", width * (choices + (what == "compares") * times))

    if isinstance(core, GlobalPool):
        _whole(core, features, join)
    elif isinstance(core, RunningPool):
        _running(core, features, join)
    else:
        _windows(block, features, join)
    if isinstance(block, MaxPool):
        _flips(block, features)
    elif isinstance(block, SumPool) and block.scaled:
        lanes, width = block.o_map.lanes, block.o_map.element.width
        for limit in (block.o_map.groups, block.o_map.width, block.o_map.height):
            features.counter(limit)
        features.ff += lanes * width + 1
        features.adder("scaled", width, 2 * lanes)


def _whole(core: GlobalPool, features: Features, join: Join) -> None:
    i_map, groups = core.i_map, core.i_map.groups
    kept, width = core.reduction.shape(i_map.pixels).width, core.o_map.element.width
    features.counter(groups)
    features.counter(i_map.pixels)
    delay_line(features, i_map.lanes * kept, groups, 1)
    join(kept, i_map.lanes, i_map.lanes)
    features.ff += width * i_map.lanes + 1
    features.add("control", 3)


def _running(core: RunningPool, features: Features, join: Join) -> None:
    lanes, steps = core.i_map.lanes, core.steps
    size = 1
    for index, (slide, side) in enumerate(steps):
        features.counter(side)
        table = slide.table()
        looked = [slide.slots > 0, slide.before > 0 or (slide.slots > 0 and slide.ends[0] == 0), True, True]
        walk(features, table[:, looked])
        kept = core.reduction.shape(size * max(1, slide.kernel - 1)).width
        simple = slide.kernel == slide.stride
        size *= slide.kernel
        if slide.slots:
            delay_line(features, lanes * kept * slide.slots, side, 1)
            ends = 0 if simple else (slide.slots_cut != slide.slots) + (slide.ends[0] == 0)
            join(kept, lanes * slide.slots, lanes * (slide.slots * (1 + (slide.before > 0)) + ends))
        last = index == len(steps) - 1
        made = core.o_map.element if last else core.reduction.shape(size)
        if slide.slots and simple and not last and side <= delay.MAX_REGISTERS:
            features.ff += 1  # what is kept is what goes on: one register
        else:
            features.ff += lanes * made.width + 1
    features.add("control", 3 * len(steps))


def _windows(block: Pool, features: Features, join: Join) -> None:
    core, geometry, i_map = block.core, block.geometry, block.core.i_map
    kh, kw = geometry.kernel
    lanes, groups = i_map.lanes, i_map.groups
    sweep(features, geometry, groups, overlap=False, heads=True)
    column = core.reduction.shape(kh).width
    if kh > 1:
        delay_line(features, lanes * i_map.stored_width, geometry.width * groups, kh - 1)
    if kw > 1:
        delay_line(features, lanes * column, groups, kw - 1)
    for taps in (kh, kw):
        join(column, lanes * (taps - 1), lanes * taps)
    features.ff += lanes * (column + core.o_map.element.width) + kw + 3


def _flips(block: MaxPool, features: Features) -> None:
    flips = block.minimum.reshape(-1, block.i_map.lanes)
    if (flips == flips[0]).all():
        return
    channel_words(features, block.i_map)
    channel_words(features, block.o_map)
    changing = int((flips != flips[0]).any(axis=0).sum())
    features.add("flips of words", changing * (2 * block.i_map.stored_width + max(1, len(flips) / 16)))
