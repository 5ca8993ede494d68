"""Kernels made while they are used: a store that keeps the coefficients of a few codes, and no kernel."""

from dataclasses import dataclass

import numpy as np
from amaranth.hdl import Cat, Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from binloom.hw.arrays.matrix import weight_element
from binloom.hw.counter import counter
from binloom.hw.element import Element
from binloom.hw.ovsf.codes import CodeRow, signs, split
from binloom.hw.stream import element_shape
from binloom.hw.sums.adder_tree import Registers, Term, add_tree, depth
from binloom.hw.weights import WeightStore, pack_words, store_latency


@dataclass(frozen=True, slots=True, eq=False)
class Recipe:
    """What a kernel is made of, and how: w[place, o] = sum of coefficients[j, o] * code(codes[j])[place].

    coefficients: int64 (codes, outputs). places: int64 (beats, lanes), beat[b] ^ lane[j] where there are several beats.
    A row, `pe` outputs, is made word after word, a beat of places each, of `step` codes a cycle. `stored`: of how many
    of the codes, the first ones, the elements are kept as well; those of the others are made. `storage`: where
    coefficients and elements are.
    """

    coefficients: np.ndarray
    codes: np.ndarray
    places: np.ndarray
    length: int
    pe: int
    step: int = 1
    stored: int = 0
    storage: str = "logic"

    def __post_init__(self) -> None:
        count, outputs = self.coefficients.shape
        if self.pe < 1 or outputs % self.pe:
            raise ValueError(f"pe must divide the {outputs} outputs, got {self.pe}")
        if self.step < 1 or count % self.step:
            raise ValueError(f"step must divide the {count} codes, got {self.step}")
        if self.stored % self.step or not 0 <= self.stored <= count:
            raise ValueError(f"stored must be whole steps of {self.step} of the {count} codes, got {self.stored}")
        if len(self.places) > 1 and split(self.places) is None:
            raise ValueError("places of several beats must be beat[b] ^ lane[j], got others")

    @property
    def rows(self) -> int:
        return self.coefficients.shape[1] // self.pe

    @property
    def steps(self) -> int:
        """Cycles a word."""
        return len(self.codes) // self.step

    @property
    def kernel(self) -> np.ndarray:
        """(rows, places, outputs of a row), the places in the order of beats."""
        weights = signs(self.codes, self.places.ravel(), self.length).T @ self.coefficients
        return weights.reshape(-1, self.rows, self.pe).transpose(1, 0, 2)

    @property
    def factor(self) -> Element:
        """What a coefficient can be."""
        return Element(int(self.coefficients.min()), int(self.coefficients.max()))

    @property
    def sum_element(self) -> Element:
        """What a weight can be on its way."""
        most = int(np.abs(self.coefficients).sum(axis=0).max())
        return Element(-most, most)

    @property
    def reads(self) -> int:
        """Cycles from an address to coefficients and codes."""
        return store_latency(self.rows * self.steps, self.storage)

    @property
    def cycles(self) -> int:
        """From the start of a row to the start of the next, the first having been used up before."""
        return len(self.places) * self.steps + self.reads + 2


