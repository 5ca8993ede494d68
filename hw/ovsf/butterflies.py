"""The fast Walsh-Hadamard transform of a few numbers, without the butterflies that nobody reads.

A butterfly takes two numbers to their sum and their difference. A full transform of 2^d numbers is d levels of them;
here numbers that are not there are left out, and so is what no kept code asks for: the codes of the first part of a
tree only add neighbours and never subtract them, so that they need sums of neighbours and, of these, a transform of
that part's size.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from binloom.hw.element import Element
from binloom.hw.ovsf.codes import backwards


@dataclass(frozen=True, slots=True)
class Butterfly:
    """number a + sign * number b; inputs come first, then the results of butterflies in their order."""

    a: int
    b: int
    sign: int


@dataclass(frozen=True, slots=True)
class Butterflies:
    """`levels` of additions that do not wait for each other, and for each code the number that it is, and its sign."""

    inputs: int
    levels: tuple[tuple[Butterfly, ...], ...]
    outputs: tuple[tuple[int, int], ...]

    @property
    def additions(self) -> int:
        return sum(map(len, self.levels))

    def apply(self, x: np.ndarray) -> np.ndarray:
        """What the codes are of inputs (..., inputs)."""
        numbers = list(np.moveaxis(np.asarray(x, np.int64), -1, 0))
        for level in self.levels:
            numbers += [numbers[add.a] + add.sign * numbers[add.b] for add in level]
        return np.stack([sign * numbers[number] for number, sign in self.outputs], axis=-1)

    def elements(self, element: Element) -> list[Element]:
        """What each number can be where the inputs are of `element`."""
        found = [element] * self.inputs
        for level in self.levels:
            found += [_joined(found[add.a], found[add.b], add.sign) for add in level]
        return found

    def live(self, done: int) -> list[int]:
        """The numbers that are there after so many levels and that later ones, or the codes, still ask for."""
        there = self.inputs + sum(map(len, self.levels[:done]))
        asked = {number for number, _ in self.outputs}
        asked |= {number for level in self.levels[done:] for add in level for number in (add.a, add.b)}
        return sorted(number for number in asked if number < there)


def _joined(a: Element, b: Element, sign: int) -> Element:
    return Element(a.lo + b.lo, a.hi + b.hi) if sign > 0 else Element(a.lo - b.hi, a.hi - b.lo)


Number = tuple[int, int]  # its index, its sign


@cache
def butterflies(places: tuple[int, ...], codes: tuple[int, ...], length: int) -> Butterflies:
    """The sums over inputs, laid at these places, with the signs of these codes.

    The places' bits are taken in the order that leaves the fewest numbers at each step.
    """
    count = len(places)
    turned: list[int] = backwards(np.array(codes), length).tolist()  # bit for bit what they say of a place
    left = [bit for bit in range(length.bit_length() - 1) if len({place >> bit & 1 for place in places}) > 1]
    # What a bit says that all places share is a sign of the code.
    shared = places[0] & ~sum(1 << bit for bit in left)
    state: dict[tuple[int, int], Number] = {
        (0, place & ~shared if shared else place): (index, 1) for index, place in enumerate(places)
    }
    levels, made, taken = [], count, 0
    while left:
        bit = min(left, key=lambda bit: (_after(state, turned, taken | 1 << bit, bit), bit))
        left.remove(bit)
        taken |= 1 << bit
        wanted = {code & taken for code in turned}
        level: list[Butterfly] = []
        after: dict[tuple[int, int], Number] = {}
        for code, place in sorted({(code, place & ~(1 << bit)) for code, place in state}):
            low, high = state.get((code, place)), state.get((code, place | 1 << bit))
            for chosen in (0, 1):
                key = (code | chosen << bit, place)
                if key[0] not in wanted:
                    continue
                sign = -1 if chosen else 1
                if low is None or high is None:
                    after[key] = low if high is None else (high[0], sign * high[1])  # type: ignore[assignment]
                    continue
                level.append(Butterfly(low[0], high[0], sign * low[1] * high[1]))
                after[key] = (made, low[1])
                made += 1
        levels.append(tuple(level))
        state = after
    outputs = []
    for code in turned:
        number, sign = state[code & taken, 0]
        outputs.append((number, -sign if (code & shared).bit_count() % 2 else sign))
    return Butterflies(count, tuple(levels), tuple(outputs))


def _after(state: dict[tuple[int, int], Number], turned: Sequence[int], taken: int, bit: int) -> int:
    """How many numbers there are once this bit of the places is taken."""
    places = {place & ~(1 << bit) for _, place in state}
    return len({code & taken for code in turned}) * len(places)
