"""Maps in planes: their order, and every block that can take them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from binloom.hw.arrays.array import MatrixArray
from binloom.hw.branches.add import Add
from binloom.hw.element import BIT, Element
from binloom.hw.elementwise.affine import Affine
from binloom.hw.elementwise.threshold import Threshold
from binloom.hw.order.adapt import LaneAdapter
from binloom.hw.order.rewire import Rewire
from binloom.hw.pools.pool import MaxPool
from binloom.hw.pools.sum_pool import SumPool
from binloom.hw.stream import Map
from binloom.hw.topk import TopK
from binloom.hw.windows.pad import Pad
from binloom.hw.windows.window import Window, WindowPadding
from tests.hw.bench import check_block, measure, on_engines

S5 = Element(-5, 9)
BORDER = WindowPadding(1, 1, 1, 1, 0)

# name: (channels, lanes, planes, element) of a map of 4 x 5
MAPS = {
    "a channel a plane": (3, 1, 3, S5),
    "two a plane": (4, 1, 2, S5),
    "two a plane at once": (4, 2, 2, S5),
    "four a plane, two at once": (8, 2, 2, S5),
    "bits": (6, 1, 2, BIT),
    "bits, all of a plane at once": (6, 3, 2, BIT),
}


def images(case: str) -> Map:
    channels, lanes, planes, element = MAPS[case]
    return Map(4, 5, channels, lanes, element, planes=planes)


def some(channels: int, *, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).random(channels) < 0.5


BLOCKS = {
    "window": lambda map: Window(map, (3, 3), padding=BORDER),
    "window with a stride": lambda map: Window(map, (3, 2), (2, 1)),
    "window of the whole": lambda map: Window(map, (4, 5)),
    "max pool": lambda map: MaxPool(map, (2, 2), (2, 2), minimum=some(map.channels)),
    "max pool of the whole": lambda map: MaxPool(map, (4, 5), (1, 1), minimum=some(map.channels)),
    "max pool with a border": lambda map: MaxPool(map, (3, 3), (1, 1), BORDER, some(map.channels)),
    "sum pool": lambda map: SumPool(
        map, (2, 3), (2, 1), WindowPadding(), np.array([1, 3]), np.array([1, 2, 1]), Element(-999, 999)
    ),
    "border": lambda map: Pad(map, WindowPadding(1, 0, 2, 1, 1)),
    "one lane": lambda map: LaneAdapter(map, 1),
    "all lanes": lambda map: LaneAdapter(map, map.run),
    "threshold": lambda map: Threshold(map, np.arange(map.channels) - 2, some(map.channels)),
    "affine": lambda map: Affine(
        map, np.arange(map.channels) - 3, np.arange(map.channels) * 7, 1, Element(-100, 100)
    ),
}  # fmt: skip

CASES = [(block, case) for block in BLOCKS for case in MAPS]


@pytest.mark.parametrize(
    ("case", "engine"),
    on_engines(CASES, [(block, "two a plane at once") for block in ("max pool", "affine", "window")]),
)
def test_block(case, engine):
    block = BLOCKS[case[0]](images(case[1]))
    assert block.o_map.planes in (1, block.i_map.planes)
    check_block(block, frames=2, engine=engine)
    measure(block, engine=engine)


# (planes, segments, parallel, simd, pe, n, m)
FOLDS = [
    (2, 4, 1, 1, 1, 3, 2),
    (4, 4, 1, 3, 2, 3, 2),
    (4, 4, 1, 3, 1, 3, 4),
    (2, 8, 2, 3, 2, 3, 2),
    (2, 6, 1, 1, 2, 2, 4),
]
OPERANDS = {
    "integers by signs": (S5, (-1, 1)),
    "bits by signs": (BIT, (-1, 1)),
    "integers": (S5, (-3, 0, 2)),
    "bits by integers": (BIT, (-3, 0, 1)),
}


@pytest.mark.parametrize("storage", ["logic", "rom"])
@pytest.mark.parametrize("operands", OPERANDS)
@pytest.mark.parametrize("fold", FOLDS, ids=str)
def test_array(fold, operands, storage):
    planes, segments, parallel, simd, pe, n, m = fold
    element, values = OPERANDS[operands]
    rng = np.random.default_rng(1)
    block = MatrixArray(
        Map(2, 3, segments * n, parallel * simd, element, planes=planes),
        rng.choice(values, (segments, n, m)),
        simd=simd, pe=pe, parallel=parallel, storage=storage,
        bias=rng.integers(-3, 3, segments * m), o_element=Element(-500, 500),
    )  # fmt: skip
    assert block.o_map.run == segments * m // planes
    check_block(block, stalls=(0.3,))
    measure(block)


def vector(lanes: int) -> Map:
    """What a map of 2 x 2 pixels of six channels in three planes becomes."""
    return Map(1, 1, 24, lanes, S5, planes=3, run=2)


def test_the_order_of_planes_by_hand():
    frames = np.arange(8).reshape(1, 1, 2, 4)
    map = Map(1, 2, 4, 1, PIXEL := Element(0, 99), planes=2)
    assert map.to_beats(frames).ravel().tolist() == [0, 1, 4, 5, 2, 3, 6, 7]
    flat = Map(1, 1, 8, 4, PIXEL, planes=2, run=2)
    assert flat.permuted
    assert flat.to_beats(frames).ravel().tolist() == [0, 1, 4, 5, 2, 3, 6, 7]
    assert flat.order.tolist() == [0, 1, 4, 5, 2, 3, 6, 7]


def test_a_flattened_map_is_the_same_stream():
    image = Map(2, 2, 6, 2, S5, planes=3)
    frames = np.random.default_rng(1).integers(-5, 9, (3, 2, 2, 6))
    assert np.array_equal(image.to_beats(frames), vector(2).to_beats(frames))
    check_block(Rewire(image, vector(2)))


@pytest.mark.parametrize("lanes", [1, 2, 3, 8, 24])
def test_functions_of_a_permuted_vector(lanes):
    for block in (Threshold(vector(lanes), np.arange(24) % 9 - 4, some(24)), LaneAdapter(vector(lanes), 4)):
        check_block(block)
        measure(block)


def test_planes_that_change_no_order_are_one():
    assert Map(1, 1, 6, 1, BIT, planes=3) == Map(1, 1, 6, 1, BIT)
    assert not Map(1, 1, 6, 1, BIT, planes=3).permuted


@given(st.integers(1, 3), st.integers(1, 3), st.integers(1, 4), st.integers(1, 4), st.integers(1, 3))
def test_beats_and_frames_are_inverse(height, width, planes, run, times):
    map = Map(height, width, planes * run, run, Element(0, 999), planes=planes)
    frames = np.arange(times * height * width * planes * run).reshape(times, height, width, planes * run)
    beats = map.to_beats(frames)
    assert beats.shape == (times * map.beats, map.lanes)
    assert np.array_equal(map.to_frames(beats), frames)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Map(2, 2, 4, 1, BIT, planes=3), "planes must divide the channels, got 3 of 1 for 4 channels"),
        (lambda: Map(2, 2, 4, 4, BIT, planes=2), "lanes must divide the 2 channels of a plane, got 4 lanes"),
        (lambda: Map(2, 2, 8, 1, BIT, planes=2, run=2), "only a vector is made of blocks, got a map of 8 in 2 x 2"),
        (lambda: Map(2, 2, 4, 1, BIT, planes=0), "planes must be at least 1, got 0"),
        (lambda: vector(2).plane, "a vector has no planes of its own"),
        (lambda: Window(vector(1), (1, 1)), "elements must pass in the order of their channels"),
        (lambda: MaxPool(vector(1), (1, 1), (1, 1)), "elements must pass in the order of their channels"),
        (lambda: Pad(vector(1), WindowPadding(1, fill=0)), "elements must pass in the order of their channels"),
        (lambda: TopK(vector(1)), "elements must pass in the order of their channels"),
        (lambda: Add([images("bits")] * 2, S5), "a join takes maps in one plane"),
        (
            lambda: MatrixArray(
                Map(2, 2, 4, 1, BIT, planes=4), np.ones((2, 2, 1)), simd=1, pe=1, o_element=Element(-2, 2)
            ),
            "planes must divide the 2 segments, got 4",
        ),
        (
            lambda: MatrixArray(
                Map(2, 2, 4, 2, BIT, planes=2), np.ones((2, 1, 1)), simd=1, pe=1, pixels=2, o_element=Element(-2, 2)
            ),
            "pixels must be 1 in planes, got 2",
        ),
    ],
)
def test_wrong_maps(make, message):
    with pytest.raises(ValueError, match=message):
        make()
