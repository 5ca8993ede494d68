"""Collect: planes put together again, at the pace that it states."""

import pytest

from binloom.hw.element import BIT, Element
from binloom.hw.order.collect import Collect
from binloom.hw.stream import Map
from tests.hw.bench import check_block, measure, on_engines

CASES = [(2, 3, 2, 1), (2, 3, 4, 2), (1, 2, 3, 1), (4, 4, 5, 3)]


@pytest.mark.parametrize(("case", "engine"), on_engines(CASES, CASES[1:2]))
def test_equals_its_model(case, engine):
    height, width, planes, run = case
    block = Collect(Map(height, width, planes * run, run, Element(-5, 9), planes=planes))
    assert block.o_map == Map(height, width, planes * run, run, Element(-5, 9))
    check_block(block, engine=engine)
    measure(block, engine=engine)


@pytest.mark.parametrize("map", [Map(2, 2, 4, 2, BIT), Map(2, 2, 4, 1, BIT, planes=2), Map(2, 2, 4, 2, BIT, True, 2)])
def test_rules(map):
    with pytest.raises(ValueError, match="a collect takes an image in planes, one beat a pixel"):
        Collect(map)
