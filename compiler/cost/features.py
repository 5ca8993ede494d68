"""What the structure of a block tells of its cost: cells that are certain, and terms that synthesis decides about."""

from dataclasses import dataclass, field

from binloom.compiler.cost import memory


def bits(limit: int) -> int:
    """Wires that count 0 .. limit - 1; none where there is nothing to count."""
    return (limit - 1).bit_length()


@dataclass
class Features:
    """Terms of the LUTs (in slots) and of the registers by name, and what is certain.

    A term is what the structure alone would come to; the fitted coefficient of its name says what synthesis makes of
    it. `ff` are certain registers.
    """

    family: str
    lut: dict[str, float] = field(default_factory=dict)
    ff: float = 0
    ff_terms: dict[str, float] = field(default_factory=dict)
    bram: int = 0
    dsp: int = 0
    lutram: int = 0
    spram: int = 0

    def add(self, term: str, slots: float, times: float = 1) -> None:
        if slots:
            self.lut[term] = self.lut.get(term, 0) + slots * times

    def add_ff(self, term: str, registers: float) -> None:
        if registers:
            self.ff_terms[term] = self.ff_terms.get(term, 0) + registers

    def join(self, other: "Features", times: int = 1) -> None:
        for name, slots in other.lut.items():
            self.add(name, slots, times)
        for name, registers in other.ff_terms.items():
            self.add_ff(name, registers * times)
        self.ff += other.ff * times
        self.bram += other.bram * times
        self.dsp += other.dsp * times
        self.lutram += other.lutram * times
        self.spram += other.spram * times

    def adder(self, term: str, width: float, times: float = 1) -> None:
        self.add(term, adder(self.family, width), times)

    def counter(self, limit: int) -> None:
        """A counter of 0 .. limit - 1 that starts over."""
        width = bits(limit)
        self.ff += width
        self.add("control", adder(self.family, width) + width)

    def ram(self, term: str, width: int, depth: int, style: str | None = None) -> None:
        """A memory with a side that writes and one that reads, and the register of what is read."""
        placed = memory.ram(self.family, width, depth, style)
        if placed.what == "bram":
            self.bram += placed.blocks
            # A block that reads while it writes shows neither: logic around it does.
            self.add(f"{term} block", width * (placed.deep - 1))
        elif placed.what == "lutram":
            self.lutram += placed.blocks
            self.ff += width
            self.add("lutram", placed.blocks)
            self.add(f"{term} lutram", width * (placed.deep - 1) + 2 * placed.deep)
        else:
            self.ff += width * (depth + 1)
            self.add(f"{term} registers", width * (depth - 1) / 3 + depth)


def adder(family: str, width: float) -> float:
    """Slots of an addition of two numbers."""
    if width <= 0:
        return 0
    if family in ("ecp5", "nexus"):
        return -(-width // 2) * 2 if width > 4 else 1.5 * width
    return width
