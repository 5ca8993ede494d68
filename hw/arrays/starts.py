"""What the sums of an array start from: bias and offset, and at the border of a map what its zeros took."""

from collections.abc import Sequence
from functools import cached_property

import numpy as np
from amaranth.hdl import Cat, Const, Module, Signal, Value

from binloom.hw.arrays.border import Border
from binloom.hw.element import Element
from binloom.hw.weights import WeightStore, pack_words


class Starts:
    """`values` (kinds, rows, lanes): for each kind of position of `border` and each row of sums made together.

    With `pixels` positions side by side each has the kind of its own. Those at which kinds follow each other in one
    *way* share a store of the words of these kinds. The words of a kind begin at a power of two, so that its number is
    the upper part of an address: `places` has these numbers for each step, of one way behind the other.
    """

    def __init__(self, values: np.ndarray, border: Border, pixels: int, storage: str) -> None:
        self.values, self.border, self.pixels, self.storage = values, border, pixels, storage

    @cached_property
    def same(self) -> bool:
        """Whether all sums start alike."""
        return bool((self.values == self.values[0, 0]).all())

    @cached_property
    def element(self) -> Element:
        return Element(int(self.values.min()), int(self.values.max()))

    @property
    def places(self) -> np.ndarray:
        """bool (steps, bits)."""
        return self.border.ways(self.pixels).places

    @property
    def depths(self) -> list[int]:
        """Words of each way."""
        rows = self.values.shape[1]
        return [(len(kinds) - 1 << _bits(rows)) + rows for kinds in self.border.ways(self.pixels).kinds]

    @cached_property
    def wires(self) -> int:
        """Of a word, those that are not always alike: what a memory of them really holds."""
        words = self.values.reshape(-1, self.values.shape[2])
        changing = np.bitwise_or.reduce(words) & ~np.bitwise_and.reduce(words) & (1 << self.element.width) - 1
        return sum(int(lane).bit_count() for lane in changing)

    def build(self, m: Module, advance: Signal, tags: Sequence[Signal]) -> list[Value]:
        """What each lane's sum starts from, when the last of the tags tells of it; those before come with the next
        cycles that `advance`. A tag has the `row`, and the `place`, a row of `places`."""
        if self.same:
            return [Const(value) for value in self.values[0, 0].tolist()] * self.pixels
        element, ways = self.element, self.border.ways(self.pixels)
        _, rows, lanes = self.values.shape
        found, bit = [], 0
        for number, (kinds, depth) in enumerate(zip(ways.kinds, self.depths, strict=True)):
            # What lies between the words of two kinds is never read, and repeats a word: no more wires differ.
            words = np.pad(self.values[kinds], ((0, 0), (0, (1 << _bits(rows)) - rows), (0, 0)), "edge")
            packed = pack_words(words.reshape(-1, lanes)[:depth], element.width)
            store = WeightStore(packed, lanes * element.width, storage=self.storage)
            m.submodules["starts" if len(ways.kinds) == 1 else f"starts_{number}"] = store
            tag, upper = tags[-1 - store.latency], _bits(len(kinds))
            m.d.comb += [
                store.addr.eq(Cat(tag.row[: _bits(rows)], tag.place[bit : bit + upper])),
                store.en.eq(advance),
            ]
            values = [store.data[lane * element.width :][: element.width] for lane in range(lanes)]
            found.append([value.as_signed() for value in values] if element.signed else values)
            bit += upper
        return [value for way in ways.which for value in found[way]]


def _bits(count: int) -> int:
    return (count - 1).bit_length()
