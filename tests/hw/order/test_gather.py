"""Positions put side by side and taken apart again: order, stalls, exact timing, and no bubble."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from binloom.hw.element import BIT, Element
from binloom.hw.order.gather import Gather
from binloom.hw.order.scatter import Scatter
from binloom.hw.stream import Map
from tests.hw.bench import check_block, measure, on_engines

SIGNED = Element(-5, 90)
MAPS = {
    "two pixels": (Map(2, 3, 4, 2, BIT), 2),
    "all of a frame": (Map(2, 3, 6, 2, SIGNED), 6),
    "bits": (Map(3, 4, 6, 1, BIT), 3),
    "one beat each": (Map(2, 4, 3, 3, SIGNED), 4),
    "many beats": (Map(1, 4, 40, 2, BIT), 2),
}
# The beats of a position in a gathered map, and how many of them an output beat joins.
SCATTERS = {name: (*case, 1) for name, case in MAPS.items()} | {
    "wider": (Map(2, 3, 12, 2, SIGNED), 3, 2),
    "whole positions": (Map(2, 3, 12, 2, SIGNED), 2, 6),
    "wider, of bits": (Map(2, 2, 8, 1, BIT), 4, 4),
}


def gathered(map: Map, pixels: int) -> Map:
    return Gather(map, pixels).o_map


def scatter(map: Map, pixels: int, joined: int) -> Scatter:
    return Scatter(gathered(map, pixels), Map(map.height, map.width, map.channels, map.lanes * joined, map.element))


@pytest.mark.parametrize(("case", "engine"), on_engines(MAPS, ["bits", "one beat each"]))
def test_gather(case, engine):
    block = Gather(*MAPS[case])
    check_block(block, engine=engine)
    measure(block, engine=engine)


@pytest.mark.parametrize(("case", "engine"), on_engines(SCATTERS, ["wider", "one beat each"]))
def test_scatter(case, engine):
    block = scatter(*SCATTERS[case])
    check_block(block, engine=engine)
    measure(block, engine=engine)


def test_the_order_of_a_gathered_beat():
    block = Gather(Map(1, 2, 4, 2, SIGNED), 2)
    assert block.model(np.array([[0, 1], [2, 3], [10, 11], [12, 13]])).tolist() == [[0, 1, 10, 11], [2, 3, 12, 13]]


@settings(max_examples=40, deadline=None, derandomize=True)
@given(
    rows=st.integers(1, 3),
    pixels=st.integers(2, 5),
    lanes=st.integers(1, 3),
    beats=st.integers(1, 3),
    joined=st.integers(1, 3),
    stall=st.sampled_from([0.0, 0.3]),
)
def test_scatter_undoes_gather(rows, pixels, lanes, beats, joined, stall):
    map = Map(rows, pixels, lanes * beats * joined, lanes, SIGNED)
    there, back = Gather(map, pixels), scatter(map, pixels, joined)
    frames = np.arange(map.beats * lanes).reshape(-1, lanes)
    assert (back.model(there.model(frames)) == frames.reshape(-1, lanes * joined)).all()
    for block in (there, back):
        check_block(block, stalls=(stall,))
        measure(block)


@pytest.mark.parametrize("pixels", [1, 4])
def test_gather_refuses(pixels):
    with pytest.raises(ValueError, match=f"^pixels must be 2 or more and divide the 6 positions, got {pixels}$"):
        Gather(Map(2, 3, 4, 2, BIT), pixels)


@pytest.mark.parametrize(
    ("i_map", "o_map", "message"),
    [
        (Map(1, 6, 4, 4, BIT), Map(2, 3, 4, 2, BIT), "the input must hold several positions of "),
        (Map(3, 1, 8, 4, BIT), Map(2, 3, 4, 2, BIT), "the input must hold several positions of "),
        (Map(1, 3, 8, 4, SIGNED), Map(2, 3, 4, 2, BIT), "a scatter keeps the element, got "),
        (Map(1, 3, 8, 8, BIT), Map(2, 3, 4, 2, BIT), "the output's lanes must be a multiple of those of a position "),
    ],
)
def test_scatter_refuses(i_map, o_map, message):
    with pytest.raises(ValueError, match=f"^{message}"):
        Scatter(i_map, o_map)
