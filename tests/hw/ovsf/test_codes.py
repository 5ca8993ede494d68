"""Codes by XOR-reduce against the tree, and butterflies against codes."""

import numpy as np
import pytest
from amaranth.sim import Simulator
from hypothesis import given, settings
from hypothesis import strategies as st

from binloom.hw.ovsf.butterflies import butterflies
from binloom.hw.ovsf.codes import CodeRow, signs, split, tree

LENGTHS = [1 << bits for bits in range(13)]


@pytest.mark.parametrize("length", LENGTHS)
def test_every_element_is_that_of_the_tree(length: int) -> None:
    everything = np.arange(length)
    assert np.array_equal(signs(everything, everything, length), tree(length))


@pytest.mark.parametrize("length", [8, 64, 1024])
def test_the_first_codes_tell_no_neighbours_apart(length: int) -> None:
    for share in (2, 4, 8):
        first = tree(length)[: length // share].reshape(length // share, -1, share)
        assert (first == first[:, :, :1]).all()
        assert not (tree(length)[length // share].reshape(-1, share) == 1).all()


def circuit(lanes: np.ndarray, length: int, cases: list[tuple[int, int]]) -> np.ndarray:
    """The bits of a row, (cases, lanes), for codes and bases."""
    dut = CodeRow(lanes, length)
    rows: list[int] = []

    async def bench(ctx):
        for code, base in cases:
            ctx.set(dut.code, code)
            ctx.set(dut.base, base)
            rows.append(ctx.get(dut.bits))

    simulator = Simulator(dut)
    simulator.add_testbench(bench)
    simulator.run()
    return np.array([[row >> lane & 1 for lane in range(len(lanes))] for row in rows])


def demand_row(length: int, codes: np.ndarray, base: int) -> None:
    lanes = np.arange(length)
    got = circuit(lanes, length, [(int(code), base) for code in codes])
    assert np.array_equal(2 * got - 1, tree(length)[codes][:, lanes ^ base])


@pytest.mark.parametrize("length", LENGTHS[:8])
def test_the_circuit_makes_every_element(length: int) -> None:
    demand_row(length, np.arange(length), 0)
    demand_row(length, np.arange(length), length // 2 + length // 8)


@pytest.mark.parametrize("length", LENGTHS[8:])
def test_the_circuit_is_linear_in_both(length: int) -> None:
    """A sum of ANDs in a field of two: what it does to single bits of code and place, it does to all."""
    bits = [1 << bit for bit in range(length.bit_length() - 1)]
    got = circuit(
        np.array([0, *bits]), length, [(code, base) for code in (0, *bits, length - 1) for base in (0, *bits)]
    )
    places = np.array([[base ^ lane for lane in (0, *bits)] for _ in (0, *bits, 1) for base in (0, *bits)])
    codes = np.repeat([0, *bits, length - 1], len(bits) + 1)
    assert np.array_equal(2 * got - 1, tree(length)[codes[:, None], places])


@pytest.mark.slow
@pytest.mark.parametrize("length", LENGTHS[8:])
def test_the_circuit_makes_every_element_of_long_codes(length: int) -> None:
    demand_row(length, np.arange(length), 0)


def test_places_fall_apart() -> None:
    beat, lane = split(np.arange(64).reshape(8, 8))  # type: ignore[misc]
    assert beat.tolist() == list(range(0, 64, 8))
    assert lane.tolist() == list(range(8))
    assert split(np.arange(48).reshape(16, 3)) is None
    assert split(np.arange(27).reshape(1, 27)) is not None


def test_rules() -> None:
    with pytest.raises(ValueError, match=r"^the length of a code must be a power of two, got 12$"):
        CodeRow(np.arange(4), 12)
    with pytest.raises(ValueError, match=r"^a place must lie in 0 \.\. 7, got 0 to 8$"):
        CodeRow(np.arange(9), 8)


@settings(max_examples=60, deadline=None)
@given(data=st.data(), bits=st.integers(0, 7))
def test_butterflies_are_the_codes(data, bits: int) -> None:
    length = 1 << bits
    some = st.lists(st.integers(0, length - 1), min_size=1, max_size=length, unique=True)
    places, codes = data.draw(some), data.draw(some)
    plan = butterflies(tuple(places), tuple(codes), length)
    x = np.random.default_rng(bits).integers(-99, 100, (5, len(places)))
    x[0], x[1] = -99, 99
    assert np.array_equal(plan.apply(x), x @ signs(np.array(codes), np.array(places), length).T)
    assert plan.additions <= length * bits


@pytest.mark.parametrize(
    ("codes", "additions"),
    [
        (range(512), 512 * 9),
        (range(128), 256 + 128 + 128 * 7),  # sums of four neighbours, and a transform of 128 of them
        (range(0, 512, 4), 256 + 128 + 128 * 7),
        ([0], 511),
    ],
)
def test_what_nobody_reads_is_left_out(codes, additions: int) -> None:
    assert butterflies(tuple(range(512)), tuple(codes), 512).additions == additions
