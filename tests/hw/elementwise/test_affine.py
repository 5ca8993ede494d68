"""Affine: wide multipliers, negative everything, arithmetic shift, one and many groups."""

import numpy as np
import pytest

from binloom.hw.element import BIT, Element
from binloom.hw.elementwise.affine import Affine
from binloom.hw.stream import Map
from tests.hw.bench import check_block, measure


def affine(map: Map, bits: int, shift: int, seed: int = 5) -> Affine:
    """Random constants of up to `bits` bits, and an output element that just holds every result."""
    rng = np.random.default_rng(seed)
    mul = rng.integers(-(2**bits), 2**bits, map.channels)
    add = rng.integers(-(2 ** (bits + 8)), 2 ** (bits + 8), map.channels)
    ends = [(x * mul + add) >> shift for x in (map.element.lo, map.element.hi)]
    return Affine(map, mul, add, shift, Element(int(np.min(ends)), int(np.max(ends))))


MAPS = [
    Map(2, 3, 6, 2, Element(-20, 20)),
    Map(1, 1, 1, 1, Element(0, 255)),
    Map(1, 2, 7, 7, Element(-70000, 1000)),
    Map(3, 1, 5, 1, BIT),
]


@pytest.mark.parametrize("map", MAPS, ids=str)
@pytest.mark.parametrize(("bits", "shift"), [(24, 16), (3, 0), (10, 30)])
def test_equals_its_model(map, bits, shift):
    block = affine(map, bits, shift)
    check_block(block)
    measure(block)


def test_rounds_down():
    block = Affine(Map(1, 1, 1, 1, Element(-3, 3)), np.array([1]), np.array([0]), 1, Element(-2, 1))
    assert block.model(np.arange(-3, 4).reshape(-1, 1)).ravel().tolist() == [-2, -1, -1, 0, 0, 1, 1]
    check_block(block, frames=20)


def test_refuses_a_negative_shift():
    with pytest.raises(ValueError, match=r"^shift must not be negative, got -1$"):
        Affine(Map(1, 1, 1, 1, BIT), np.array([1]), np.array([0]), -1, Element(0, 1))


def test_refuses_bits_out():
    with pytest.raises(ValueError, match=r"^an affine block gives integers, got bits as its output element$"):
        Affine(Map(1, 1, 1, 1, BIT), np.array([1]), np.array([0]), 0, BIT)
