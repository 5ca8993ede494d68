"""A multiply and add a channel without a multiplier: shifts of the number, added up."""

from collections.abc import Sequence
from types import SimpleNamespace

from amaranth.hdl import Const, Mux, Value

from binloom.hw.element import Element
from binloom.hw.elementwise.affine import Affine
from binloom.hw.elementwise.base import Hold
from binloom.hw.sums.adder_tree import Term, add_tree, depth, inner_stages

PER_STAGE = 2  # additions between registers


class ShiftAffine(Affine):
    """What `Affine` computes: y = floor((x * mul[c] + add[c]) / 2**shift). No device makes a multiplier of it.

    Where all channels come in one beat each factor is a sum of a few powers of two, some of them subtracted, and `x` is
    shifted and added as often. Where they do not, each bit of a stored factor says whether a shift of `x` is added.

    Latency: a cycle for every PER_STAGE additions in a row, and one more where the channels take several beats a
    pixel; one beat a cycle.
    """

    @property
    def stages(self) -> int:  # type: ignore[override]
        return inner_stages(self.levels + 1, PER_STAGE) + 1

    @property
    def levels(self) -> int:
        """Additions in a row, less the subtraction at the end."""
        return max(depth(max(len(added) + 1, len(subtracted))) for added, subtracted in self.shifts())

    def shifts(self) -> list[tuple[list[int], list[int]]]:
        """Of each factor the places by which `x` is shifted to be added, and those for what is subtracted; of stored
        factors those of all."""
        if self.stored:
            factor = self.factor
            places = list(range(factor.width))
            return [(places[:-1], places[-1:]) if factor.signed else (places, [])]
        return [signed_digits(int(mul)) for mul in self.constants["mul"]]

    @property
    def factor(self) -> Element:
        """What a stored factor can be."""
        mul = self.constants["mul"]
        return Element(int(mul.min()), int(mul.max()))

    def lane(self, x: Value, constant: SimpleNamespace, hold: Hold) -> Value:
        stage = 0

        def held(terms: Sequence[Term]) -> list[Term]:
            nonlocal stage
            stage += 1
            return [Term(hold(term.value, f"sum{stage}_{n}"), term.element) for n, term in enumerate(terms)]

        add = self.constants["add"]
        if self.stored:
            ((added, subtracted),) = self.shifts()
            addend = Term(constant.add, Element(int(add.min()), int(add.max())))
            more = [self.shifted(x, place, constant.mul[place]) for place in added]
            less = [self.shifted(x, place, constant.mul[place]) for place in subtracted]
        else:
            added, subtracted = signed_digits(constant.mul.value)
            addend = Term(constant.add, Element(constant.add.value, constant.add.value))
            more, less = ([self.shifted(x, place) for place in side] for side in (added, subtracted))
        less = less or [Term(Const(0), Element(0, 0))]
        sums = [add_tree(side, self.levels, PER_STAGE, held) for side in ([addend, *more], less)]
        if self.levels and self.levels % PER_STAGE == 0:
            sums = held(sums)
        return (sums[0].value - sums[1].value) >> self.shift

    def shifted(self, x: Value, place: int, present: Value | None = None) -> Term:
        """x * 2**place, or 0 where it is not `present`."""
        lo, hi = self.i_map.element.lo << place, self.i_map.element.hi << place
        if present is None:
            return Term(x << place, Element(lo, hi))
        return Term(Mux(present, x << place, 0), Element(min(0, lo), max(0, hi)))


def signed_digits(factor: int) -> tuple[list[int], list[int]]:
    """Places of powers of two: those added and those subtracted make the factor, and no form of it has fewer."""
    added: list[int] = []
    subtracted: list[int] = []
    place = 0
    while factor:
        if factor & 3 == 1:
            added.append(place)
            factor -= 1
        elif factor & 3 == 3:
            subtracted.append(place)
            factor += 1
        factor >>= 1
        place += 1
    return added, subtracted