class KernelRows(wiring.Component):
    """Row after row of a kernel, over and over: `data` is word `addr` of the row at hand, a cycle with `en` high later.

    `ready` is high while there is a row at hand; `done` ends it, with its last word read in the same cycle. The next
    row is made meanwhile, in `recipe.cycles` cycles from the one in which this one began. A word holds the weights of a
    beat's first lane, then of its second, ..., in elements of `weight`, a bit being 1 for +1.
    """

    def __init__(self, recipe: Recipe, weight: Element) -> None:
        self.recipe, self.weight = recipe, weight
        beats, lanes = recipe.places.shape
        self.width = lanes * recipe.pe * weight.width
        super().__init__(
            {"en": In(1), "addr": In(range(beats)), "data": Out(self.width), "done": In(1), "ready": Out(1)}
        )

    def elaborate(self, platform) -> Module:
        m = Module()
        recipe = self.recipe
        beats = len(recipe.places)
        bank, full, making = Signal(), Signal(), Signal(init=1)
        swap = Signal()
        m.d.comb += swap.eq(full & (~self.ready | self.done))

        # Addresses, a step a cycle.
        step, worded = counter(m, "step", recipe.steps, making)
        beat, rowed = counter(m, "beat", beats, worded)
        row, _ = counter(m, "row", recipe.rows, rowed)
        with m.If(rowed):
            m.d.sync += making.eq(0)
        with m.If(swap):
            m.d.sync += [bank.eq(~bank), full.eq(0), self.ready.eq(1), making.eq(1)]
        with m.Elif(self.done):
            m.d.sync += self.ready.eq(0)

        # What they name, `reads` cycles later.
        tag = Signal(3)
        m.d.comb += tag.eq(Cat(making & (step == 0), worded, rowed))
        live, at = making, beat
        for stage in range(recipe.reads):
            later = Signal(3, name=f"tag_{stage}")
            later_live, later_at = Signal(name=f"live_{stage}"), Signal(range(beats), name=f"at_{stage}")
            m.d.sync += [later.eq(tag), later_live.eq(live), later_at.eq(at)]
            tag, live, at = later, later_live, later_at
        first, last, ended = tag
        factors = self._factors(m, row, step)
        bits = self._elements(m, step, beat)

        words = self._add_up(m, factors, bits, live, first)
        write, at_write, ended_write = Signal(), Signal(range(beats)), Signal()
        m.d.sync += [write.eq(last), at_write.eq(at), ended_write.eq(ended)]
        with m.If(ended_write):
            m.d.sync += full.eq(1)

        m.submodules.words = memory = Memory(shape=self.width, depth=2 * beats, init=[])
        into, out = memory.write_port(), memory.read_port()
        m.d.comb += [
            into.addr.eq(Mux(bank, at_write, beats + at_write)),
            into.data.eq(words),
            into.en.eq(write),
            out.addr.eq(Mux(bank, beats + self.addr, self.addr)),
            out.en.eq(self.en),
            self.data.eq(out.data),
        ]
        return m

    def _factors(self, m: Module, row, step) -> list[list]:
        """The coefficients of a step, for each of its codes one an output."""
        recipe, width = self.recipe, self.recipe.factor.width
        rows = recipe.coefficients.reshape(recipe.steps, recipe.step, recipe.rows, recipe.pe).transpose(2, 0, 1, 3)
        words = pack_words(rows.reshape(recipe.rows * recipe.steps, -1), width)
        m.submodules.coefficients = store = WeightStore(words, recipe.step * recipe.pe * width, storage=recipe.storage)
        m.d.comb += [store.addr.eq(row * recipe.steps + step), store.en.eq(1)]
        values = [store.data[lane * width :][:width] for lane in range(recipe.step * recipe.pe)]
        if recipe.factor.signed:
            values = [value.as_signed() for value in values]
        return [values[index * recipe.pe :][: recipe.pe] for index in range(recipe.step)]

    def _elements(self, m: Module, step, beat) -> list:
        """For each of the codes of a step, its elements at the places of a beat: kept, or one XOR-reduce each."""
        recipe, (beats, lanes) = self.recipe, self.recipe.places.shape
        kept = recipe.stored // recipe.step
        beat_at, lane_at = split(recipe.places) or (np.zeros(1, np.int64), recipe.places[0])
        made: list = []
        if kept < recipe.steps:
            bits = max(1, recipe.length.bit_length() - 1)
            codes = pack_words(recipe.codes.reshape(recipe.steps, recipe.step), bits)
            store = WeightStore(codes, bits * recipe.step)
            base = WeightStore(pack_words(beat_at[:, None], bits), bits)
            m.submodules += [store, base]
            m.d.comb += [store.addr.eq(step), store.en.eq(1), base.addr.eq(beat), base.en.eq(1)]
            code, place = self._later(m, store.data), self._later(m, base.data)
            for index in range(recipe.step):
                rower = CodeRow(lane_at, recipe.length)
                m.submodules += rower
                m.d.comb += [rower.code.eq(code[index * bits :][:bits]), rower.base.eq(place)]
                made.append(rower.bits)
        if not kept:
            return made
        elements = signs(recipe.codes[: recipe.stored], recipe.places, recipe.length).transpose(1, 0, 2)
        words = pack_words(elements.reshape(beats * kept, recipe.step * lanes) > 0, 1)
        basis = WeightStore(words, recipe.step * lanes, storage=recipe.storage)
        m.submodules.basis = basis
        m.d.comb += [basis.addr.eq(beat * kept + step), basis.en.eq(1)]
        word = basis.data
        if basis.latency < recipe.reads:
            word = Signal.like(word, name="basis_later")
            m.d.sync += word.eq(basis.data)
        stored = [word[index * lanes :][:lanes] for index in range(recipe.step)]
        if not made:
            return stored
        chosen = self._at(m, step < kept)
        return [Mux(chosen, one, other) for one, other in zip(stored, made, strict=True)]

    def _later(self, m: Module, value):
        """What a store of logic shows, when the coefficients come."""
        if self.recipe.reads == 1:
            return value
        later = Signal(len(value))
        m.d.sync += later.eq(value)
        return later

    def _at(self, m: Module, flag):
        for _ in range(self.recipe.reads):
            later = Signal()
            m.d.sync += later.eq(flag)
            flag = later
        return flag

    def _add_up(self, m: Module, factors: list[list], bits: list, live, first):
        """The weights of a word under way; all of them as the word will hold them."""
        recipe, lanes = self.recipe, self.recipe.places.shape[1]
        total, factor = recipe.sum_element, recipe.factor
        word = []
        for lane in range(lanes):
            for row in range(recipe.pe):
                terms = []
                for index in range(recipe.step):
                    value = factors[index][row]
                    minus = Element(min(factor.lo, -factor.hi), max(factor.hi, -factor.lo))
                    terms.append(Term(Mux(bits[index][lane], value, -value), minus))
                sums = add_tree(terms, depth(recipe.step), depth(recipe.step) + 1, Registers().hold)
                weight = Signal(element_shape(total), name=f"weight_{lane}_{row}", reset_less=True)
                with m.If(live):
                    m.d.sync += weight.eq(Mux(first, 0, weight) + sums.value)
                word.append(weight > 0 if self.weight.bit else weight[: self.weight.width])
        return Cat(word)


def weight_of(recipe: Recipe) -> Element:
    """What a weight of the kernel can be."""
    return weight_element(recipe.kernel)
