"""How many of some bits are 1: the heart of every binary array, and the one place to change for another fabric."""

from functools import cache

from amaranth.hdl import Cat, Module, Signal, Value, unsigned
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from binloom.hw.element import Element


class Popcount(wiring.Component):
    """`count[r]` is how many bits of row r are 1, `stages` cycles with `en` high later; one a cycle.

    `bits` holds the first bit of every row, then the second of every row, and so on, `width` times `rows` bits.

    Full adders turn three wires into two, until two at most are left for each power of two; one addition a row
    joins those. The rows are counted side by side, every wire being a vector with a bit a row: a full adder is two
    statements for all of them, which keeps the Verilog short and its simulation quick.

    Between two registers lie at most `per_stage` levels of logic: a full adder is one, the addition two, and
    one is left for what makes the bits.
    """

    def __init__(self, width: int, rows: int = 1, *, per_stage: int = 4) -> None:
        if width < 1 or rows < 1:
            raise ValueError(f"a popcount takes at least one bit and one row, got {width} and {rows}")
        if per_stage < 3:
            raise ValueError(f"a stage must have at least three levels, got {per_stage}")
        self.width, self.rows = width, rows
        self.levels = levels(width)
        self.registered = list(registered_levels(width, per_stage))
        super().__init__(
            {
                "en": In(1),
                "bits": In(width * rows),
                "count": Out(data.ArrayLayout(unsigned(Element(0, width).width), rows)),
            }
        )

    @property
    def stages(self) -> int:
        return len(self.registered)

    def elaborate(self, platform) -> Module:
        m = Module()
        columns = [[self.bits[j * self.rows : (j + 1) * self.rows] for j in range(self.width)]]
        for level in range(1, self.levels + 1):
            columns = self._full_adders(m, level, columns)
            if level in self.registered:
                columns = self._register(m, level, columns)
        for row in range(self.rows):
            first = Cat(column[0][row] for column in columns)
            second = Cat(column[1][row] if len(column) > 1 else 0 for column in columns)
            m.d.comb += self.count[row].eq(first + second)
        return m

    def _full_adders(self, m: Module, level: int, columns: list[list[Value]]) -> list[list[Value]]:
        after: list[list[Value]] = [[] for _ in range(len(columns) + 1)]
        for power, column in enumerate(columns):
            for index in range(len(column) // 3):
                a, b, c = column[3 * index : 3 * index + 3]
                name = f"{level}_{power}_{index}"
                half, total, carry = (Signal(self.rows, name=f"{part}_{name}") for part in ("half", "sum", "carry"))
                m.d.comb += [half.eq(a ^ b), total.eq(half ^ c), carry.eq(a & b | half & c)]
                after[power].append(total)
                after[power + 1].append(carry)
            after[power] += column[len(column) // 3 * 3 :]
        return after if after[-1] else after[:-1]

    def _register(self, m: Module, level: int, columns: list[list[Value]]) -> list[list[Value]]:
        held = []
        for power, column in enumerate(columns):
            # What a pipeline holds before its first beat is never looked at: no reset.
            held.append(
                [Signal(self.rows, name=f"held_{level}_{power}_{k}", reset_less=True) for k in range(len(column))]
            )
            with m.If(self.en):
                m.d.sync += [register.eq(wire) for register, wire in zip(held[-1], column, strict=True)]
        return held


@cache
def levels(width: int) -> int:
    """Full adders in a row until no power of two has more than two wires."""
    heights, count = [width], 0
    while max(heights) > 2:
        carries = [0, *(height // 3 for height in heights)]
        heights = [height - height // 3 * 2 + carry for height, carry in zip([*heights, 0], carries, strict=True)]
        count += 1
    return count


@cache
def registered_levels(width: int, per_stage: int) -> tuple[int, ...]:
    """The levels of full adders behind which a register stands."""
    last, registered, filled = levels(width), [], 1
    for level in range(1, last + 1):
        filled += 1
        if filled == per_stage or (level == last and filled + 2 > per_stage):
            registered.append(level)
            filled = 0
    return tuple(registered)
