"""Dot products of one beat with rows of weights: one class for each way to multiply.

Every class makes *raw* sums, which differ from the true ones by a number that depends on the weights alone: `offset`
holds it weight by weight, and whoever accumulates starts from the sum of the offsets. `lo` and `hi` bound what each
weight can add to a raw sum.
"""

from collections.abc import Iterator

import numpy as np
from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from binloom.hw.adder_tree import Registers, Term, add_tree, depth, fit, inner_stages
from binloom.hw.element import BIT, Element
from binloom.hw.popcount import Popcount
from binloom.hw.stream import decode, element_shape


class Dot(wiring.Component):
    """`o[r]` is the raw sum over j of x[j] * w[r][j], `stages` cycles with `en` high after `x` and `w`; one a cycle.

    weights: int64 (words, simd, rows), all that will ever stand on `w`, which bounds the sums. Where there is one word
    it is built in and there is no port `w`; else `w` holds row 0 first, its first weight in the low bits, in elements
    of `weight`. `x` holds `simd` elements, each with its valid bit on top where `masked`: an absent one counts 0.
    """

    def __init__(self, element: Element, masked: bool, weight: Element, weights: np.ndarray, per_stage: int) -> None:
        self.element, self.masked, self.weight, self.per_stage = element, masked, weight, per_stage
        self.weights = weights
        self.words, self.simd, self.rows = weights.shape
        self.constant = self.words == 1
        sums = [bound.sum(axis=1) for bound in (self.lo, self.hi)]
        self.sum_element = Element(int(sums[0].min()), int(sums[1].max()))
        shape = element_shape(element)
        lane = data.StructLayout({"value": shape, "valid": 1}) if masked else shape
        ports = {
            "en": In(1),
            "x": In(data.ArrayLayout(lane, self.simd)),
            "o": Out(data.ArrayLayout(element_shape(self.sum_element), self.rows)),
        }
        if not self.constant:
            ports["w"] = In(data.ArrayLayout(data.ArrayLayout(element_shape(self.weight), self.simd), self.rows))
        super().__init__(ports)

    @property
    def offset(self) -> np.ndarray:
        """True minus raw, for each weight."""
        return np.zeros_like(self.weights)

    @property
    def lo(self) -> np.ndarray:
        return self._products(np.minimum)

    @property
    def hi(self) -> np.ndarray:
        return self._products(np.maximum)

    @property
    def stages(self) -> int:
        raise NotImplementedError

    def sums(self, m: Module, registers: Registers) -> Iterator[Term]:
        """The raw sum of each row, stages - 1 cycles after its operands."""
        raise NotImplementedError

    def elaborate(self, platform) -> Module:
        m = Module()
        registers = Registers()
        for row, term in enumerate(self.sums(m, registers)):
            registers.statements.append(self.o[row].eq(term.value))
        with m.If(self.en):
            m.d.sync += registers.statements
        return m

    def _products(self, choose: np.ufunc) -> np.ndarray:
        bound = choose(self.weights * self.element.lo, self.weights * self.element.hi)
        return choose(bound, 0) if self.masked else bound

    def _popcount(self, m: Module, name: str, bits: Value, levels: int) -> Term:
        m.submodules[name] = popcount = Popcount(len(bits), levels=levels, per_stage=self.per_stage)
        m.d.comb += [popcount.en.eq(self.en), popcount.bits.eq(bits)]
        return Term(popcount.count, Element(0, len(bits)))


class XnorPopcount(Dot):
    """Bits and weights of -1 and +1: raw = 2 * popcount(x xnor w)."""

    @property
    def offset(self) -> np.ndarray:
        return np.full_like(self.weights, -1)

    @property
    def lo(self) -> np.ndarray:
        return np.zeros_like(self.weights)

    @property
    def hi(self) -> np.ndarray:
        return np.full_like(self.weights, 2)

    @property
    def stages(self) -> int:
        return 1 + inner_stages(Popcount.needed(self.simd), self.per_stage)

    def sums(self, m: Module, registers: Registers) -> Iterator[Term]:
        x = Value.cast(self.x)
        for row in range(self.rows):
            count = self._popcount(m, f"row_{row}", ~(x ^ self._weights(row)), Popcount.needed(self.simd))
            yield Term(Cat(Const(0, 1), count.value), self.sum_element)

    def _weights(self, row: int) -> Value:
        if self.constant:
            return Const(sum(1 << j for j in range(self.simd) if self.weights[0, j, row] > 0), self.simd)
        return Value.cast(self.w[row])


