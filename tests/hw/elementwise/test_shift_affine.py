"""ShiftAffine: the numbers of an Affine, for factors of all signs, one group of channels and several."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from binloom.hw.element import BIT, Element
from binloom.hw.elementwise.affine import Affine
from binloom.hw.elementwise.shift_affine import ShiftAffine, signed_digits
from binloom.hw.stream import Map
from tests.hw.bench import check_block, measure

INT8 = Element(-127, 127)


def blocks(map: Map, mul: np.ndarray, add: np.ndarray, shift: int) -> list[Affine]:
    ends = [(x * mul + add) >> shift for x in (map.element.lo, map.element.hi)]
    element = Element(int(np.min(ends)), int(np.max(ends)))
    return [kind(map, mul, add, shift, element) for kind in (Affine, ShiftAffine)]


def check(map: Map, mul: np.ndarray, add: np.ndarray, shift: int, engine: str = "pysim") -> None:
    affine, block = blocks(map, mul, add, shift)
    beats = np.random.default_rng(3).integers(*sorted((map.element.lo, map.element.hi)), (map.beats, map.lanes))
    if not map.element.bit:
        assert np.array_equal(block.model(beats), affine.model(beats))
    check_block(block, engine=engine)
    measure(block, engine=engine)


@pytest.mark.parametrize("lanes", [6, 2])
@pytest.mark.parametrize("element", [INT8, Element(0, 255), Element(-20, 3), BIT], ids=str)
@pytest.mark.parametrize("bits", [15, 4])
def test_equals_its_model(element, lanes, bits):
    rng = np.random.default_rng(bits)
    mul, add = rng.integers(-(2**bits), 2**bits, 6), rng.integers(-(2 ** (bits + 6)), 2 ** (bits + 6), 6)
    check(Map(2, 2, 6, lanes, element), mul, add, bits - 3)


FACTORS = {
    "none": [0, 0],
    "powers": [1, -64],
    "all ones": [32767, -32767],
    "least": [-32768, 3],
    "not negative": [5, 21845],
}


@pytest.mark.parametrize("lanes", [2, 1])
@pytest.mark.parametrize("name", FACTORS)
def test_extreme_factors(name, lanes):
    check(Map(2, 1, 2, lanes, INT8), np.array(FACTORS[name]), np.array([1 << 20, -1]), 7)


@pytest.mark.parametrize("lanes", [6, 2])
def test_in_verilator(lanes):
    rng = np.random.default_rng(1)
    check(Map(2, 2, 6, lanes, INT8), rng.integers(-32767, 32768, 6), rng.integers(-(2**22), 2**22, 6), 11, "verilator")


@given(st.integers(-(1 << 20), 1 << 20))
@settings(max_examples=200)
def test_signed_digits_make_the_factor_and_never_stand_side_by_side(factor):
    added, subtracted = signed_digits(factor)
    assert sum(1 << place for place in added) - sum(1 << place for place in subtracted) == factor
    places = sorted(added + subtracted)
    assert all(b - a > 1 for a, b in pairwise(places))
