"""What sweeps over an image: windows, pools, borders, and the delay lines in them."""

import numpy as np

from binloom.compiler.cost.features import Features, bits
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
    features.ram(width * taps, depth, style)


def sweep(features: Features, geometry: Geometry, groups: int) -> None:
    """Two rasters, and the flags of the taps."""
    height, width = geometry.height, geometry.width
    features.counter(width * groups)
    features.counter(-(-geometry.steps // width))
    features.counter(groups)
    for size, stride in ((width, geometry.stride[1]), (height, geometry.stride[0])):
        features.counter(size)
        features.counter(stride)
    flushes, primed = geometry.steps > height * width, geometry.lead > 0
    features.ff += flushes + primed
    features.add("sweep", (1 + flushes + primed) * (bits(width * groups) + bits(height)) / 3 + 8)
    for size, taps in ((width, geometry.columns()), (height, geometry.rows())):
        ends = [int(taps[:, tap].min() < 0) + int(taps[:, tap].max() >= size) for tap in range(taps.shape[1])]
        features.add("flags", sum(ends) * bits(size) / 2)


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
        rows, columns = geometry.rows(), geometry.columns()
        inside = [
            (taps.min(axis=0) >= 0) & (taps.max(axis=0) < size)
            for taps, size in ((rows, geometry.height), (columns, geometry.width))
        ]
        hidden = kh * kw - int(np.outer(*inside).sum())
        features.add("flags", hidden)
        # Zeros are the reset of the register; other fills are logic in front of it.
        ones = (block.fill or 0) & ((1 << block.o_map.element.width) - 1)
        features.add("border", hidden * i_map.lanes * ones.bit_count())


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
        features.ff += 1
        features.add("control", 4)
        for slide, depth in core.steps:
            features.counter(depth)
            features.counter(slide.size)
            features.ff += 4
            features.add("control", 4)
            width = i_map.lanes * element
            if slide.slots:
                delay_line(features, width * slide.slots, depth, 1)
                join(features, element, i_map.lanes * slide.slots)
                if slide.stride > 1:
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