class MaskedXnorPopcount(XnorPopcount):
    """Bits that may be absent and weights of -1 and +1: raw = 2 * popcount(x xnor w and valid) - popcount(valid)."""

    @property
    def offset(self) -> np.ndarray:
        return np.zeros_like(self.weights)

    @property
    def lo(self) -> np.ndarray:
        return np.full_like(self.weights, -1)

    @property
    def hi(self) -> np.ndarray:
        return np.full_like(self.weights, 1)

    @property
    def stages(self) -> int:
        return 2 + inner_stages(Popcount.needed(self.simd), self.per_stage)

    def sums(self, m: Module, registers: Registers) -> Iterator[Term]:
        x, valid = Signal(self.simd), Signal(self.simd)
        m.d.comb += [x.eq(Cat(lane.value for lane in self.x)), valid.eq(Cat(lane.valid for lane in self.x))]
        levels = Popcount.needed(self.simd)
        present = registers.hold(self._popcount(m, "present", valid, levels), "present_count")
        for row in range(self.rows):
            equal = registers.hold(self._popcount(m, f"row_{row}", ~(x ^ self._weights(row)) & valid, levels), "equal")
            yield Term(Cat(Const(0, 1), equal.value) - present.value, self.sum_element)


class SignedAdd(Dot):
    """Integers and weights of -1 and +1: raw = sum of x where w is +1, of ~x = -x - 1 elsewhere."""

    @property
    def offset(self) -> np.ndarray:
        return (self.weights < 0).astype(np.int64)

    @property
    def lo(self) -> np.ndarray:
        return np.where(self.weights > 0, self.element.lo, ~self.element.hi)

    @property
    def hi(self) -> np.ndarray:
        return np.where(self.weights > 0, self.element.hi, ~self.element.lo)

    @property
    def stages(self) -> int:
        return 1 + inner_stages(depth(self.simd), self.per_stage)

    def sums(self, m: Module, registers: Registers) -> Iterator[Term]:
        element = self.element
        either = Element(min(element.lo, ~element.hi), max(element.hi, ~element.lo))
        width = either.width
        numbers = [(x if x.shape().signed else Cat(x, Const(0, 1)).as_signed()) for x in self.x]
        for row in range(self.rows):
            terms = []
            for j, x in enumerate(numbers):
                if self.constant:
                    plus = self.weights[0, j, row] > 0
                    bounds = element if plus else Element(~element.hi, ~element.lo)
                    terms.append(Term(x if plus else ~x, bounds))
                else:
                    minus = ~self.w[row][j]
                    terms.append(Term((x ^ minus.replicate(width).as_signed())[:width].as_signed(), either))
            yield add_tree(terms, depth(self.simd), self.per_stage, registers.hold)


class BitSelect(Dot):
    """Bits and integer weights: raw = 2 * the sum of w where x is +1."""

    @property
    def offset(self) -> np.ndarray:
        return -self.weights

    @property
    def lo(self) -> np.ndarray:
        return np.minimum(2 * self.weights, 0)

    @property
    def hi(self) -> np.ndarray:
        return np.maximum(2 * self.weights, 0)

    @property
    def stages(self) -> int:
        return 1 + inner_stages(depth(self.simd), self.per_stage)

    def sums(self, m: Module, registers: Registers) -> Iterator[Term]:
        for row in range(self.rows):
            terms = []
            for j, x in enumerate(self.x):
                weight = int(self.weights[0, j, row]) if self.constant else None
                bounds = self.weight if weight is None else Element(weight, weight)
                element = Element(min(bounds.lo, 0), max(bounds.hi, 0))
                value = self.w[row][j] if weight is None else Const(weight)
                terms.append(Term(Mux(x, value, 0), element))
            total = add_tree(terms, depth(self.simd), self.per_stage, registers.hold)
            doubled = Cat(Const(0, 1), total.value)
            yield Term(doubled.as_signed() if total.value.shape().signed else doubled, self.sum_element)


class Multiply(Dot):
    """Anything else: products of numbers, an absent element counting 0, and their sum."""

    @property
    def stages(self) -> int:
        return 2 + inner_stages(depth(self.simd), self.per_stage)

    def sums(self, m: Module, registers: Registers) -> Iterator[Term]:
        lanes = [Mux(lane.valid, decode(lane.value, self.element), 0) if self.masked else decode(lane, self.element)
                 for lane in self.x]  # fmt: skip
        ends = (self.element.lo, self.element.hi) + ((0,) if self.masked else ())
        for row in range(self.rows):
            terms = []
            for j, x in enumerate(lanes):
                if self.constant:
                    weight = int(self.weights[0, j, row])
                    factors, w = (weight,), Const(weight)
                else:
                    factors, w = (self.weight.lo, self.weight.hi), decode(self.w[row][j], self.weight)
                products = [a * b for a in ends for b in factors]
                element = Element(min(products), max(products))
                terms.append(registers.hold(Term(fit(x * w, element), element), f"product_{row}_{j}"))
            yield add_tree(terms, depth(self.simd), self.per_stage, registers.hold)


def weight_element(weights: np.ndarray) -> Element:
    """What a stored weight can be: a bit where all are -1 or +1."""
    return BIT if (np.abs(weights) == 1).all() else Element(int(weights.min()), int(weights.max()))


def dot_class(element: Element, masked: bool, weight: Element) -> type[Dot]:
    """The cheapest way to multiply these."""
    if element.bit and weight.bit:
        return MaskedXnorPopcount if masked else XnorPopcount
    if weight.bit and not masked:
        return SignedAdd
    if element.bit and not masked:
        return BitSelect
    return Multiply
