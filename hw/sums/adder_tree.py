"""Sums of many numbers: a balanced tree of two-input adders, each no wider than its result, registered on the way."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from amaranth.hdl import Cat, Signal, Value

from binloom.hw.element import Element


@dataclass(frozen=True, slots=True, eq=False)
class Term:
    """A number in a circuit and what it can be."""

    value: Value
    element: Element


Hold = Callable[[Sequence[Term]], list[Term]]


def depth(count: int) -> int:
    """Levels of a tree over `count` numbers."""
    return (count - 1).bit_length()


def inner_stages(levels: int, per_stage: int) -> int:
    """Registers inside `levels` levels of logic when one follows every `per_stage` of them but the last."""
    return max(0, levels - 1) // per_stage


def add_tree(terms: Sequence[Term], levels: int, per_stage: int, hold: Hold) -> Term:
    """The sum of `terms`, inner_stages(levels, per_stage) cycles later.

    `levels` may exceed what the terms need, so that sums of different sizes come out in one cycle. `hold` registers
    terms.
    """
    if levels < depth(len(terms)):
        raise ValueError(f"{len(terms)} numbers take {depth(len(terms))} levels, got {levels}")
    row = list(terms)
    for level in range(1, levels + 1):
        pairs = [add(a, b) for a, b in zip(row[::2], row[1::2], strict=False)]
        row = pairs + row[len(pairs) * 2 :]
        if level < levels and level % per_stage == 0:
            row = hold(row)
    return row[0]


def add(a: Term, b: Term) -> Term:
    element = Element(a.element.lo + b.element.lo, a.element.hi + b.element.hi)
    return Term(fit(a.value + b.value, element), element)


def fit(value: Value, element: Element) -> Value:
    """`value` without the wires that an `element` cannot need."""
    width = element.width
    if len(value) < width or (len(value) == width and value.shape().signed == element.signed):
        return value
    return value[:width].as_signed() if element.signed else value[:width]


class Registers:
    """Collects the registers of a pipeline that advances as one; `m.d.sync += self.statements` makes them."""

    def __init__(self) -> None:
        self.statements: list[Any] = []

    def hold(self, terms: Sequence[Term], name: str = "stage") -> list[Term]:
        """The terms one cycle later. One register holds all: the Verilog stays short."""
        values = [Value.cast(term.value) for term in terms]
        # What a pipeline holds before its first beat is never looked at.
        register = Signal(sum(len(value) for value in values), name=name, reset_less=True)
        self.statements.append(register.eq(Cat(values)))
        held, start = [], 0
        for term, value in zip(terms, values, strict=True):
            part = register[start : start + len(value)]
            held.append(Term(part.as_signed() if value.shape().signed else part, term.element))
            start += len(value)
        return held
