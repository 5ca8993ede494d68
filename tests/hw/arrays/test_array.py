"""The array: every way to multiply, every fold, one and many segments, biases, stalls; exact timing."""

import itertools

import numpy as np
import pytest

from binloom.hw.arrays.array import MatrixArray
from binloom.hw.element import BIT, Element
from binloom.hw.stream import Map
from binloom.sim.beats import pack, unpack
from binloom.sim.pysim import simulate
from tests.hw.bench import check_block, measure, on_engines

BYTE, PIXEL = Element(-128, 127), Element(0, 255)


def array(
    element: Element,
    shape: tuple[int, int, int],
    simd: int,
    pe: int,
    *,
    positions: tuple[int, int] = (1, 2),
    limit: int = 1,
    bias: int = 0,
    parallel: int = 1,
    pixels: int = 1,
    seed: int = 7,
    **options,
) -> MatrixArray:
    """An array with random weights of +-1 (limit 1) or of -limit..limit, and the tightest output element."""
    rng = np.random.default_rng(seed)
    segments, n, m = shape
    weights = rng.choice([-1, 1], shape) if limit == 1 else rng.integers(-limit, limit, shape, endpoint=True)
    biases = rng.integers(-bias, bias, segments * m, endpoint=True)
    ends = np.stack([weights * element.lo, weights * element.hi])
    low, high = ends.min(axis=0), ends.max(axis=0)
    low, high = (side.sum(axis=1).ravel() + biases for side in (low, high))
    return MatrixArray(
        Map(*positions, pixels * segments * n, pixels * parallel * simd, element),
        weights,
        simd=simd,
        pe=pe,
        o_element=Element(int(low.min()), int(high.max())),
        bias=biases if bias else None,
        parallel=parallel,
        pixels=pixels,
        **options,
    )


FOLDS = [
    ((1, 12, 6), 12, 6),  # all in one cycle: the weights are constants
    ((1, 12, 6), 12, 2),
    ((1, 12, 6), 4, 6),
    ((1, 12, 6), 4, 3),  # sums that come back after two cycles, in registers
    ((1, 12, 6), 3, 2),  # after three
    ((1, 12, 6), 1, 1),  # after six, in memory
    ((3, 4, 2), 4, 2),
    ((3, 4, 2), 2, 2),
    ((3, 4, 2), 2, 1),
    ((1, 1, 1), 1, 1),
    ((2, 1, 1), 1, 1),
    ((1, 7, 5), 7, 1),
    ((1, 7, 5), 1, 5),
    ((5, 3, 1), 1, 1),
]
KINDS = {
    "bits": {"element": BIT},
    "bits, integer weights": {"element": BIT, "limit": 9, "bias": 40},
    "integers": {"element": BYTE, "bias": 1000},
    "pixels": {"element": PIXEL},
    "negative integers": {"element": Element(-9, -2)},
    "integers, integer weights": {"element": BYTE, "limit": 100, "bias": 5},
    "pixels, integer weights": {"element": PIXEL, "limit": 3},
}


EVERY = list(itertools.product(KINDS, range(len(FOLDS))))
# In Verilator at once: each kind, and the folds that differ in their control.
QUICK = [
    ("bits", 3),
    ("bits, integer weights", 1),
    ("integers", 0),
    ("pixels", 4),
    ("negative integers", 5),
    ("integers, integer weights", 8),
    ("pixels, integer weights", 2),
]


@pytest.mark.parametrize(("case", "engine"), on_engines(EVERY, QUICK))
def test_equals_its_model(case, engine):
    kind, fold = case
    shape, simd, pe = FOLDS[fold]
    block = array(shape=shape, simd=simd, pe=pe, **KINDS[kind])
    check_block(block, engine=engine)
    if engine == "verilator" or kind in ("bits", "pixels", "integers, integer weights"):
        measure(block, engine=engine)


SIDES = [((6, 9, 1), 3), ((6, 9, 1), 6), ((4, 4, 2), 2), ((2, 1, 3), 2)]
BESIDE = list(itertools.product(KINDS, range(len(SIDES))))


@pytest.mark.parametrize(("case", "engine"), on_engines(BESIDE, [("bits", 0), ("integers, integer weights", 2)]))
def test_segments_side_by_side(case, engine):
    kind, side = case
    shape, parallel = SIDES[side]
    block = array(shape=shape, simd=shape[1], pe=shape[2], parallel=parallel, **KINDS[kind])
    check_block(block, engine=engine)
    measure(block, engine=engine)


def test_the_meaning_of_parallel_lanes():
    """A window of two channels delivers (position, channel); the sums come channel after channel."""
    weights = np.array([[[1], [1], [1]], [[1], [-1], [1]]])
    block = MatrixArray(Map(1, 1, 6, 6, PIXEL), weights, simd=3, pe=1, parallel=2, o_element=Element(-255, 765))
    assert block.model(np.array([[1, 10, 2, 20, 3, 30]])).tolist() == [[6, 20]]
    check_block(block)


SHARED = list(itertools.product(KINDS, range(len(FOLDS))))


@pytest.mark.parametrize(
    ("case", "engine"), on_engines(SHARED, [("bits", 4), ("bits", 6), ("pixels, integer weights", 0)])
)
def test_pixels_that_share_their_weights(case, engine):
    kind, fold = case
    shape, simd, pe = FOLDS[fold]
    block = array(shape=shape, simd=simd, pe=pe, pixels=2 + fold % 2, **KINDS[kind])
    check_block(block, engine=engine)
    measure(block, engine=engine)


