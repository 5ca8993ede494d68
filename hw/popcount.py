"""How many of some bits are 1: the heart of every binary array, and the one place to change for another fabric."""

from amaranth.hdl import Cat, Const, Module, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from binloom.hw.adder_tree import Registers, Term, add_tree, depth, inner_stages
from binloom.hw.element import Element


class Popcount(wiring.Component):
    """`count` is the number of ones in `bits`, `stages` cycles in which `en` was high later; one a cycle.

    Counters of seven bits, made of four full adders each, feed a balanced tree of adders. The counters stand side by
    side in wide XORs and majorities, which keeps the Verilog short and its simulation quick. A register follows every
    `per_stage` levels; a counter is two. `levels` may exceed what the width needs: counts of different widths
    come out in one cycle when they have the same levels.
    """

    def __init__(self, width: int, *, levels: int | None = None, per_stage: int = 3) -> None:
        if width < 1:
            raise ValueError(f"a popcount takes at least one bit, got {width}")
        if per_stage < 2:
            raise ValueError(f"a stage must have at least two levels, got {per_stage}")
        self.levels = self.needed(width) if levels is None else levels
        if self.levels < self.needed(width):
            raise ValueError(f"{width} bits take {self.needed(width)} levels, got {levels}")
        self.per_stage = per_stage
        self.stages = inner_stages(self.levels, per_stage)
        super().__init__({"en": In(1), "bits": In(width), "count": Out(Element(0, width).width)})

    @staticmethod
    def needed(width: int) -> int:
        """Levels of logic that `width` bits take."""
        return 2 + depth(-(-width // 7))

    def elaborate(self, platform) -> Module:
        m = Module()
        registers = Registers()
        count = add_tree(_sevens(m, self.bits), self.levels, self.per_stage, registers.hold, done=2)
        m.d.comb += self.count.eq(count.value)
        if self.stages:
            with m.If(self.en):
                m.d.sync += registers.statements
        return m


def _sevens(m: Module, bits: Value) -> list[Term]:
    """The bits seven at a time, as numbers from 0 to 7. Counter j takes bits j, j + columns, j + 2 * columns, ..."""
    columns = -(-len(bits) // 7)
    rows = [
        Cat(part, Const(0, columns - len(part))) for part in (bits[r * columns : (r + 1) * columns] for r in range(7))
    ]

    def full_adders(name: str, a: Value, b: Value, c: Value) -> tuple[Signal, Signal]:
        total, carry = Signal(columns, name=f"{name}_sum"), Signal(columns, name=f"{name}_carry")
        m.d.comb += [total.eq(a ^ b ^ c), carry.eq(a & b | c & (a ^ b))]
        return total, carry

    low, low_carry = full_adders("low", *rows[0:3])
    high, high_carry = full_adders("high", *rows[3:6])
    ones, ones_carry = full_adders("ones", low, high, rows[6])
    twos, fours = full_adders("twos", low_carry, high_carry, ones_carry)
    return [Term(Cat(ones[j], twos[j], fours[j]), Element(0, 7)) for j in range(columns)]
