"""What sweeps over an image: windows, borders, and the delay lines in them."""

import numpy as np

from binloom.compiler.cost.features import Features, bits
from binloom.hw import delay
from binloom.hw.windows.pad import Pad
from binloom.hw.windows.places import Geometry
from binloom.hw.windows.window import Window


def delay_line(features: Features, width: int, depth: int, taps: int, style: str | None = None) -> None:
    if depth <= delay.MAX_REGISTERS:
        features.ff += width * taps * depth
        return
    features.counter(depth)
    features.ram(width * taps, depth, style)


def walk(features: Features, table: np.ndarray) -> None:
    """A counter over the rows of a table, and a register for each column that changes; equal ones share it."""
    rows = len(table)
    columns = len({column.tobytes() for column in table.T if (column != column[0]).any()})
    features.counter(rows)
    features.ff += columns
    features.add("flags", columns * max(1.0, bits(rows) / 3))


def sweep(features: Features, geometry: Geometry, groups: int, *, overlap: bool, heads: bool) -> None:
    """Two rasters, that of the input and that of the windows. `heads`: the rows of the newest input are looked at."""
    height, width = geometry.height, geometry.width
    pixels = height * width
    steps = pixels if overlap else geometry.steps
    features.counter(groups)
    features.counter(groups)
    wanted = np.array([geometry.lead > 0, geometry.flush > 0, not overlap])
    marks = (np.array([geometry.lead, pixels, steps]) - 1)[wanted]
    walk(features, np.arange(width)[:, None] == marks % width)
    rows = np.arange(-(-steps // width))[:, None]
    table = rows == marks // width
    if heads:
        kernel, apart = geometry.kernel[0], geometry.dilation[0]
        taps = rows + (np.arange(kernel) + 1 - kernel) * apart
        table = np.hstack([table, (taps >= 0) & (taps < height)])
    walk(features, table)
    for taps, size, stride in (
        (geometry.columns(), width, geometry.stride[1]),
        (geometry.rows(), height, geometry.stride[0]),
    ):
        places = np.arange(len(taps)) * stride
        table = np.ones((size, taps.shape[1] + 2), bool)
        table[:, :2] = False
        table[places, 0] = True
        table[places[-1], 1] = overlap
        table[places, 2:] = (taps >= 0) & (taps < size) if geometry.padding.any else True
        walk(features, table)
    features.ff += (geometry.lead > 0) + (geometry.flush > 0)
    features.add("sweep", 10 + 3 * (geometry.flush > 0))


def window(block: Window, features: Features) -> None:
    geometry, i_map = block.geometry, block.i_map
    (kh, kw), (dy, dx) = geometry.kernel, geometry.dilation
    width = i_map.stored_width * i_map.lanes
    sweep(features, geometry, i_map.groups, overlap=block.overlap, heads=False)
    if kh > 1:
        delay_line(features, width, dy * geometry.width * i_map.groups, kh - 1, block.style)
    if kw > 1:
        delay_line(features, kh * width, dx * i_map.groups, kw - 1)
    features.ff += kh * kw * i_map.lanes * block.o_map.element.width + 1
    if geometry.padding.any:
        inside = [
            (taps.min(axis=0) >= 0) & (taps.max(axis=0) < size)
            for taps, size in ((geometry.rows(), geometry.height), (geometry.columns(), geometry.width))
        ]
        hidden = kh * kw - int(np.outer(*inside).sum())
        # Zeros are the reset of the register; other fills are logic in front of it.
        ones = block.fill & ((1 << block.o_map.element.width) - 1)
        features.add("hidden taps", hidden)
        features.add("border", hidden * i_map.lanes * ones.bit_count())


def padding(block: Pad, features: Features) -> None:
    for limit in (block.o_map.groups, block.o_map.width, block.o_map.height):
        features.counter(limit)
    features.add("control", 10)
    features.add("gate", block.o_map.lanes * block.o_map.element.width)
