"""Every block that a network can hold has features, and asking what it takes is cheap."""

import time

import numpy as np
import pytest
from hypothesis import given, settings

from binloom.compiler import cost
from binloom.compiler.cost.table import FEATURES
from binloom.compiler.targets.devices import DEVICES, ECP5, GOWIN, ICE40, NEXUS
from binloom.hw.arrays.array import MatrixArray
from binloom.hw.arrays.matrix import Matrix
from binloom.hw.element import BIT, Element
from binloom.hw.stream import Map
from tests.compiler.bench import planned
from tests.ir.random_graphs import graphs


@settings(max_examples=8, deadline=None, derandomize=True)
@given(graph=graphs())
@pytest.mark.parametrize("family", [ECP5, ICE40, GOWIN, NEXUS], ids=lambda family: family.name)
def test_every_part_of_any_network(family, graph):
    netlist = planned(graph, 60).netlist
    found = cost.netlist_area(netlist, family)
    assert set(found) == {*(stage.name for stage in netlist.stages), *netlist.parts}
    assert {type(stage.block) for stage in netlist.stages} <= set(FEATURES)
    assert min(min(area.lut, area.ff, area.bram, area.dsp) for area in found.values()) >= 0
    device = next(device for device in DEVICES.values() if device.family is family)
    assert 5 < cost.clock(netlist, device) < 500


def test_hundreds_of_folds_a_second():
    """What a planner does: arrays of one large matrix under every fold, and their area. Loose by a factor of ten."""
    matrix = Matrix(np.random.default_rng(1).choice([-1, 1], (1, 1152, 128)))

    def tried(simd: int, pe: int) -> int:
        block = MatrixArray(
            Map(14, 14, 1152, simd, BIT), matrix, simd=simd, pe=pe, o_element=Element(-1152, 1152), storage="rom"
        )
        return cost.area(block, ECP5).lut

    folds = [(simd, pe) for simd in (1, 9, 36, 72, 128, 384, 1152) for pe in (1, 4, 16, 64, 128)]
    first = [tried(*fold) for fold in folds]
    begin = time.perf_counter()
    assert [tried(*fold) for fold in folds] == first
    assert time.perf_counter() - begin < 0.02 * len(folds)


@pytest.mark.parametrize(("width", "weight", "inside"), [(15, 255, True), (4, 7, False)])
def test_a_device_says_whether_products_go_to_multipliers(width, weight, inside):
    """UP5K has some, for products of 11 bits and more, and HX8K has none."""
    weights = np.random.default_rng(1).integers(-weight, weight, (1, 70, 10), endpoint=True)
    number = Element(-(1 << width - 1), (1 << width - 1) - 1)
    high = 70 * weight << width
    block = MatrixArray(Map(1, 1, 70, 7, number), Matrix(weights), simd=7, pe=1, o_element=Element(-high, high))
    few, many = (cost.area(block, DEVICES[f"ice40-{name}"]) for name in ("up5k", "hx8k"))
    assert (few.dsp, many.dsp) == (7 * inside, 0)
    assert (many.lut - few.lut > 100) == inside
    assert cost.area(block, ICE40) == many
