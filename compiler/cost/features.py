"""What the structure of a block tells of its cost: cells that are certain, and terms that synthesis decides about."""

from dataclasses import dataclass, field

import numpy as np

from binloom.compiler.cost import memory

SLOTS_OF_LUTRAM = 6  # in every family that has them
OPERAND = {"ice40": 16}  # bits of an operand of a multiplier; 18 in other families
NARROWEST = {"ice40": 11}  # bits of a product that yosys gives a multiplier; any in other families


def bits(limit: int) -> int:
    """Wires that count 0 .. limit - 1; none where there is nothing to count."""
    return (limit - 1).bit_length()


def adder(family: str, width: float) -> float:
    """Slots of an addition of two numbers."""
    if width <= 0:
        return 0
    if family in ("ecp5", "nexus"):
        return -(-width // 2) * 2 if width > 4 else 1.5 * width
    return width


def distinct(width: int, depth: int) -> float:
    """How many of so many wires differ that show so many random words one after the other, constants left out."""
    if depth == 1:
        return 0.0
    patterns = 2.0 ** min(depth, 60) - 2
    return float(patterns * -np.expm1(width * np.log1p(-1 / patterns))) if patterns > 2 else min(width, 1.0)


@dataclass
class Features:
    """Terms of the LUTs, in slots, by name, and what is certain.

    A term is what the structure alone would come to; the fitted coefficient of its name says what synthesis makes of
    it. All else is certain, `slots` and `ff` among it. With `exact` what rows share is found out, however long that
    takes. Without `multipliers` products are made of LUTs.
    """

    family: str
    exact: bool = False
    multipliers: bool = True
    slots: float = 0
    lut: dict[str, float] = field(default_factory=dict)
    ff: float = 0
    bram: int = 0
    dsp: int = 0
    lutram: int = 0
    spram: int = 0

    def add(self, term: str, slots: float, times: float = 1) -> None:
        if slots:
            self.lut[term] = self.lut.get(term, 0) + slots * times

    def join(self, other: "Features", times: int = 1) -> None:
        for name, slots in other.lut.items():
            self.add(name, slots, times)
        self.slots += other.slots * times
        self.ff += other.ff * times
        self.bram += other.bram * times
        self.dsp += other.dsp * times
        self.lutram += other.lutram * times
        self.spram += other.spram * times

    def adder(self, term: str, width: float, times: float = 1) -> None:
        self.add(term, adder(self.family, width), times)

    def products(self, term: str, widths: tuple[int, int], count: float, slots: float) -> bool:
        """So many products of two numbers, in multipliers where the device has them for such widths; it says whether.

        Otherwise each takes so many slots.
        """
        if not self.multipliers or sum(widths) < NARROWEST.get(self.family, 0):
            self.add(term, slots, count)
            return False
        side = OPERAND.get(self.family, 18)
        self.dsp += round(count) * -(-widths[0] // side) * -(-widths[1] // side)
        return True

    def counter(self, limit: int) -> None:
        """A counter of 0 .. limit - 1 that starts over."""
        width = bits(limit)
        self.ff += width
        self.add("counters", adder(self.family, width) + width)

    def small(self, width: int, depth: int) -> None:
        """A memory that shows a word in the cycle that asks for it, which no block RAM does."""
        if memory.LUTRAM in memory.KINDS[self.family]:
            placed = memory.ram(self.family, width, depth, "distributed")
            self.lutram += placed.blocks
            self.slots += SLOTS_OF_LUTRAM * placed.blocks
        else:
            self.ff += width * depth
            self.add("register files", width * (depth - 1) / 3 + depth)

    def ram(self, width: int, depth: int, style: str | None = None, *, collide: bool = False, alike: int = 1) -> None:
        """A memory with a side that writes and one that reads, and the register of what is read.

        `collide`: yosys cannot tell that no word is ever read while it is written. `alike`: so many that are written
        with the same words, at the same addresses.
        """
        placed = memory.ram(self.family, width, depth, style, collide)
        behind = width * -(-(placed.deep - 1) * 2 // 3) + 2 * placed.deep if placed.deep > 1 else 0
        if placed.what == "bram":
            self.bram += placed.blocks * alike
            self.add("deep blocks", behind, alike)
            if collide:
                # A word is written a cycle later, and kept beside the blocks to be shown instead of theirs.
                self.ff += 2 * width + bits(depth) + 2 * alike
                self.add("collisions", width + 2 * bits(depth) / 3, alike)
        elif placed.what == "lutram":
            self.lutram += placed.blocks * alike
            self.slots += SLOTS_OF_LUTRAM * placed.blocks * alike
            self.ff += width * alike
            self.add("deep lutram", behind, alike)
        else:
            self.ff += width * (depth + 1) * alike
            self.add("register files", width * (depth - 1) / 3 + depth, alike)