def test_the_meaning_of_pixels():
    """Two pixels of two beats, two sums each: beats and sums of both lie side by side."""
    weights = np.array([[[1, 1], [1, -1], [1, 1], [1, -1]]])
    block = MatrixArray(Map(1, 1, 8, 4, PIXEL), weights, simd=2, pe=1, pixels=2, o_element=Element(-510, 1020))
    beats = np.array([[1, 2, 10, 20], [3, 4, 30, 40]])
    assert block.model(beats).tolist() == [[10, 100], [-2, -20]]
    check_block(block)


def test_pixels_beside_segments():
    block = array(BIT, (6, 9, 1), 9, 1, parallel=3, pixels=2)
    check_block(block)
    measure(block)


@pytest.mark.parametrize("per_stage", [2, 3, 4, 20])
@pytest.mark.parametrize("kind", ["bits", "pixels", "integers, integer weights"])
def test_registers_in_the_tree(kind, per_stage):
    block = array(shape=(1, 100, 4), simd=50, pe=2, per_stage=per_stage, **KINDS[kind])
    check_block(block)
    measure(block)


@pytest.mark.parametrize("storage", ["logic", "rom"])
def test_words_of_thousands_of_bits(storage):
    check_block(array(BIT, (1, 576, 32), 288, 16, positions=(1, 1), storage=storage), frames=2, stalls=(0.2,))


@pytest.mark.parametrize("weights", [-1, 1])
def test_sums_reach_their_bounds(weights):
    """All -1 against all +1 on bits and on the ends of an integer: the widest sums there are."""
    for element, stored in ((BIT, (0, 1)), (PIXEL, (0, 255)), (BYTE, (-128, 127))):
        n = 65
        ends = sorted((weights * element.lo * n, weights * element.hi * n))
        block = MatrixArray(
            Map(1, 1, n, 13, element), np.full((1, n, 2), weights), simd=13, pe=1, o_element=Element(*ends)
        )
        for value in stored:
            beats = np.full((5, 13), value)
            number = 2 * value - 1 if element.bit else value
            assert (block.model(beats) == weights * n * number).all()
            result = simulate(block, {"i": pack(block.i_map, beats)}, {"o": 2})
            assert unpack(block.o_map, result.payloads["o"]).ravel().tolist() == [weights * n * number] * 2


REFUSALS = [
    ({"simd": 3}, "simd must divide n = 8, got 3"),
    ({"pe": 3}, "pe must divide m = 4, got 3"),
    ({"parallel": 2}, "parallel must divide the 1 segments, got 2"),
    ({"simd": 2}, "the input must have pixels * parallel * simd = 2 lanes, got 8"),
    ({"bias": np.zeros(3, int)}, r"bias must hold 4 numbers, one an output channel, got shape \(3,\)"),
    ({"weights": np.ones((1, 8), int)}, r"weights must be \(segments, n, m\) and not empty, got shape \(1, 8\)"),
    ({"weights": np.ones((1, 4, 4), int)}, r"the input must have pixels * segments * n = 4 channels, got 8"),
    ({"pixels": 0}, "pixels must be at least 1, got 0"),
    ({"pixels": 3}, "the input must have pixels * segments * n = 24 channels, got 8"),
    ({"per_stage": 1}, "a stage must have at least two levels, got 1"),
    ({"storage": "flash"}, "storage must be one of logic, rom, ram, got 'flash'"),
    (
        {"weights": np.ones((2, 4, 4), int), "simd": 2, "parallel": 2},
        "parallel segments need simd = n = 4 and pe = m = 4, got 2 and 4",
    ),
]


@pytest.mark.parametrize(("change", "message"), REFUSALS)
def test_refuses(change, message):
    arguments = {"weights": np.ones((1, 8, 4), int), "simd": 8, "pe": 4, "o_element": Element(-8, 8)} | change
    weights = arguments.pop("weights")
    with pytest.raises(ValueError, match=f"^{message.replace(' * ', r' [*] ')}$"):
        MatrixArray(Map(1, 1, 8, 8, BIT), weights, **arguments)


@pytest.mark.parametrize(
    ("shape", "simd", "pe", "options"),
    [
        ((1, 576, 8), 288, 4, {"storage": "rom"}),
        ((1, 288, 8), 288, 2, {}),
        ((1, 600, 12), 300, 2, {"storage": "rom"}),  # sums that wait in memory
        ((1, 256, 4), 256, 2, {"storage": "rom", "pixels": 2, "positions": (1, 4)}),
        ((1, 576, 8), 288, 4, {"storage": "rom", "pixels": 4, "positions": (1, 8), "chains": False}),
    ],
)
def test_a_large_array_flows(shape, simd, pe, options):
    """Whatever its reader does it loses nothing, and free running no cycle."""
    block = array(BIT, shape, simd, pe, **options)
    assert block.flows
    assert block.settled
    check_block(block, stalls=(0.0, 0.4, 0.8))
    measure(block)


def test_a_small_array_does_not():
    assert not array(BIT, (1, 64, 8), 32, 2, storage="rom").flows
    assert not array(BYTE, (1, 27, 64), 27, 64).flows  # as many results as operands
