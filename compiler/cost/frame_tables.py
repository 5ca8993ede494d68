"""What makes a table of each frame: its memories, its counters, and the arithmetic that fills it."""

from collections.abc import Callable

from binloom.compiler.cost.features import Features, adder, bits
from binloom.hw.frames.divider import Divider
from binloom.hw.frames.equalise import Equalise
from binloom.hw.frames.frame_table import FrameTable
from binloom.hw.frames.standardise import Standardise


def frame_table(more: Callable[..., None]) -> Callable[[FrameTable, Features], None]:
    """The frame, the table, and `more`."""

    def count(block: FrameTable, features: Features) -> None:
        pixels, width = block.i_map.pixels, block.i_map.stored_width
        features.counter(block.words)
        features.counter(pixels)
        features.ram(width, pixels)
        features.ram(block.o_map.stored_width, block.words)
        _divider(block.divider, features)  # type: ignore[attr-defined]
        features.ff += 6 + width + 1  # passes, and the pixel that is counted
        features.add("frame", 20)
        more(block, features)

    return count


def _divider(block: Divider, features: Features) -> None:
    number, divisor = block.widths
    features.ff += number + divisor + (divisor + block.bits) + block.bits + block.cycles + 2
    # Two comparisons and a subtraction, and what the rest becomes.
    features.add("divider", 3 * adder(features.family, divisor) + 2 * (divisor + block.bits) + block.bits + 4)


def _counts(block: Equalise, features: Features) -> None:
    width, family = block.i_map.pixels.bit_length(), features.family
    features.ram(width, block.words)
    features.ff += 2 * width + 6
    # Counted, summed, two differences, the number's two additions; and the addresses.
    sums = 4 * adder(family, width) + 3 * adder(family, width + 8)
    features.add("counts of values", sums + 2 * bits(block.words) + 2 * width)


def _sums(block: Standardise, features: Features) -> None:
    (total, squares), root, family = block.sums, block.root, features.family
    width = block.i_map.stored_width
    spread = 2 * root + 2
    features.products("squared", (width, width), 1, adder(family, 2 * width) * width / 2)
    features.counter(total)
    features.counter(root)
    features.ff += total + squares + spread + 2 * total + 2 * root + (root + 2) + root + total + 1 + 6
    sums = 2 * adder(family, total) + adder(family, squares) + 3 * adder(family, spread)
    sums += 2 * adder(family, root + 4) + 2 * adder(family, block.divider.widths[0])
    features.add("sums of a frame", sums + 3 * total + 4 * root)


equalise = frame_table(_counts)
standardise = frame_table(_sums)
