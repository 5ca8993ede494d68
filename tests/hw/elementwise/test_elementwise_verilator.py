"""The small blocks in Verilator: what Amaranth's simulator says, Verilog says too."""

import numpy as np
import pytest

from binloom.hw.branches.add import Add
from binloom.hw.branches.concat import Concat
from binloom.hw.element import BIT, Element
from binloom.hw.elementwise.affine import Affine
from binloom.hw.elementwise.clip import Clip
from binloom.hw.elementwise.knee import Knee
from binloom.hw.elementwise.piecewise import PiecewiseAffine
from binloom.hw.elementwise.threshold import Threshold
from binloom.hw.stream import Map
from binloom.hw.topk import TopK
from tests.hw.bench import check_block, measure

SIGNED = Map(2, 2, 6, 2, Element(-100, 90))
STEPS = np.arange(6)
BLOCKS = {
    "threshold": lambda: Threshold(SIGNED, 30 * STEPS - 80, STEPS % 2),
    "affine": lambda: Affine(SIGNED, 4000 * STEPS - 9000, -(2**30) * STEPS, 12, Element(-(2**21), 2**20)),
    "piecewise": lambda: PiecewiseAffine(SIGNED, STEPS - 3, 2 * STEPS, Element(-1000, 1000)),
    "knee": lambda: Knee(
        SIGNED, 9 * STEPS - 20, 64 - STEPS, STEPS - 2, 99 * STEPS, -(2**9) * STEPS, 6, Element(-150, 150)
    ),
    "clip": lambda: Clip(SIGNED, -30, 31),
    "add": lambda: Add([SIGNED, Map(2, 2, 6, 2, BIT)], Element(-101, 91)),
    "concat": lambda: Concat([SIGNED, Map(2, 2, 4, 2, BIT)], Element(-100, 90)),
    "topk": lambda: TopK(Map(1, 1, 10, 2, Element(-4, 5)), 3),
}


@pytest.mark.parametrize("name", BLOCKS)
def test_in_verilator(name):
    block = BLOCKS[name]()
    check_block(block, frames=20, engine="verilator")
    measure(block, engine="verilator")
