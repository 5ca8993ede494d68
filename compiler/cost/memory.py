"""Where a memory goes and how many blocks it takes: yosys' choice (`memory_libmap`), by its own costs.

Yosys weighs each kind of RAM that a family has: a price for each block, half a point for each wire of the multiplexers
between blocks that lie behind each other, and two points for each thing that logic has to add. Registers cost a point
a bit.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from binloom.hw.stream import LOAD_WIDTH

MUX, EMULATION = 0.5, 2.0  # points for a wire of a multiplexer, and for what a RAM lacks


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of RAM. Each of its `widths` has an address bit less than the one before.

    Words that are written fill whole parts of `byte` wires. `scaled`: a block that is half used costs half.
    """

    what: str  # "bram" or "lutram"
    address_bits: int  # at the first width
    widths: tuple[int, ...]
    price: float
    byte: int
    scaled: bool = False
    narrowest: int = 1  # that can be written


@dataclass(frozen=True, slots=True)
class Placed:
    """How many blocks of which kind, and how many of them lie behind each other."""

    what: str  # "bram", "lutram" or "ff"
    blocks: int = 0
    deep: int = 1


LUTRAM = Kind("lutram", 4, (4,), 4, 4, scaled=True)
KINDS: Mapping[str, tuple[Kind, ...]] = {
    "ecp5": (
        Kind("bram", 14, (1, 2, 4, 9, 18), 128, 9),
        Kind("bram", 14, (1, 2, 4, 9, 18, 36), 128, 9, narrowest=9),
        LUTRAM,
    ),
    "nexus": (
        Kind("bram", 14, (1, 2, 4, 9, 18, 36), 128, 9, narrowest=9),
        Kind("bram", 14, (1, 2, 4, 9, 18), 129, 9),
        LUTRAM,
    ),
    "gowin": (Kind("bram", 14, (1, 2, 4, 9, 18, 36), 128, 9), LUTRAM),
    "ice40": (Kind("bram", 11, (2, 4, 8, 16), 64, 1),),
}
# Of one port, for what a load brings.
SINGLE: Mapping[str, Kind] = {"ice40": Kind("spram", 14, (16,), 2048, 4)}


@cache
def ram(family: str, width: int, depth: int, style: str | None = None) -> Placed:
    """A memory with a side that writes and one that reads. `style` as in its attribute; None leaves it to yosys."""
    choices = [] if style in ("block", "distributed") else [(float(width * depth), Placed("ff"))]
    if style != "registers":
        wanted = {"block": "bram", "distributed": "lutram"}.get(style or "")
        kinds = [kind for kind in KINDS[family] if wanted in (None, kind.what)]
        choices += [_laid(kind, width, depth, kind.narrowest, kind.byte) for kind in kinds]
    return min(choices, key=lambda choice: choice[0])[1]


@cache
def rom(family: str, width: int, depth: int) -> int:
    """Block RAMs of a memory that is only read."""
    laid = [_laid(kind, width, depth, 1, 1) for kind in KINDS[family] if kind.what == "bram"]
    return min(laid, key=lambda choice: choice[0])[1].blocks


@cache
def loaded(family: str, depth: int) -> Placed:
    """A memory of 16 bits with one port, which a load fills."""
    blocks = _laid(
        next(kind for kind in KINDS[family] if kind.what == "bram"), LOAD_WIDTH, depth, LOAD_WIDTH, LOAD_WIDTH
    )
    if family not in SINGLE:
        return blocks[1]
    deep = -(-depth // (1 << SINGLE[family].address_bits))
    price = SINGLE[family].price * deep + MUX * (deep - 1) * LOAD_WIDTH
    return min((blocks, (price, Placed("spram", deep, deep))), key=lambda choice: choice[0])[1]


def _laid(kind: Kind, width: int, depth: int, narrowest: int, byte: int) -> tuple[float, Placed]:
    """Points and blocks of the best width."""
    choices = []
    for number, unit in enumerate(kind.widths):
        if unit < narrowest:
            continue
        deep = -(-depth // (1 << (kind.address_bits - number)))
        padded = -(-width // min(byte, unit)) * min(byte, unit)
        blocks = -(-deep * padded // unit)
        price = kind.price * (deep * width / unit if kind.scaled else blocks)
        price += MUX * (deep - 1) * width + (MUX * deep if deep > 1 else 0) + EMULATION
        choices.append((price, Placed(kind.what, blocks, deep)))
    return min(choices, key=lambda choice: choice[0])
