"""The fast Walsh-Hadamard transform of a patch: what each kept code is of it, worked out once for all filters."""

from dataclasses import replace
from functools import cached_property

import numpy as np
from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value
from amaranth.lib import data

from binloom.hw.counter import counter
from binloom.hw.element import Element
from binloom.hw.ovsf.beats import BeatButterflies, Pairing, side_by_side
from binloom.hw.ovsf.butterflies import Butterflies, butterflies
from binloom.hw.ovsf.codes import signs, split
from binloom.hw.stream import Block, Map, check_order, element_shape
from binloom.hw.sums.adder_tree import Registers, Term, fit, inner_stages


class Transform(Block):
    """For each pixel of `i`, a patch: o[j] = sum of its elements, each with code `codes[j]`'s sign at its place.

    places: int64 (beats a pixel, lanes), where in a code of `length` each element of a patch lies, in the order in
    which they come. Where a patch takes several beats, place (b, j) must be beat[b] ^ lane[j] (`split`): then
    butterflies transform a beat. What the beats have of each code is added up in one of two ways, by which has fewer
    adders: each code adds or subtracts its number of each beat; or, of a power of two of beats, butterflies go on
    between beats (`pairings`, hw/ovsf/beats.py) and each code keeps the number that is it as it comes by.

    All codes of a pixel leave in one beat. Throughput: a beat a cycle. Latency: `inner` registers among the levels of
    additions and one behind them; of pairings one behind each, and what each waits for its differences. The whole
    pipeline stands still while the output is blocked; `i.ready` does not depend on `i.valid`.
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

    @cached_property
    def pairings(self) -> tuple[Pairing, ...]:
        """Butterflies between beats, those next to each other first; none where a sum for each code is less."""
        bits = self.beats.bit_length() - 1
        if not bits or self.beats != 1 << bits or len(self.read) * bits >= len(self.codes) or not self._factored:
            return ()
        elements = self.plan.elements(self.source)
        found = [Pairing(tuple(elements[number] for number in self.read), 1, bool(self.flips[0].any()))]
        for flips in self.flips[1:]:
            before = found[-1]
            found.append(Pairing(before.results, before.reach << before.differences, bool(flips.any())))
        return tuple(found)

    @cached_property
    def read(self) -> list[int]:
        """The numbers of a beat that codes ask for."""
        return sorted({number for number, _ in self.plan.outputs})

    @property
    def flips(self) -> np.ndarray:
        """Whether a bit of the beat's number turns the sign of a code, (bits, codes)."""
        return self.beat_signs[:, [1 << bit for bit in range(self.beats.bit_length() - 1)]].T < 0

    @property
    def _factored(self) -> bool:
        """Whether each code's sign in a beat is the product of what the bits of the beat's number say."""
        bits = np.arange(self.beats)[:, None] >> np.arange(len(self.flips)) & 1
        return bool(((bits @ self.flips) % 2 == (self.beat_signs.T < 0)).all())

    @property
    def turns(self) -> np.ndarray:
        """Which of the beats that leave the last pairing holds each code."""
        reaches = [pairing.reach for pairing in self.pairings]
        return np.array(reaches, np.int64) @ self.flips

    @property
    def additions(self) -> int:
        """Adders and subtractors: the butterflies, in a beat and between beats, or else one a code where its sum has
        several parts; and one where it has a start."""
        if self.pairings or self.beats == 1:
            between = len(self.read) * len(self.pairings)
            return self.plan.additions + between + int(np.count_nonzero(self.start))
        return self.plan.additions + len(self.codes)

    @property
    def inner(self) -> int:
        return inner_stages(len(self.plan.levels) + (self.beats > 1), self.per_stage)

    @property
    def held(self) -> list[int]:
        """The levels of butterflies behind which a register stands."""
        return [self.per_stage * (stage + 1) for stage in range(self.inner)]

    @property
    def latency(self) -> int:
        return self.inner + max(1, sum(pairing.latency + 1 for pairing in self.pairings))

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

        if self.pairings:
            self._between(m, [numbers[number] for number in self.read], tag.valid, registers, advance)
        else:
            self._summed(m, numbers, tag, advance)
        with m.If(advance):
            m.d.sync += registers.statements
        return m

    def _between(self, m: Module, terms: list[Term], valid: Value, registers: Registers, advance: Signal) -> None:
        """The butterflies between beats, and the codes as they come out of them."""
        for number, pairing in enumerate(self.pairings):
            if number:
                terms, before = registers.hold(terms, f"pairs_{number}"), valid
                valid = Signal(name=f"pairs_{number}_valid")
                registers.statements.append(valid.eq(before))
            m.submodules[f"pairing_{number}"] = stage = BeatButterflies(pairing)
            m.d.comb += [stage.en.eq(advance), stage.i_valid.eq(valid), stage.i.eq(Cat(term.value for term in terms))]
            terms, valid = side_by_side(stage.o, pairing.results), stage.o_valid
        last = self.pairings[-1]
        turn, done = counter(m, "turn", last.reach << last.differences, advance & valid)
        with m.If(advance):
            m.d.sync += self.o.valid.eq(done)
        lanes = [self.read.index(number) for number, _ in self.plan.outputs]
        totals = [self._total(m, code) for code in range(len(self.codes))]
        for asked in np.unique(self.turns).tolist():
            with m.If(advance & valid & (turn == asked)):
                for code in np.flatnonzero(self.turns == asked).tolist():
                    m.d.sync += totals[code].eq(terms[lanes[code]].value + int(self.start[code]))

    def _summed(self, m: Module, numbers: list[Term], tag, advance: Signal) -> None:
        """A sum for each code."""
        with m.If(advance):
            m.d.sync += self.o.valid.eq(tag.last & tag.valid)
        minus: dict[tuple[bool, ...], Value] = {}
        for code, (number, _) in enumerate(self.plan.outputs):
            pattern = tuple((self.beat_signs[code] < 0).tolist())
            if pattern not in minus:
                negative = Signal(name=f"minus_{len(minus)}")
                bits = sum(1 << place for place, flag in enumerate(pattern) if flag)
                m.d.comb += negative.eq(Const(bits, self.beats).bit_select(tag.beat, 1))
                minus[pattern] = Const(int(pattern[0])) if len(set(pattern)) == 1 else negative
            self._accumulated(m, code, numbers[number], minus[pattern], tag, advance)

    def _accumulated(self, m: Module, code: int, term: Term, minus: Value, tag, advance: Signal) -> None:
        """A code's sum, a beat later."""
        total = self._total(m, code)
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

    def _total(self, m: Module, code: int) -> Signal:
        """The register that a code leaves from."""
        element = self.sum_elements[code]
        if self.raw:
            # Its low bit is told apart behind it, so that it has to be signed.
            element = Element(min(element.lo, -1), element.hi)
        total = Signal(element_shape(element), name=f"total_{code}", reset_less=True)
        odd = int(self.signs[code].size % 2)
        m.d.comb += self.o.payload[code].eq(Cat(Const(odd, 1), total).as_signed() if self.raw else total)
        return total

    def _lane(self, lane: int) -> Term:
        map = self.i_map
        value = Value.cast(self.i.payload)[lane * map.stored_width :][: map.element.width]
        value = value.as_signed() if map.element.signed else value
        return Term(value, self.source)
