"""The transform of a patch: bits and numbers, whole patches and beats, any choice of codes; exact timing."""

import itertools

import numpy as np
import pytest

from binloom.hw.element import BIT, Element
from binloom.hw.ovsf.beats import BeatButterflies, Pairing
from binloom.hw.ovsf.transform import Transform
from binloom.hw.stream import Map
from tests.hw.bench import check_block, measure, on_engines

KINDS = {
    "bits": BIT,
    "bytes": Element(-128, 127),
    "pixels": Element(0, 255),
}
CASES = {  # elements, lanes, codes, length
    "all in a beat": (16, 16, range(16), 16),
    "all in four": (16, 4, range(16), 16),
    "the first": (16, 4, range(4), 16),
    "some": (16, 8, [9, 3, 15, 0], 16),
    "evenly spread over 24 of 32": (24, 4, range(0, 32, 4), 32),
    "27 of 32": (27, 27, [9, 3, 15, 0], 32),
    "all of beats of one": (16, 1, range(16), 16),
    "all of beats of two": (64, 2, range(64), 64),
    "the first of many beats": (64, 2, range(16), 64),
    "evenly spread over many beats": (64, 2, range(0, 64, 4), 64),
    "some of many beats": (32, 2, [9, 3, 15, 0, 30, 17, 22, 8, 29], 32),
    "one code": (8, 1, [5], 8),
    "one element": (1, 1, [0], 1),
    "an odd number": (3, 1, [2, 0], 4),
}
EVERY = list(itertools.product(KINDS, CASES))
QUICK = [("bits", "some"), ("bits", "27 of 32"), ("pixels", "some of many beats")]


@pytest.mark.parametrize(("case", "engine"), on_engines(EVERY, QUICK))
def test_equals_its_model(case, engine):
    element, (elements, lanes, codes, length) = KINDS[case[0]], CASES[case[1]]
    map = Map(1, 3, elements, lanes, element)
    block = Transform(map, np.arange(elements).reshape(-1, lanes), np.array(codes), length)
    check_block(block, engine=engine)
    measure(block, engine=engine)


def test_places_in_no_order():
    places = np.random.default_rng(3).permutation(16)[:9]
    check_block(Transform(Map(1, 3, 9, 9, BIT), places[None], np.array([5, 0, 12]), 16))


def test_no_sum_is_wider_than_it_can_be():
    block = Transform(Map(1, 1, 16, 4, BIT), np.arange(16).reshape(4, 4), np.arange(16), 16)
    assert (block.o_map.element.lo, block.o_map.element.hi) == (-16, 16)
    assert {(one.lo, one.hi) for one in block.sum_elements} == {(-8, 8)}  # bits as they are stored, less half of them


def test_few_adders_in_turn_where_a_sum_for_each_code_takes_more():
    def found(lanes: int, codes) -> tuple[int, list[tuple[int, bool]]]:
        block = Transform(Map(1, 1, 64, lanes, KINDS["bytes"]), np.arange(64).reshape(-1, lanes), np.array(codes), 64)
        return block.additions, [(pairing.reach, pairing.differences) for pairing in block.pairings]

    assert found(64, range(64)) == (6 * 64, [])
    assert found(8, range(64)) == (3 * 8 + 3 * 8, [(1, True), (2, True), (4, True)])
    # Four neighbours, of two beats, are only ever added: 16 numbers are left, for which the others are transformed.
    assert found(2, range(16)) == (1 + 5, [(1, False), (1, True), (2, True), (4, True), (8, True)])
    assert found(8, range(0, 64, 4)) == (3 * 8 + 16, [])


def test_rules():
    with pytest.raises(ValueError, match=r"^beats must meet over a power of two, got 3$"):
        BeatButterflies(Pairing((BIT,), 3, False))
    map = Map(1, 1, 12, 3, BIT)
    with pytest.raises(ValueError, match=r"^places must have shape \(4, 3\), got \(3, 4\)$"):
        Transform(map, np.arange(12).reshape(3, 4), np.arange(4), 16)
    with pytest.raises(ValueError, match=r"^places of several beats must be beat\[b\] \^ lane\[j\], got others$"):
        Transform(map, np.arange(12).reshape(4, 3), np.arange(4), 16)
    with pytest.raises(ValueError, match=r"^a patch is transformed whole, got 2 planes$"):
        Transform(Map(2, 1, 8, 4, BIT, planes=2), np.arange(8).reshape(2, 4), np.arange(4), 8)
