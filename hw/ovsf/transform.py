"""The fast Walsh-Hadamard transform of a patch: what each kept code is of it, worked out once for all filters."""

from dataclasses import replace
from functools import cached_property

import numpy as np
from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value
from amaranth.lib import data

from binloom.hw.adder_tree import Registers, Term, fit, inner_stages
from binloom.hw.counter import counter
from binloom.hw.element import Element
from binloom.hw.ovsf.butterflies import Butterflies, butterflies
from binloom.hw.ovsf.codes import signs, split
from binloom.hw.stream import Block, Map, check_order, element_shape


class Transform(Block):
    """For each pixel of `i`, a patch: o[j] = sum of its elements, each with code `codes[j]`'s sign at its place.

    places: int64 (beats a pixel, lanes), where in a code of `length` each element of a patch lies, in the order in
    which they come. Where a patch takes several beats, place (b, j) must be beat[b] ^ lane[j] (`split`): then
    butterflies transform a beat, and each code adds or subtracts its number of each beat.

    All codes of a pixel leave in one beat. Throughput: a beat a cycle. Latency: `inner` registers among the levels of
    additions and one behind them. The whole pipeline stands still while the output is blocked; `i.ready` does not
    depend on `i.valid`.
    """

    def __init__(self, i_map: Map, places: np.ndarray, codes: np.ndarray, length: int, *, per_stage: int = 2) -> None:
        check_order(i_map)
        places, codes = np.asarray(places, np.int64), np.asarray(codes, np.int64)
        if i_map.planes > 1:
            raise ValueError(f"a patch is transformed whole, got {i_map.planes} planes")
        if places.shape != (i_map.groups, i_map.lanes):
            raise ValueError(f"places must have shape ({i_map.groups}, {i_map.lanes}), got {places.shape}")
        if len(places) > 1 and split(places) is None:
            raise ValueError("places of several beats must be beat[b] ^ lane[j], got others")
        if per_stage < 1:
            raise ValueError(f"a stage must have at least one level, got {per_stage}")
        self.i_map, self.places, self.codes, self.length = i_map, places, codes, length
        self.per_stage, self.beats = per_stage, len(places)
        self.o_map = replace(i_map, channels=len(codes), lanes=len(codes), run=0, element=self._codes_element)
        super().__init__()

    @cached_property
    def signs(self) -> np.ndarray:
        """(codes, beats, lanes)"""
        return signs(self.codes, self.places, self.length)

    @property
    def raw(self) -> bool:
        """Whether bits are added up as they are stored, 0 and 1: the sum of -1 and +1 is twice that less a constant."""
        return self.i_map.element.bit

    @property
    def source(self) -> Element:
        return Element(0, 1) if self.raw else self.i_map.element

    def _bounds(self, element: Element) -> tuple[np.ndarray, np.ndarray]:
        """The least and the most that each beat can add to each code, (codes, beats)."""
        plus, minus = (self.signs > 0).sum(axis=2), (self.signs < 0).sum(axis=2)
        return plus * element.lo - minus * element.hi, plus * element.hi - minus * element.lo

    @property
    def _codes_element(self) -> Element:
        low, high = self._bounds(Element(-1, 1) if self.raw else self.source)
        return Element(int(low.sum(axis=1).min()), int(high.sum(axis=1).max()))

    @cached_property
    def start(self) -> np.ndarray:
        """What the sum of each code starts from."""
        if not self.raw:
            return np.zeros(len(self.codes), np.int64)
        return -((self.signs.sum(axis=(1, 2)) + 1) // 2)

    @cached_property
    def sum_elements(self) -> list[Element]:
        """What the sum of each code can be on its way."""
        low, high = (self.start[:, None] + bound.cumsum(axis=1) for bound in self._bounds(self.source))
        return [Element(int(least), int(most)) for least, most in zip(low.min(axis=1), high.max(axis=1), strict=True)]

    @cached_property
    def plan(self) -> Butterflies:
        """Of the butterflies in a beat."""
        lanes = self.places[0] ^ (self.places[0, 0] if self.beats > 1 else 0)
        return butterflies(tuple(lanes.tolist()), tuple(self.codes.tolist()), self.length)

    @cached_property
    def beat_signs(self) -> np.ndarray:
        """With which sign each code takes the number that it has of each beat, (codes, beats)."""
        own = np.array([sign for _, sign in self.plan.outputs])
        if self.beats == 1:
            return own[:, None]
        return own[:, None] * signs(self.codes, self.places[:, 0], self.length)

    @property
    def additions(self) -> int:
        """Adders and subtractors: the butterflies, and one a code where its sum has several parts or a start."""
        return self.plan.additions + (len(self.codes) if self.beats > 1 else int(np.count_nonzero(self.start)))

    @property
    def inner(self) -> int:
        return inner_stages(len(self.plan.levels) + (self.beats > 1), self.per_stage)

    @property
    def held(self) -> list[int]:
        """The levels of butterflies behind which a register stands."""
        return [self.per_stage * (stage + 1) for stage in range(self.inner)]

    @property
    def latency(self) -> int:
        return self.inner + 1

    def needs(self) -> np.ndarray:
        return (np.arange(self.i_map.pixels) + 1) * self.beats

    def model(self, beats: np.ndarray) -> np.ndarray:
        map = self.i_map
        x = np.asarray(beats, np.int64)
        if map.element.bit:
            x = 2 * x - 1
        return x.reshape(-1, self.places.size) @ self.signs.reshape(len(self.codes), -1).T

    def elaborate(self, platform) -> Module:
        m = Module()
        registers = Registers()
        advance, taken = Signal(), Signal()
        m.d.comb += [
            advance.eq(~self.o.valid | self.o.ready),
            self.i.ready.eq(advance),
            taken.eq(self.i.valid & advance),
        ]
        beat, done = counter(m, "beat", self.beats, taken)
        layout = data.StructLayout({"valid": 1, "last": 1, "beat": range(self.beats)})
        tag = Signal(layout)
        m.d.comb += [tag.valid.eq(taken), tag.last.eq(done), tag.beat.eq(beat)]
        for stage in range(self.inner):
            later = Signal(layout, name=f"tag_{stage}")
            with m.If(advance):
                m.d.sync += later.eq(tag)
            tag = later

        numbers = [self._lane(lane) for lane in range(self.i_map.lanes)]
        elements = self.plan.elements(self.source)
        for done, level in enumerate(self.plan.levels, 1):
            for one in level:
                a, b = numbers[one.a].value, numbers[one.b].value
                element = elements[len(numbers)]
                numbers.append(Term(fit(a + b if one.sign > 0 else a - b, element), element))
            if done in self.held:
                live = self.plan.live(done)
                for number, term in zip(live, registers.hold([numbers[n] for n in live], f"level_{done}"), strict=True):
                    numbers[number] = term

        with m.If(advance):
            m.d.sync += [*registers.statements, self.o.valid.eq(tag.last & tag.valid)]
        minus: dict[tuple[bool, ...], Value] = {}
        for code, (number, _) in enumerate(self.plan.outputs):
            pattern = tuple((self.beat_signs[code] < 0).tolist())
            if pattern not in minus:
                negative = Signal(name=f"minus_{len(minus)}")
                bits = sum(1 << place for place, flag in enumerate(pattern) if flag)
                m.d.comb += negative.eq(Const(bits, self.beats).bit_select(tag.beat, 1))
                minus[pattern] = Const(int(pattern[0])) if len(set(pattern)) == 1 else negative
            total = self._accumulated(m, code, numbers[number], minus[pattern], tag, advance)
            odd = int(self.signs[code].size % 2)
            m.d.comb += self.o.payload[code].eq(Cat(Const(odd, 1), total).as_signed() if self.raw else total)
        return m

    def _accumulated(self, m: Module, code: int, term: Term, minus: Value, tag, advance: Signal) -> Signal:
        """The register of a code's sum."""
        element = self.sum_elements[code]
        if self.raw:
            # Its low bit is told apart behind it, so that it has to be signed.
            element = Element(min(element.lo, -1), element.hi)
        total = Signal(element_shape(element), name=f"total_{code}", reset_less=True)
        start = Const(int(self.start[code]), max(1, len(total))).as_signed() if self.start[code] else Const(0, 1)
        before = start if self.beats == 1 else Mux(tag.beat == 0, start, total)
        if isinstance(minus, Const):
            value = before - term.value if minus.value else before + term.value
        else:
            width = len(total)
            number = Signal(element_shape(Element(-(1 << width - 1), (1 << width - 1) - 1)), name=f"number_{code}")
            m.d.comb += number.eq(term.value)
            value = before + (number ^ minus.replicate(width)).as_signed() + minus
        with m.If(advance & tag.valid):
            m.d.sync += total.eq(value)
        return total

    def _lane(self, lane: int) -> Term:
        map = self.i_map
        value = Value.cast(self.i.payload)[lane * map.stored_width :][: map.element.width]
        value = value.as_signed() if map.element.signed else value
        return Term(value, self.source)
