"""Dot products of one beat with rows of weights: one class for each way to multiply.

Every class makes *raw* sums, which differ from the true ones by a number that depends on the weights alone:
`offset_of` gives it weight by weight, and whoever accumulates starts from the sum of the offsets. `bounds_of` says what
each weight can add to a raw sum. Neither these nor `stages_of` need a circuit.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value
from amaranth.lib import data
from amaranth.lib.wiring import In, Out

from binloom.hw.element import Element
from binloom.hw.part import Part
from binloom.hw.stream import decode, element_shape
from binloom.hw.sums.adder_tree import Registers, Term, add_tree, depth, fit, inner_stages
from binloom.hw.sums.carry_count import SMALLEST, build, carry_count, carry_levels
from binloom.hw.sums.popcount import Popcount, registered_levels


@dataclass(frozen=True, slots=True)
class Job:
    """What meets in a dot product: all but the values of the weights. `chains` is whether it may be in carry chains."""

    element: Element
    weight: Element
    words: int
    simd: int
    rows: int
    per_stage: int
    chains: bool = True

    @property
    def constant(self) -> bool:
        return self.words == 1


class Dot(Part):
    """`o[r]` is the raw sum over j of x[j] * w[r][j], `stages` cycles with `en` high after `x` and `w`; one a cycle.

    weights: int64 (words, simd, rows), all that will ever stand on `w`, which bounds the sums. Where there is one word
    it is built in and there is no port `w`; else `w` holds row 0 first, its first weight in the low bits, in elements
    of `weight`. `x` holds `simd` elements.
    """

    def __init__(
        self, element: Element, weight: Element, weights: np.ndarray, per_stage: int, chains: bool = True
    ) -> None:
        self.element, self.weight, self.per_stage = element, weight, per_stage
        self.weights = weights
        self.words, self.simd, self.rows = weights.shape
        self.job = Job(element, weight, self.words, self.simd, self.rows, per_stage, chains)
        self.constant = self.job.constant
        super().__init__(self._members)

    def _members(self) -> dict:
        ports = {
            "en": In(1),
            "x": In(self.simd * self.element.width),
            "o": Out(data.ArrayLayout(element_shape(self.sum_element), self.rows)),
        }
        if not self.constant:
            ports["w"] = In(self.simd * self.rows * self.weight.width)
        return ports

    by_weight = True  # whether offset and bounds differ from weight to weight

    @staticmethod
    def stages_of(job: Job) -> int:
        raise NotImplementedError

    @staticmethod
    def offset_of(weights: np.ndarray) -> np.ndarray:
        """True minus raw, for each weight; one number where it is the same for all."""
        return np.array(0)

    @staticmethod
    def bounds_of(element: Element, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The least and the most that each weight can add to a raw sum; one number where it is the same for all."""
        ends = weights * element.lo, weights * element.hi
        return np.minimum(*ends), np.maximum(*ends)

    @property
    def stages(self) -> int:
        return self.stages_of(self.job)

    @cached_property
    def sum_element(self) -> Element:
        bounds = self.bounds_of(self.element, self.weights)
        low, high = (np.broadcast_to(bound, self.weights.shape).sum(axis=1) for bound in bounds)
        return Element(int(low.min()), int(high.max()))

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

    def _lane(self, j: int) -> Value:
        """Element j of the beat."""
        value = self.x.word_select(j, self.element.width)
        return value.as_signed() if self.element.signed else value

    def _weight(self, row: int, j: int) -> Term:
        """Weight j of a row, a bit in its stored form."""
        if self.constant:
            weight = int(self.weights[0, j, row])
            return Term(Const((weight + 1) // 2 if self.weight.bit else weight), Element(weight, weight))
        value = self.w.word_select(j * self.rows + row, self.weight.width)
        return Term(value.as_signed() if self.weight.signed else value, self.weight)


class XnorPopcount(Dot):
    """Bits and weights of -1 and +1: raw = 2 * popcount(x xnor w)."""

    by_weight = False

    @staticmethod
    def offset_of(weights: np.ndarray) -> np.ndarray:
        return np.array(-1)

    @staticmethod
    def bounds_of(element: Element, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return np.array(0), np.array(2)

    @staticmethod
    def stages_of(job: Job) -> int:
        return 1 + max(len(registered_levels(job.simd, 2 * job.per_stage)), chain_stages(job))

    def elaborate(self, platform) -> Module:
        self._chains = getattr(platform, "family", None) == "ecp5" and chain_stages(self.job) > 0
        return super().elaborate(platform)

    def sums(self, m: Module, registers: Registers) -> Iterator[Term]:
        if self._chains:
            counts, made = self._count_in_chains(m, registers), chain_stages(self.job)
        else:
            m.submodules.popcount = popcount = self._popcount(self.rows)
            m.d.comb += popcount.en.eq(self.en)
            m.d.comb += popcount.bits.eq(Cat(self._equal(self.x[j], j) for j in range(self.simd)))
            counts, made = list(popcount.count), popcount.stages
        terms = [Term(count, Element(0, self.simd)) for count in counts]
        for _ in range(self.stages - 1 - made):
            terms = registers.hold(terms, "counts")
        for term in terms:
            yield Term(Cat(Const(0, 1), term.value), self.sum_element)

    def _count_in_chains(self, m: Module, registers: Registers) -> list[Value]:
        plan = carry_count(self.simd)
        late = {"x": [Value.cast(self.x)], "w": [Value.cast(self.w)]}

        def at(port: str, index: int, stage: int) -> Value:
            while len(late[port]) <= stage:
                before = late[port][-1]
                register = Signal(len(before), name=f"{port}_{len(late[port])}", reset_less=True)
                registers.statements.append(register.eq(before))
                late[port].append(register)
            return late[port][stage][index]

        def hold(wires: list[Value], name: str) -> list[Value]:
            register = Signal(len(wires), name=name, reset_less=True)
            registers.statements.append(register.eq(Cat(wires)))
            return list(register)

        def count(row: int) -> Value:
            def weight(j: int, stage: int) -> Value:
                return at("w", j * self.rows + row, stage)

            def x(j: int, stage: int) -> Value:
                return at("x", j, stage)

            return Cat(build(m, plan, f"chain_{row}", x, weight, _chain_levels(self.job), hold))

        return [count(row) for row in range(self.rows)]

    def _popcount(self, rows: int) -> Popcount:
        return Popcount(self.simd, rows, per_stage=2 * self.per_stage)

    def _equal(self, x: Value, j: int) -> Value:
        """For each row, whether its weight j equals x."""
        x = x.replicate(self.rows)
        if self.constant:
            return x ^ Const(sum(1 << row for row in range(self.rows) if self.weights[0, j, row] < 0), self.rows)
        return ~(x ^ self.w[j * self.rows : (j + 1) * self.rows])


class SignedAdd(Dot):
    """Integers and weights of -1 and +1 that change: raw = sum of x where w is +1, of ~x = -x - 1 elsewhere."""

    @staticmethod
    def offset_of(weights: np.ndarray) -> np.ndarray:
        return (weights < 0).astype(np.int64)

    @staticmethod
    def bounds_of(element: Element, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return np.where(weights > 0, element.lo, ~element.hi), np.where(weights > 0, element.hi, ~element.lo)

    @staticmethod
    def stages_of(job: Job) -> int:
        return 1 + inner_stages(depth(job.simd), job.per_stage)

    def sums(self, m: Module, registers: Registers) -> Iterator[Term]:
        element = self.element
        either = Element(min(element.lo, ~element.hi), max(element.hi, ~element.lo))
        width = either.width
        numbers = [self._lane(j) for j in range(self.simd)]
        numbers = [x if element.signed else Cat(x, Const(0, 1)).as_signed() for x in numbers]
        for row in range(self.rows):
            terms = []
            for j, x in enumerate(numbers):
                minus = ~self._weight(row, j).value
                terms.append(Term((x ^ minus.replicate(width))[:width].as_signed(), either))
            yield add_tree(terms, depth(self.simd), self.per_stage, registers.hold)


class BitSelect(Dot):
    """Bits and integer weights: raw = 2 * the sum of w where x is +1."""

    @staticmethod
    def offset_of(weights: np.ndarray) -> np.ndarray:
        return -weights

    @staticmethod
    def bounds_of(element: Element, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return np.minimum(2 * weights, 0), np.maximum(2 * weights, 0)

    @staticmethod
    def stages_of(job: Job) -> int:
        return 1 + inner_stages(depth(job.simd), job.per_stage)

    def sums(self, m: Module, registers: Registers) -> Iterator[Term]:
        for row in range(self.rows):
            terms = []
            for j in range(self.simd):
                weight = self._weight(row, j)
                element = Element(min(weight.element.lo, 0), max(weight.element.hi, 0))
                terms.append(Term(Mux(self.x[j], weight.value, 0), element))
            total = add_tree(terms, depth(self.simd), self.per_stage, registers.hold)
            doubled = Cat(Const(0, 1), total.value)
            yield Term(doubled.as_signed() if total.value.shape().signed else doubled, self.sum_element)


class Multiply(Dot):
    """Anything else: products of numbers, and their sum."""

    @staticmethod
    def stages_of(job: Job) -> int:
        return 2 + inner_stages(depth(job.simd), job.per_stage)

    def sums(self, m: Module, registers: Registers) -> Iterator[Term]:
        lanes = [decode(self._lane(j), self.element) for j in range(self.simd)]
        ends = self.element.lo, self.element.hi
        for row in range(self.rows):
            terms = []
            for j, x in enumerate(lanes):
                weight = self._weight(row, j)
                products = [a * b for a in ends for b in (weight.element.lo, weight.element.hi)]
                element = Element(min(products), max(products))
                terms.append(Term(fit(x * decode(weight.value, self.weight), element), element))
            terms = registers.hold(terms, f"products_{row}")
            yield add_tree(terms, depth(self.simd), self.per_stage, registers.hold)


def chain_stages(job: Job) -> int:
    """Registers within the carry chains that an ECP5 has for XNOR and popcount; 0 where it has no chains."""
    if job.constant or not job.chains or job.simd < SMALLEST:
        return 0
    return (carry_levels(job.simd) - 1) // _chain_levels(job)


def _chain_levels(job: Job) -> int:
    """Levels of chains in a stage. One is slower than a level of other logic: it can be 48 slots long."""
    return job.per_stage // 2
