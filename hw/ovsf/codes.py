"""The codes of the OVSF tree, each element from two numbers by one XOR-reduce.

The tree begins with (1), and a code C has the children (C, C) and (C, -C): code k of length L has the children 2 * k
and 2 * k + 1 of length 2 * L. The last bit of k says whether the second half is negated, the one before whether the
second quarter of each half is, and so on; and the first bit of n says which half element n is in. So element n of code
k is -1 where k and n, read backwards, share an odd number of ones. These are the rows of a Walsh-Hadamard matrix.
"""

import numpy as np
from amaranth.hdl import Const, Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

Split = tuple[np.ndarray, np.ndarray]


def tree(length: int) -> np.ndarray:
    """All codes of a length by the recursive definition, int8 (codes, elements)."""
    if length == 1:
        return np.ones((1, 1), np.int8)
    shorter = tree(length // 2)
    children = np.stack([np.hstack([shorter, shorter]), np.hstack([shorter, -shorter])], axis=1)
    return children.reshape(length, length)


def backwards(numbers: np.ndarray, length: int) -> np.ndarray:
    """Numbers below `length`, a power of two, with their bits in the other order."""
    bits = length.bit_length() - 1
    numbers = np.asarray(numbers, np.int64)
    return sum(((numbers >> bit & 1) << (bits - 1 - bit) for bit in range(bits)), np.zeros_like(numbers))


def signs(codes: np.ndarray, places: np.ndarray, length: int) -> np.ndarray:
    """The elements at these places of these codes, -1 and +1, int64 (codes, *shape of places)."""
    codes, places = np.asarray(codes, np.int64), np.asarray(places, np.int64)
    shared = codes.reshape(-1, *[1] * places.ndim) & backwards(places, length)
    return 1 - 2 * (np.bitwise_count(shared).astype(np.int64) & 1)


def split(places: np.ndarray) -> Split | None:
    """Places (beats, lanes) as beat[b] ^ lane[j], lane[0] being 0; None where they are no such thing."""
    beat, lane = places[:, 0], places[0] ^ places[0, 0]
    return (beat, lane) if (places == beat[:, None] ^ lane).all() else None


class CodeRow(wiring.Component):
    """`bits[j]` is the stored element of code `code` at place `base` ^ lanes[j], in the same cycle: 1 for +1, 0 for -1.

    `length` is that of the codes. One XOR-reduce for each lane, and one for the base that all lanes share.
    """

    def __init__(self, lanes: np.ndarray, length: int) -> None:
        if length < 1 or length & (length - 1):
            raise ValueError(f"the length of a code must be a power of two, got {length}")
        lanes = np.asarray(lanes, np.int64)
        if lanes.min() < 0 or lanes.max() >= length:
            raise ValueError(f"a place must lie in 0 .. {length - 1}, got {lanes.min()} to {lanes.max()}")
        self.lanes, self.length = lanes, length
        super().__init__({"code": In(range(length)), "base": In(range(length)), "bits": Out(len(lanes))})

    def elaborate(self, platform) -> Module:
        m = Module()
        base = self.base[::-1]  # its bits read backwards
        for bit, lane in zip(self.bits, backwards(self.lanes, self.length).tolist(), strict=True):
            place = base ^ Const(lane, len(base)) if len(base) else Const(0, 1)
            m.d.comb += bit.eq(~(self.code & place).xor())
        return m
