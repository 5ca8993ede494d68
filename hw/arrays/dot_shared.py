"""Dot products with built-in weights of -1 and +1, whose rows share what they have in common."""

from collections.abc import Iterator

import numpy as np
from amaranth.hdl import Cat, Const, Module, Signal, Value

from binloom.hw.arrays.dot import Dot, Job
from binloom.hw.element import Element
from binloom.hw.stream import element_shape
from binloom.hw.sums.adder_graph import Addition, adder_graph
from binloom.hw.sums.adder_tree import Registers, Term, add
from binloom.hw.sums.count_graph import count_graph, count_levels, halves


class SharedCount(Dot):
    """Bits and built-in weights of -1 and +1: counts that the rows share.

    With x as 0 and 1 and its sign turned where `flip` says, a row is side * (all - 2 * count of the few bits chosen)
    times 2 and a constant: `all` and its constant are shared too.
    """

    by_weight = False

    @staticmethod
    def bounds_of(element: Element, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return np.array(-1), np.array(1)

    @staticmethod
    def stages_of(job: Job) -> int:
        return adder_stages_of(job) + 4

    def sums(self, m: Module, registers: Registers) -> Iterator[Term]:
        side, flip, chosen = halves(self.weights[0].T)
        graph = count_graph(np.vstack([np.ones(self.simd, bool), chosen]))
        adder_levels = adder_levels_of(self.job)
        wires: list[Value] = [self.x[j] if flip[j] > 0 else ~self.x[j] for j in range(self.simd)]
        for number, level in enumerate(graph.levels, 1):
            for index, adder in enumerate(level):
                a, b, c = (wires[wire] for wire in adder.wires)
                total, carry = (Signal(name=f"{part}_{number}_{index}") for part in ("sum", "carry"))
                m.d.comb += [total.eq(a ^ b ^ c), carry.eq(a & b | c & (a | b))]
                wires += [total, carry]
            if number % adder_levels == 0 or number == len(graph.levels):
                later = {wire for level in graph.levels[number:] for adder in level for wire in adder.wires}
                later |= {wire for row in graph.rows for column in row for wire in column}
                for wire in sorted(wire for wire in later if wire < len(wires)):
                    held = Signal(name=f"held_{number}_{wire}", reset_less=True)
                    registers.statements.append(held.eq(wires[wire]))
                    wires[wire] = held
        # An addition a stage: behind each other in one, yosys would make lookup tables of them.
        numbers = [_numbers(row, wires) for row in graph.rows]
        for _ in range(adder_stages_of(self.job) - -(-len(graph.levels) // adder_levels)):
            numbers = [registers.hold(row, "wait") for row in numbers]
        for _ in range(2):
            numbers = [registers.hold(_halved(row), "part") for row in numbers]
        every, *few = (row[0].value for row in numbers)

        # The lowest bit of each sum is that of `simd`; the rest is made here, modulo its own width.
        width = self.sum_element.width - 1
        bases: dict[tuple[int, int], Signal] = {}
        counts = registers.hold([Term(count, Element(0, self.simd)) for count in few], "counts")
        for row, count in enumerate(counts):
            sign = int(side[row])
            constant = (sign * (2 * int(chosen[row].sum()) - self.simd) - self.simd % 2) // 2
            if (sign, constant) not in bases:
                bases[sign, constant] = base = Signal(width, name=f"base_{len(bases)}", reset_less=True)
                registers.statements.append(base.eq(every + constant if sign > 0 else constant - every))
            base = bases[sign, constant]
            high = (base[1:] - count.value if sign > 0 else base[1:] + count.value)[: width - 1]
            yield Term(Cat(Const(self.simd % 2, 1), base[0], high).as_signed(), self.sum_element)


def adder_levels_of(job: Job) -> int:
    """Levels of full adders in a stage: not so many as a popcount's, since wires to several rows are long."""
    return job.per_stage + 1


def adder_stages_of(job: Job) -> int:
    return -(-count_levels(job.simd) // adder_levels_of(job))


def _numbers(columns: tuple[tuple[int, ...], ...], wires: list[Value]) -> list[Term]:
    """Wires, a list for each power of two, as HEIGHT numbers, or fewer."""
    numbers = []
    for k in range(max((len(column) for column in columns), default=0)):
        bits = [wires[column[k]] if k < len(column) else Const(0, 1) for column in columns]
        highest = sum(1 << power for power, column in enumerate(columns) if k < len(column))
        numbers.append(Term(Cat(bits), Element(0, highest)))
    return numbers or [Term(Const(0, 1), Element(0, 0))]


def _halved(numbers: list[Term]) -> list[Term]:
    """Half as many numbers with the same sum."""
    pairs = [add(a, b) for a, b in zip(numbers[::2], numbers[1::2], strict=False)]
    return pairs + numbers[len(pairs) * 2 :]


class SharedAdd(Dot):
    """Integers and built-in weights of -1 and +1: additions that the rows share."""

    @staticmethod
    def stages_of(job: Job) -> int:
        # A few levels more than a row by itself would take: that is where rows are made from each other.
        extra = min(3, job.rows.bit_length() - 1)
        return -(-(job.simd.bit_length() + extra) // job.per_stage)

    def sums(self, m: Module, registers: Registers) -> Iterator[Term]:
        limit = self.stages * self.per_stage
        graph = adder_graph(self.weights[0].T, self.element, limit)
        elements = graph.elements(self.element)
        stage = [max(0, level - 1) // self.per_stage for level in graph.latest(limit)]
        # What each number is from the stage on in which it is made.
        made = [[self._lane(j)] for j in range(self.simd)]

        def at(number: int, when: int) -> Value:
            values = made[number]
            while len(values) <= when - stage[number]:
                register = Signal.like(values[-1], name=f"held_{number}_{len(values)}", reset_less=True)
                registers.statements.append(register.eq(values[-1]))
                values.append(register)
            return values[when - stage[number]]

        for number, addition in enumerate(graph.additions, self.simd):
            a, b = (at(k, stage[number]) if k >= 0 else Const(0) for k in (addition.a, addition.b))
            value = Signal(element_shape(elements[number]), name=f"sum_{number}")
            m.d.comb += value.eq(_added(a, b, addition))
            made.append([value])
        for row in graph.rows:
            yield Term(at(row, self.stages - 1), elements[row])


def _added(a: Value, b: Value, addition: Addition) -> Value:
    if addition.sign_a < 0:
        return (b << addition.shift) - a
    # The bits of `a` below the lowest of `b` only pass.
    low, high = a[: addition.shift], a >> addition.shift
    total = high + b if addition.sign_b > 0 else high - b
    return Cat(low, total).as_signed() if total.shape().signed else Cat(low, total)
