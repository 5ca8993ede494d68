"""Residual nets as real graphs, written by hand: what `train/models` would lower to, with numbers from a seed."""

from fractions import Fraction
from random import Random

import numpy as np

from binloom.compiler.exact import rationals
from binloom.compiler.ir.builder import GraphBuilder
from binloom.compiler.ir.graph import Graph
from binloom.compiler.ir.ops import PiecewiseAffine
from binloom.compiler.ir.shapes import same
from binloom.compiler.passes import run_passes

STEP = Fraction(1, 8)


class Maker:
    """Blocks over one another; numbers are of the sizes that training leaves, or extreme."""

    def __init__(self, seed: int, bits: int, extreme: str = "") -> None:
        self.random, self.rng = Random(seed), np.random.default_rng(seed)
        self.b = GraphBuilder("residual")
        self.top = (1 << (bits - 1)) - 1
        self.extreme = extreme

    def grid(self, x: str) -> str:
        return self.b.fixed_point(x, STEP, -self.top, self.top)

    def floats(self, count: int, size: float, middle: float = 0) -> np.ndarray:
        return rationals(self.rng.normal(middle, size, count).astype(np.float32))

    def conv(self, x: str, filters: int, stride: int) -> str:
        """A binary convolution and the normalisation of its sums."""
        inputs = self.b.shape(x)[2]
        weights = self.rng.choice([-1, 1], (3, 3, inputs, filters))
        if self.extreme == "weights":
            weights[..., ::2], weights[..., 1::2] = 1, -1
        x = self.b.conv(x, weights, stride=(stride, stride), padding="same")
        # Where it shall saturate, on both sides, a sum counts some thousand steps.
        size = 400.0 if self.extreme == "saturation" else 1 / np.sqrt(9 * inputs)
        return self.b.scale(x, self.floats(filters, size), self.floats(filters, 0.5))

    def block(self, x: str, stride: int, react: bool) -> str:
        """React or Bi-Real, with the average and the channels beside themselves at stride 2."""
        filters = self.b.shape(x)[2] * stride
        shifted = self.b.scale(x, 1, self.floats(filters // stride, 0.5)) if react else x
        branch = self.grid(self.conv(self.b.sign(shifted), filters, stride))
        x = self.b.add(branch, self.halved(x) if stride == 2 else x)
        if react:
            x = self.b.scale(x, Fraction(1), rationals(np.round(self.rng.normal(0, 4, filters)) / 8))
            slopes = rationals(np.round(self.rng.normal(16, 20, filters)) / 64)
            x = self.b.node(PiecewiseAffine(rationals([1] * filters), slopes), x)
            x = self.b.scale(x, Fraction(1), rationals(np.round(self.rng.normal(0, 4, filters)) / 8))
        return self.grid(x)

    def halved(self, x: str) -> str:
        height, width, channels = self.b.shape(x)
        padding = same((2, 2), (2, 2), (height, width, channels))
        rows = np.where(np.arange(-(-height // 2)) * 2 + 1 < height, 1, 2)
        cols = np.where(np.arange(-(-width // 2)) * 2 + 1 < width, 1, 2)
        x = self.b.sum_pool(x, (2, 2), rows=rows, cols=cols, padding=padding)
        x = self.b.scale(x, Fraction(1, 4))
        return self.b.concat(x, x)


def residual_graph(
    seed: int, strides: tuple[int, ...], *, side: tuple[int, int] = (6, 5), channels: int = 3, bits: int = 8,
    react: bool = True, extreme: str = "",
) -> Graph:  # fmt: skip
    """The integer graph of a stem, a block for each stride, and a dense layer over the sums of the whole image."""
    m = Maker(seed, bits, extreme)
    x = m.grid(m.conv(m.b.scale(m.b.input((*side, 2)), Fraction(1, 256)), channels, 1))
    for stride in strides:
        x = m.block(x, stride, react)
    height, width, found = m.b.shape(x)
    x = m.b.sum_pool(x, (height, width), (1, 1))
    return run_passes(m.b.output(m.b.dense(x, m.rng.integers(-7, 8, (found, 4)))))
