"""The lane adapter: up, down, equal and through a common divisor."""

import pytest

from binloom.hw.element import BIT, Element
from binloom.hw.order.adapt import LaneAdapter
from binloom.hw.stream import Map
from tests.hw.bench import ENGINES, check_block, measure, on_engines

I5 = Element(-16, 15)

# channels, lanes in, lanes out, latency
CASES = [
    (4, 1, 4, 1),
    (4, 4, 1, 1),
    (6, 2, 6, 1),
    (6, 6, 2, 1),
    (6, 3, 3, 0),
    (6, 3, 2, 3),
    (6, 2, 3, 2),
    (12, 4, 6, 2),
    (12, 6, 4, 3),
    (15, 5, 3, 4),
    (7, 1, 7, 1),
    (1, 1, 1, 0),
]


@pytest.mark.parametrize(("case", "engine"), on_engines(CASES))
def test_adapter(case, engine):
    channels, lanes, o_lanes, latency = case
    block = LaneAdapter(Map(2, 3, channels, lanes, I5), o_lanes)
    assert block.latency == latency
    check_block(block, engine=engine)
    measure(block, engine=engine)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(("lanes", "o_lanes"), [(2, 4), (4, 2), (4, 6)])
def test_bits(lanes, o_lanes, engine):
    block = LaneAdapter(Map(3, 2, 12, lanes, BIT), o_lanes)
    check_block(block, engine=engine)
    measure(block, engine=engine)


def test_throughput_is_that_of_the_narrow_side():
    assert LaneAdapter(Map(2, 2, 8, 2, I5), 8).cycles == 16
    assert LaneAdapter(Map(2, 2, 8, 8, I5), 2).cycles == 16
    assert LaneAdapter(Map(2, 2, 6, 3, I5), 2).cycles == 24


def test_lanes_must_divide_the_channels():
    with pytest.raises(ValueError, match="lanes must divide the channels, got 4 lanes for 6 channels"):
        LaneAdapter(Map(1, 1, 6, 2, I5), 4)
