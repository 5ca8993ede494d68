"""What sweeps over an image: windows, pools, borders, and the delay lines in them."""

from binloom.compiler.cost.features import Features
from binloom.hw import delay
from binloom.hw.global_pool import GlobalPool
from binloom.hw.pad import Pad
from binloom.hw.pooling import Pool
from binloom.hw.reduce import Reduction
from binloom.hw.running_pool import RunningPool
from binloom.hw.sum_pool import SumPool
from binloom.hw.window import Window
from binloom.hw.windows import Geometry


def delay_line(features: Features, width: int, depth: int, taps: int, style: str | None = None) -> None:
    if depth <= delay.MAX_REGISTERS:
        features.ff += width * taps * depth
        return
    features.counter(depth)
    features.ram("line", width * taps, depth, style)


def sweep(features: Features, geometry: Geometry, groups: int) -> None:
    """Two rasters, and the flags of the taps."""
    features.counter(geometry.width * groups)
    features.counter(-(-geometry.steps // geometry.width))
    features.counter(groups)
    for size, stride in ((geometry.width, geometry.stride[1]), (geometry.height, geometry.stride[0])):
        features.counter(size)
        features.counter(stride)
    features.ff += 1 + (geometry.steps > geometry.height * geometry.width)
    features.add("sweep", 20)


def window(block: Window, features: Features) -> None:
    geometry, i_map = block.geometry, block.i_map
    (kh, kw), (dy, dx) = geometry.kernel, geometry.dilation
    width = i_map.stored_width * i_map.lanes
    sweep(features, geometry, i_map.groups)
    if kh > 1:
        delay_line(features, width, dy * geometry.width * i_map.groups, kh - 1, block.style)
    if kw > 1:
        delay_line(features, kh * width, dx * i_map.groups, kw - 1)
    patch = kh * kw * i_map.lanes * block.o_map.element.width
    features.ff += patch + 1 + (kh * kw if block.o_map.masked else 0)
    if geometry.padding.any:
        features.add("border", patch)
        features.add("flags", kh * kw)


def pool(block: Pool, features: Features) -> None:
    core = block.core
    i_map, geometry, groups = core.i_map, block.geometry, core.i_map.groups
    element = core.o_map.element.width
    join = _joiner(block, core.reduction)
    if isinstance(core, GlobalPool):
        features.counter(groups)
        features.counter(i_map.pixels)
        width = i_map.lanes * element
        delay_line(features, width, groups, 1)
        join(features, element, i_map.lanes)
        features.add("pool mux", width)
        features.ff += width + 1
    elif isinstance(core, RunningPool):
        down, across = RunningPool.slides(geometry)
        for limit in (groups, geometry.width, geometry.height, groups):
            features.counter(limit)
        features.ff += 4 + 8 + 4
        features.add("control", 12)
        for slide, depth in ((across, groups), (down, geometry.out_width * groups)):
            width = i_map.lanes * element
            if slide.slots:
                delay_line(features, width * slide.slots, depth, 1)
                join(features, element, i_map.lanes * slide.slots)
                features.add("pool mux", width * slide.slots)
            features.ff += width
    else:
        kh, kw = geometry.kernel
        sweep(features, geometry, groups)
        width = i_map.lanes * element
        delay_line(features, i_map.lanes * i_map.stored_width, geometry.width * groups, kh - 1)
        delay_line(features, width, groups, kw - 1)
        for taps in (kh, kw):
            join(features, element, i_map.lanes * (taps - 1))
            features.add("pool mux", width * taps)
        features.ff += 2 * width + kw + 3


def _joiner(block: Pool, reduction: Reduction):
    if isinstance(block, SumPool):
        return lambda features, width, times: features.adder("pool sums", width, times)
    if block.i_map.element.bit:
        return lambda features, width, times: features.add("pool bits", width * times)
    return lambda features, width, times: features.adder("pool compares", width, times)


def padding(block: Pad, features: Features) -> None:
    for limit in (block.o_map.groups, block.o_map.width, block.o_map.height):
        features.counter(limit)
    features.add("control", 10)
    features.add("gate", block.o_map.lanes * block.o_map.element.width)
