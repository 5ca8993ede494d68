"""How many elements of a patch may come a beat to what makes codes of them."""

from binloom.compiler.design.places import patch_places
from binloom.compiler.ir.ops import OvsfConv
from binloom.compiler.plan.divisors import divisors
from binloom.hw.ovsf.codes import split


def part_sizes(op: OvsfConv, lanes: int) -> list[int]:
    """Behind a window of so many lanes, the fewest first: all, or as many as fall apart into beats and lanes."""
    whole, taps = op.places.size, op.kernel[0] * op.kernel[1]
    sizes = divisors(taps * lanes)
    return [simd for simd in sizes if simd == whole or split(patch_places(op, lanes, simd)) is not None]
