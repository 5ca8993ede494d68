"""Butterflies between the beats of a patch: few adders in turn, where a sum for each code would take many."""

from collections.abc import Sequence
from dataclasses import dataclass

from amaranth.hdl import Cat, Module, Mux, Signal, Value, signed
from amaranth.lib import memory, wiring
from amaranth.lib.wiring import In, Out

from binloom.hw.counter import counter
from binloom.hw.element import Element
from binloom.hw.stream import element_shape
from binloom.hw.sums.adder_tree import Term


@dataclass(frozen=True, slots=True)
class Pairing:
    """Beats of numbers of `elements` by twice `reach`: each of the first half meets the one `reach` beats behind it.

    Of each pair the sums leave, and behind all sums, with `differences`, the differences.
    """

    elements: tuple[Element, ...]
    reach: int
    differences: bool

    @property
    def results(self) -> tuple[Element, ...]:
        sums = [Element(2 * element.lo, 2 * element.hi) for element in self.elements]
        if not self.differences:
            return tuple(sums)
        spreads = [element.hi - element.lo for element in self.elements]
        return tuple(
            Element(min(element.lo, -spread), max(element.hi, spread))
            for element, spread in zip(sums, spreads, strict=True)
        )

    @property
    def latency(self) -> int:
        """Cycles from the last beat to the last that leaves."""
        return self.reach * self.differences


class BeatButterflies(wiring.Component):
    """A `pairing` in a pipeline that advances with `en`: beats of `i` with `i_valid`, beats of `o` with `o_valid`.

    A sum leaves in the cycle in which the second beat of its pair comes, the differences in the `reach` cycles behind
    the last sum, whatever comes meanwhile: that is a first half again, of which nothing leaves. So one adder for each
    number is enough. Numbers lie side by side, the first lowest.
    """

    def __init__(self, pairing: Pairing) -> None:
        if pairing.reach < 1 or pairing.reach & (pairing.reach - 1):
            raise ValueError(f"beats must meet over a power of two, got {pairing.reach}")
        self.pairing = pairing
        super().__init__(
            {
                "en": In(1),
                "i": In(sum(element.width for element in pairing.elements)),
                "i_valid": In(1),
                "o": Out(sum(element.width for element in pairing.results)),
                "o_valid": Out(1),
            }
        )

    def elaborate(self, platform) -> Module:
        m = Module()
        reach = self.pairing.reach
        step, late, behind, used = Signal(), Signal(), Signal(), Signal()
        at, last = counter(m, "at", 2 * reach, step)
        m.d.comb += [
            step.eq(self.en & self.i_valid),
            late.eq(at[-1]),  # in the second half
            used.eq(behind | (self.i_valid & late)),
            self.o_valid.eq(used),
        ]
        read = Signal(range(reach))
        following = Signal(range(reach))
        m.d.comb += following.eq(read + used)
        with m.If(self.en):
            m.d.sync += read.eq(following)
        if self.pairing.differences:
            with m.If(self.en & behind & (read == reach - 1)):
                m.d.sync += behind.eq(0)
            with m.If(last):
                m.d.sync += behind.eq(1)

        words = [self._words(m, "first", at[:-1], step & ~late, following), self.i]
        if self.pairing.differences:
            words.append(self._words(m, "second", at[:-1], step & late, following))
        numbers = zip(*(side_by_side(word, self.pairing.elements) for word in words), strict=True)
        m.d.comb += self.o.eq(
            Cat(
                self._met(m, [term.value for term in terms], element, behind)
                for terms, element in zip(numbers, self.pairing.results, strict=True)
            )
        )
        return m

    def _words(self, m: Module, name: str, at: Value, en: Value, following: Value) -> Value:
        """Half a block: the word of the address that `following` was in the cycle before.

        A word is asked for a cycle before it is used, and was written before that: the memory may be of any kind.
        """
        if self.pairing.reach == 1:
            register = Signal(len(self.i), name=name, reset_less=True)
            with m.If(en):
                m.d.sync += register.eq(self.i)
            return register
        m.submodules[name] = words = memory.Memory(shape=len(self.i), depth=self.pairing.reach, init=[])
        write, read = words.write_port(), words.read_port()
        m.d.comb += [
            write.addr.eq(at),
            write.en.eq(en),
            write.data.eq(self.i),
            read.addr.eq(following),
            read.en.eq(self.en),
        ]
        return read.data

    def _met(self, m: Module, values: Sequence[Value], element: Element, behind: Value) -> Value:
        """The number of the first half and that of the second: their sum, or their difference."""
        width = element.width
        if not self.pairing.differences:
            return (values[0] + values[1])[:width]
        other = Signal(signed(width))
        m.d.comb += other.eq(Mux(behind, values[2], values[1]))
        return (values[0] + (other ^ behind.replicate(width)).as_signed() + behind)[:width]


def side_by_side(value: Value, elements: Sequence[Element]) -> list[Term]:
    """Numbers that lie side by side."""
    terms, start = [], 0
    for element in elements:
        part = value[start : start + element.width]
        terms.append(Term(part.as_signed() if element_shape(element).signed else part, element))
        start += element.width
    return terms
