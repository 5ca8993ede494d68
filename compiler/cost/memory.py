"""Where a memory goes and how many blocks it takes: yosys' choice (`memory_libmap`), by its own costs.

Yosys weighs each kind of RAM that a family has: a price for each block, half a point for each wire of the multiplexers
between blocks that lie behind each other, and two points for each thing that logic has to add. Registers cost a point
a bit.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache

from binloom.hw.arrays.loaded import HUGE_BITS

# Points for a wire of a multiplexer, for what a RAM lacks, and for reading what is being written.
MUX, EMULATION, COLLISION = 0.5, 2.0, 12.0


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of RAM. Each of its `widths` has an address bit less than the one before.

    Words that are written fill whole parts of `byte` wires. `scaled`: a block that is half used costs half.
    """

    what: str  # "bram", "lutram" or "spram"
    address_bits: int  # at the first width
    widths: tuple[int, ...]
    price: float
    byte: int
    scaled: bool = False
    narrowest: int = 1  # that can be written


@dataclass(frozen=True, slots=True)
class Placed:
    """How many blocks of which kind, and how many of them lie behind each other."""

    what: str  # "bram", "lutram", "spram" or "ff"
    blocks: int = 0
    deep: int = 1


LUTRAM = Kind("lutram", 4, (4,), 4, 4)
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
    "gowin": (Kind("bram", 14, (1, 2, 4, 9, 18, 36), 128, 9), replace(LUTRAM, scaled=True)),
    "ice40": (Kind("bram", 11, (2, 4, 8, 16), 64, 1),),
}

# What only some devices of a family have, and only memories with one address use.
HUGE: Mapping[str, tuple[Kind, ...]] = {"ice40": (Kind("spram", 14, (16,), 2048, 4),)}


@cache
def ram(family: str, width: int, depth: int, style: str | None = None, collide: bool = False) -> Placed:
    """A memory with a side that writes and one that reads. `style` as in its attribute; None leaves it to yosys.

    `collide`: a word may be read while it is written, which a block needs logic for.
    """
    choices = [] if style in ("block", "distributed") else [(float(width * depth), Placed("ff"))]
    if style != "registers":
        wanted = {"block": "bram", "distributed": "lutram"}.get(style or "")
        kinds = [kind for kind in KINDS[family] if wanted in (None, kind.what)]
        for kind in kinds:
            points, placed = _laid(kind, width, depth, kind.narrowest, kind.byte)
            choices.append((points + (COLLISION if collide and kind.what == "bram" else 0), placed))
    return min(choices, key=lambda choice: choice[0])[1]


@cache
def loaded(family: str, width: int, depth: int) -> Placed:
    """A memory written and read at one address; in a RAM of one port where it is worth one (hw/arrays/loaded.py)."""
    huge = HUGE.get(family, ())
    kinds = huge if huge and width * depth >= HUGE_BITS else [kind for kind in KINDS[family] if kind.what != "lutram"]
    return min((_laid(kind, width, depth, 1, kind.byte) for kind in kinds), key=lambda choice: choice[0])[1]


@cache
def rom(family: str, width: int, depth: int) -> int:
    """Block RAMs of a memory that is only read."""
    laid = [_laid(kind, width, depth, 1, 1) for kind in KINDS[family] if kind.what == "bram"]
    return min(laid, key=lambda choice: choice[0])[1].blocks


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
