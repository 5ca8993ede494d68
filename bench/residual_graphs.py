"""The units of residual nets as graphs of their own: 8 x 8 pixels of 8 channels, numbers as training leaves them.

Of each the form that the compiler gives it and the obvious other one: an RPReLU in the ops it is lowered to, a
shortcut of floats, of which 24 significant bits stay.
"""

from fractions import Fraction

import numpy as np

from binloom.compiler.exact import rationals
from binloom.compiler.ir.builder import GraphBuilder
from binloom.compiler.ir.graph import Graph
from binloom.compiler.ir.ops import PiecewiseAffine
from binloom.compiler.passes import run_passes

CHANNELS = 8
SIDE = (8, 8, CHANNELS)
SUM = (-288, 288)  # of a 3x3 kernel over 32 channels of bits
PLACES = {8: 3, 16: 10}  # behind the point


def numbers(bits: int) -> tuple[Fraction, int]:
    """The step and the largest code of a shortcut."""
    return Fraction(1, 1 << PLACES[bits]), (1 << (bits - 1)) - 1


def rsign(bits: int) -> Graph:
    """A sign with a threshold a channel."""
    step, top = numbers(bits)
    b = GraphBuilder("rsign")
    x = b.scale(b.input(SIDE, -top, top), step, rationals(np.random.default_rng(1).normal(0, 1, CHANNELS)))
    return run_passes(b.output(b.sign(x)))


def parameters(bits: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Shifts and offsets in steps of the shortcut, slopes in 64ths."""
    random, size = np.random.default_rng(4), 1 << PLACES[bits]
    shift, offset = np.rint(random.normal(0, size / 2, (2, CHANNELS))).astype(int)
    return shift, np.rint(random.normal(16, 8, CHANNELS)).astype(int), offset


def bent(b: GraphBuilder, x: str, bits: int) -> str:
    """RPReLU, as it is lowered."""
    shift, slope, offset = parameters(bits)
    step, _ = numbers(bits)
    x = b.scale(x, Fraction(1), rationals(-step * s for s in shift.tolist()))
    x = b.node(PiecewiseAffine(rationals([1] * CHANNELS), rationals(slope / 64)), x)
    return b.scale(x, Fraction(1), rationals(step * o for o in offset.tolist()))


def rprelu(bits: int) -> Graph:
    """Over a sum of two shortcuts, to a shortcut."""
    step, top = numbers(bits)
    b = GraphBuilder("rprelu")
    x = b.scale(b.input(SIDE, -2 * top, 2 * top), step)
    return run_passes(b.output(b.fixed_point(bent(b, x, bits), step, -top, top)))


def rprelu_in_parts(bits: int) -> Graph:
    """The same numbers as an addition, two slopes, an addition that rounds, and a clip."""
    shift, slope, offset = parameters(bits)
    _, top = numbers(bits)
    b = GraphBuilder("parts")
    x = b.piecewise(b.affine(b.input(SIDE, -2 * top, 2 * top), 1, -shift), 64, slope)
    return b.output(b.clip(b.affine(x, 1, 64 * offset + 32, 6), -top, top))


def block_end(bits: int | None) -> Graph:
    """Normalised sums, a shortcut made of the same sums, their sum and RPReLU; None for shortcuts of floats."""
    random = np.random.default_rng(3)
    mul = random.normal(1, 0.5, CHANNELS) / np.sqrt(random.uniform(100, 900, CHANNELS))
    add = random.normal(0, 0.5, CHANNELS) - random.normal(0, 12, CHANNELS) * mul
    b = GraphBuilder("block_end")

    def grid(x: str) -> str:
        if bits is None:
            return x
        step, top = numbers(bits)
        return b.fixed_point(x, step, -top, top)

    x = b.input(SIDE, *SUM)
    total = b.add(grid(b.scale(x, rationals(mul), rationals(add))), grid(b.scale(x, Fraction(1, 16))))
    return run_passes(b.output(grid(bent(b, total, bits or 8))))
