"""Which function tells the features of which block. A new block is a function in one of these files and a line here."""

from collections.abc import Callable, Mapping
from typing import Any

from binloom.compiler.cost import arrays, buffers, elementwise, frame_tables, ovsf, pools, streams, windows
from binloom.compiler.cost.features import Features
from binloom.hw.adapt import LaneAdapter
from binloom.hw.add import Add
from binloom.hw.affine import Affine
from binloom.hw.array import MatrixArray
from binloom.hw.bit_planes import BitPlanes
from binloom.hw.clip import Clip
from binloom.hw.collect import Collect
from binloom.hw.concat import Concat
from binloom.hw.equalise import Equalise
from binloom.hw.fifo import Fifo
from binloom.hw.fork import Fork
from binloom.hw.gather import Gather
from binloom.hw.knee import Knee
from binloom.hw.lookup import Lookup
from binloom.hw.ovsf.array import GeneratedArray
from binloom.hw.ovsf.transform import Transform
from binloom.hw.pad import Pad
from binloom.hw.piecewise import PiecewiseAffine
from binloom.hw.pool import MaxPool
from binloom.hw.replay import Replay
from binloom.hw.rewire import Rewire
from binloom.hw.scatter import Scatter
from binloom.hw.shift_add import ShiftAdd
from binloom.hw.shift_affine import ShiftAffine
from binloom.hw.skid import Skid
from binloom.hw.standardise import Standardise
from binloom.hw.sum_pool import SumPool
from binloom.hw.threshold import Threshold
from binloom.hw.topk import TopK
from binloom.hw.window import Window

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
