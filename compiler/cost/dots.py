"""Dot products: the slots and registers of each way to multiply, for one segment of a beat."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np

from binloom.compiler.cost.features import Features, adder, distinct
from binloom.compiler.cost.shared import shared_add, shared_count
from binloom.hw.arrays.array import MatrixArray
from binloom.hw.arrays.dot import BitSelect, Dot, Multiply, SignedAdd, XnorPopcount, chain_stages
from binloom.hw.arrays.dot_shared import SharedAdd, SharedCount
from binloom.hw.element import Element
from binloom.hw.sums import adder_tree, carry_count, popcount


@cache
def counted(width: int, per_stage: int) -> tuple[int, int, int]:
    """A popcount of so many bits: full adders, registers, width of the last addition."""
    heights, adders, held = [width], 0, 0
    registered = popcount.registered_levels(width, per_stage)
    for level in range(1, popcount.levels(width) + 1):
        carries = [0, *(height // 3 for height in heights)]
        adders += sum(carries)
        heights = [height - height // 3 * 2 + carry for height, carry in zip([*heights, 0], carries, strict=True)]
        heights = heights if heights[-1] else heights[:-1]
        held += sum(heights) if level in registered else 0
    return adders, held, len(heights) if max(heights) > 1 else 0


@cache
def chained(width: int, levels: int) -> tuple[int, int, tuple[int, ...]]:
    """The same in chains, with so many levels in a stage: slots, registers of sums, inputs that wait in each stage."""
    plan = carry_count.carry_count(width)
    slots = held = 0
    late: list[int] = []
    for level, chains in enumerate(plan.levels):
        slots += sum(-(-len(chain) // 2) * 2 for chain in chains)
        sums = sum(slot.o is not None for chain in chains for slot in chain)
        if (level + 1) % levels == 0 and level + 1 < len(plan.levels):
            held += sums
    for stage in range(1, -(-len(plan.levels) // levels)):
        rest = plan.levels[stage * levels :]
        late.append(sum(wire.kind == "x" for level in rest for chain in level for s in chain for wire in s.inputs))
    return slots, held, tuple(late)


@dataclass(frozen=True, slots=True)
class Tree:
    """Additions by the width of what they give, wires that full adders join in front of them, registers, and the width
    of the sum."""

    widths: tuple[int, ...]
    joined: int
    held: int
    width: int


@cache
def tree(count: int, lo: int, hi: int, per_stage: int) -> Tree:
    """A tree of additions of equal numbers.

    What is added in one stage, yosys makes of full adders and one addition.
    """
    row = [(1, 1)] * count  # what each sum is made of: numbers in all, and of this stage
    levels = adder_tree.depth(count)
    widths, joined, held = [], 0, 0

    def width(numbers: int) -> int:
        return Element(numbers * lo, numbers * hi).width

    for level in range(1, levels + 1):
        pairs = [(a + c, b + d) for (a, b), (c, d) in zip(row[::2], row[1::2], strict=False)]
        row = pairs + row[len(pairs) * 2 :]
        if level == levels or level % per_stage == 0:
            for numbers, terms in row:
                if terms > 1:
                    widths.append(width(numbers))
                    joined += (terms - 2) * width(numbers)
            if level < levels:
                held += sum(width(numbers) for numbers, _ in row)
                row = [(numbers, 1) for numbers, _ in row]
    return Tree(tuple(widths), joined, held, width(count))


@cache
def added(family: str, widths: tuple[int, ...]) -> float:
    return sum(adder(family, width) for width in widths)


def sums(features: Features, found: Tree, rows: int, constant: bool = False) -> None:
    name = " of constants" if constant else ""
    features.add(f"tree sums{name}", added(features.family, found.widths) * rows)
    features.add(f"tree joins{name}", 2 * found.joined * rows)
    features.ff += (found.held + found.width) * rows


def unlike(block: MatrixArray) -> float:
    """Rows whose weight for one input is not that of another row at all times: of few words not many are."""
    rows, words = block.job.rows, block.job.words
    if block.storage != "logic" or words > 60:
        return rows
    return float(-np.expm1(rows * np.log1p(-(2.0**-words))) * 2.0**words)


def xnor_popcount(block: MatrixArray, features: Features) -> None:
    job = block.job
    rows, width = job.rows, job.simd.bit_length()
    stages = chain_stages(job)
    made = len(popcount.registered_levels(job.simd, 2 * job.per_stage))
    if features.family == "ecp5" and stages:
        slots, held, late = chained(job.simd, job.per_stage // 2)
        features.add("chains", slots * rows)
        features.ff += held * rows
        for inputs in late:
            # Of few words many wires are alike, and so are the registers that they wait in.
            wires = inputs * rows * block.parallel
            waiting = distinct(wires, job.words) if block.storage == "logic" else wires
            features.ff += inputs + waiting / block.parallel
        made = stages
    else:
        adders, held, last = counted(job.simd, 2 * job.per_stage)
        features.add("xnor", 0 if job.constant else job.simd * unlike(block))
        features.add("constant popcount" if job.constant else "popcount", 2 * adders * rows)
        features.adder("popcount sum", last, rows)
        features.ff += held * rows
    features.ff += width * rows * (XnorPopcount.stages_of(job) - made)


def signed_add(block: MatrixArray, features: Features) -> None:
    job = block.job
    low, high = min(job.element.lo, ~job.element.hi), max(job.element.hi, ~job.element.lo)
    features.add("signs", Element(low, high).width * job.simd * unlike(block))
    sums(features, tree(job.simd, low, high, job.per_stage), job.rows)


def bit_select(block: MatrixArray, features: Features) -> None:
    job = block.job
    low, high = min(job.weight.lo, 0), max(job.weight.hi, 0)
    features.add("chosen weights", 0 if job.constant else job.weight.width * job.simd * job.rows)
    sums(features, tree(job.simd, low, high, job.per_stage), job.rows, job.constant)


def multiply(block: MatrixArray, features: Features) -> None:
    job = block.job
    element, weight = job.element, job.weight
    products = [a * b for a in (element.lo, element.hi) for b in (weight.lo, weight.hi)]
    low, high = min(0, *products), max(0, *products)
    count = job.simd * job.rows
    width: float = Element(low, high).width
    if job.constant:
        sizes = np.abs(block.matrix.source).ravel()
        count = round(count * float((sizes & (sizes - 1) != 0).mean()))  # powers of two are shifts
        width = element.width + float(np.log2(np.maximum(sizes, 1)).mean())
    slots = adder(features.family, element.width) * weight.width
    if features.products("products", (element.width, weight.width), count, slots) and features.family == "ice40":
        # The block has registers for the product, and for an operand that goes nowhere else.
        alone = element.width if job.rows == 1 and block.reads else 0
        features.ff -= (width + alone) * count
    sums(features, tree(job.simd, low, high, job.per_stage), job.rows, job.constant)
    features.ff += width * job.simd * job.rows


DOTS: Mapping[type[Dot], Callable[[MatrixArray, Features], None]] = {
    XnorPopcount: xnor_popcount,
    SignedAdd: signed_add,
    BitSelect: bit_select,
    Multiply: multiply,
    SharedCount: shared_count,
    SharedAdd: shared_add,
}
