"""The adder tree: no wider than its sums, registered where it says."""

import pytest
from amaranth.hdl import Module, Signal, signed, unsigned
from amaranth.sim import Simulator

from binloom.hw.element import Element
from binloom.hw.sums.adder_tree import Registers, Term, add_tree, depth, fit, inner_stages


@pytest.mark.parametrize("count", [1, 2, 3, 5, 8, 13])
@pytest.mark.parametrize("element", [Element(0, 255), Element(-128, 127), Element(-5, -2), Element(3, 4)], ids=str)
def test_sums_at_both_ends(count, element):
    shape = signed(element.width) if element.signed else unsigned(element.width)
    inputs = [Signal(shape, name=f"x_{index}") for index in range(count)]
    total = add_tree([Term(x, element) for x in inputs], depth(count), 99, list)
    assert total.element == Element(element.lo * count, element.hi * count)
    assert len(total.value) <= total.element.width

    async def bench(ctx):
        for value in (element.lo, element.hi):
            for x in inputs:
                ctx.set(x, value)
            assert ctx.get(total.value) == count * value

    simulator = Simulator(Module())
    simulator.add_testbench(bench)
    simulator.run()


@pytest.mark.parametrize(("levels", "per_stage", "stages"), [(0, 1, 0), (1, 1, 0), (4, 1, 3), (7, 3, 2), (6, 3, 1)])
def test_registers_between_the_levels(levels, per_stage, stages):
    assert inner_stages(levels, per_stage) == stages
    held = []

    def hold(terms):
        held.append(len(terms))
        return list(terms)

    add_tree(
        [Term(Signal(4, name=f"x_{index}"), Element(0, 15)) for index in range(2**levels)], levels, per_stage, hold
    )
    assert held == [2**left for left in range(levels - per_stage, 0, -per_stage)]


def test_one_register_holds_all_terms_of_a_stage():
    registers = Registers()
    terms = [Term(Signal(3, name="a"), Element(0, 7)), Term(Signal(signed(4), name="b"), Element(-8, 7))]
    held = registers.hold(terms)
    assert len(registers.statements) == 1
    assert [(len(term.value), term.value.shape().signed) for term in held] == [(3, False), (4, True)]


def test_fit_cuts_what_an_element_cannot_need():
    value = Signal(signed(9))
    assert fit(value, Element(-8, 7)).shape() == signed(4)
    assert fit(value, Element(0, 7)).shape() == unsigned(3)
    assert fit(value, Element(-1000, 7)) is value


def test_refuses_too_few_levels():
    with pytest.raises(ValueError, match=r"^5 numbers take 3 levels, got 2$"):
        add_tree([Term(Signal(1, name=f"x_{index}"), Element(0, 1)) for index in range(5)], 2, 3, list)
