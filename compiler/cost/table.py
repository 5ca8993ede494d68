"""Which function tells the features of which block. A new block is a function in one of these files and a line here."""

from collections.abc import Callable, Mapping
from typing import Any

from binloom.compiler.cost import arrays, buffers, elementwise, frame_tables, ovsf, pools, streams, windows
from binloom.compiler.cost.features import Features
from binloom.hw.arrays.array import MatrixArray
from binloom.hw.branches.add import Add
from binloom.hw.branches.concat import Concat
from binloom.hw.branches.fifo import Fifo
from binloom.hw.branches.fork import Fork
from binloom.hw.elementwise.affine import Affine
from binloom.hw.elementwise.bit_planes import BitPlanes
from binloom.hw.elementwise.clip import Clip
from binloom.hw.elementwise.knee import Knee
from binloom.hw.elementwise.lookup import Lookup
from binloom.hw.elementwise.piecewise import PiecewiseAffine
from binloom.hw.elementwise.shift_add import ShiftAdd
from binloom.hw.elementwise.shift_affine import ShiftAffine
from binloom.hw.elementwise.threshold import Threshold
from binloom.hw.frames.equalise import Equalise
from binloom.hw.frames.standardise import Standardise
from binloom.hw.order.adapt import LaneAdapter
from binloom.hw.order.collect import Collect
from binloom.hw.order.gather import Gather
from binloom.hw.order.replay import Replay
from binloom.hw.order.rewire import Rewire
from binloom.hw.order.scatter import Scatter
from binloom.hw.ovsf.array import GeneratedArray
from binloom.hw.ovsf.transform import Transform
from binloom.hw.pools.pool import MaxPool
from binloom.hw.pools.sum_pool import SumPool
from binloom.hw.skid import Skid
from binloom.hw.topk import TopK
from binloom.hw.windows.pad import Pad
from binloom.hw.windows.window import Window

FEATURES: Mapping[type, Callable[[Any, Features], None]] = {
    MatrixArray: arrays.matrix_array,
    Transform: ovsf.transform,
    GeneratedArray: ovsf.generated_array,
    Collect: ovsf.collect,
    Window: windows.window,
    MaxPool: pools.pool,
    SumPool: pools.pool,
    Pad: windows.padding,
    Threshold: elementwise.threshold,
    Affine: elementwise.affine,
    ShiftAffine: elementwise.shift_affine,
    Lookup: elementwise.lookup,
    PiecewiseAffine: elementwise.piecewise_affine,
    Knee: elementwise.knee,
    Clip: elementwise.clip,
    TopK: elementwise.top,
    Equalise: frame_tables.equalise,
    Standardise: frame_tables.standardise,
    Add: streams.adds,
    Concat: streams.concats,
    BitPlanes: streams.rewire,
    ShiftAdd: streams.shift_add,
    LaneAdapter: streams.adapter,
    Fifo: streams.queue,
    Fork: streams.fork,
    Skid: streams.skid,
    Rewire: streams.rewire,
    Gather: buffers.gather,
    Scatter: buffers.scatter,
    Replay: buffers.replay,
}

WITHOUT_MULTIPLIERS = ("ice40",)  # most of their devices


def features(block: Any, family: str, *, exact: bool = False, multipliers: bool | None = None) -> Features:
    """What the structure of a block tells. `multipliers`: whether the device has them; None: as most of its family."""
    found = Features(family, exact, family not in WITHOUT_MULTIPLIERS if multipliers is None else multipliers)
    FEATURES[type(block)](block, found)
    return found
