"""The kept frame: what comes out in which order, at full rate, from any lanes."""

import numpy as np
import pytest

from binloom.hw.element import BIT, Element
from binloom.hw.order.replay import Replay
from binloom.hw.stream import Map
from tests.hw.bench import check_block, measure, on_engines

PIXEL = Element(0, 255)

# name: (height, width, channels, lanes), element, run, copies
CASES = {
    "one channel, four times": ((3, 4, 1, 1), PIXEL, 1, 4),
    "a pixel in one beat": ((3, 3, 3, 3), Element(-5, 9), 1, 1),
    "a pixel in three beats": ((3, 4, 3, 1), PIXEL, 1, 2),
    "runs of two in beats of two": ((2, 3, 6, 2), Element(-5, 9), 2, 1),
    "runs of two in beats of four": ((2, 3, 8, 4), PIXEL, 2, 3),
    "a whole pixel, twice": ((2, 2, 5, 5), BIT, 5, 2),
    "two pixels": ((1, 2, 2, 1), BIT, 1, 1),
}


@pytest.mark.parametrize(
    ("name", "engine"), on_engines(CASES, ["one channel, four times", "runs of two in beats of four"])
)
def test_replay(name, engine):
    size, element, run, copies = CASES[name]
    block = Replay(Map(*size, element), run, copies)
    check_block(block, engine=engine)
    measure(block, engine=engine)


def test_the_order_by_hand():
    """Channels 0, 1, 2 of two pixels, each channel a plane, each plane twice."""
    block = Replay(Map(1, 2, 3, 3, PIXEL), 1, 2)
    assert block.o_map.planes == 6
    beats = block.model(np.array([[0, 1, 2], [10, 11, 12]]))
    assert beats.ravel().tolist() == [0, 10, 0, 10, 1, 11, 1, 11, 2, 12, 2, 12]
    assert block.o_map.to_frames(beats).tolist() == [[[[0, 0, 1, 1, 2, 2], [10, 10, 11, 11, 12, 12]]]]


def test_a_frame_costs_its_planes_and_what_of_it_passes_unseen():
    assert Replay(Map(4, 5, 1, 1, PIXEL), 1, 7).cycles == 7 * 20
    assert Replay(Map(4, 5, 3, 3, PIXEL)).cycles == 3 * 20
    assert Replay(Map(4, 5, 3, 1, PIXEL)).cycles == 2 * 20 + 3 * 20


@pytest.mark.parametrize(
    ("map", "run", "copies", "message"),
    [
        (Map(2, 2, 4, 2, BIT), 4, 1, "run must divide the 2 lanes, got 4"),
        (Map(2, 2, 4, 2, BIT), 1, 0, "copies must be at least 1, got 0"),
        (Map(2, 2, 4, 4, BIT), 4, 1, "a replay makes two planes or more, got one"),
        (Map(1, 1, 4, 1, BIT), 1, 1, "a replay takes an image in one plane, got "),
        (Map(2, 2, 4, 1, BIT, planes=2), 1, 1, "a replay takes an image in one plane, got "),
    ],
)
def test_wrong_parameters(map, run, copies, message):
    with pytest.raises(ValueError, match=message):
        Replay(map, run, copies)
