"""Small random real graphs, each op the layers can give with its awkward settings: what a pass may meet."""

from fractions import Fraction

import numpy as np

from binloom.compiler.ir.builder import GraphBuilder
from binloom.compiler.ir.graph import Graph
from binloom.compiler.ir.infer import counts
from binloom.compiler.ir.ops import Fill, Padding, PiecewiseAffine
from binloom.compiler.lower.pooling import multipliers

SIMPLE = [Fraction(n, d) for n in (-5, -3, -2, -1, 1, 2, 3, 7) for d in (1, 2, 3, 10)] + [Fraction(0)]

# Floats of three orders of magnitude, as training leaves them.
ROUGH = [
    *map(Fraction, (np.random.default_rng(5).normal(size=20) * 10.0 ** np.arange(-1, 1.9, 0.15)).tolist()),
    Fraction(0),
]


class Maker:
    """Grows one graph from a seed."""

    def __init__(self, seed: int, known: list[Fraction]) -> None:
        self.rng = np.random.default_rng(seed)
        self.known = known
        self.b = GraphBuilder(f"random{seed}")
        shape = tuple(int(n) for n in self.rng.integers(1, (8, 8, 5)))
        self.x = self.b.input(shape, 0, int(self.rng.choice([1, 3, 255])))
        self.bits: set[str] = set()
        self.made: list[str] = []

    def numbers(self, n: int) -> np.ndarray:
        """Fractions, often one for all, seldom 0."""
        picked = self.rng.choice(len(self.known) - (self.rng.random() < 0.8), n)
        if self.rng.random() < 0.4:
            picked[:] = picked[0]
        return np.array([*(self.known[i] for i in picked), None], object)[:-1]

    def odds(self, share: float) -> bool:
        return bool(self.rng.random() < share)

    def border(self, size: tuple[int, int], fill: Fill = Fill.ZERO) -> Padding:
        """Any border narrower than a window."""
        top, left = (int(self.rng.integers(0, n)) for n in size)
        bottom, right = (int(self.rng.integers(0, n - at)) for n, at in zip(size, (top, left), strict=True))
        return Padding(top, bottom, left, right, fill)

    def window(self) -> tuple[tuple[int, int], tuple[int, int]]:
        h, w, _ = self.b.shape(self.x)
        size = int(self.rng.integers(1, min(h, 4) + 1)), int(self.rng.integers(1, min(w, 4) + 1))
        return size, (int(self.rng.integers(1, 4)), int(self.rng.integers(1, 4)))

    def scale(self) -> None:
        c = self.b.shape(self.x)[2]
        self.x = self.b.scale(self.x, self.numbers(c), self.numbers(c) if self.odds(0.6) else 0)

    def conv(self) -> None:
        c = self.b.shape(self.x)[2]
        size, stride = self.window()
        fill = [Fill.ZERO, Fill.PLUS_ONE, Fill.MINUS_ONE][self.rng.integers(3)] if self.x in self.bits else Fill.ZERO
        groups = int(self.rng.choice([g for g in range(1, c + 1) if c % g == 0]))
        outputs = groups * int(self.rng.integers(1, 4))
        kind = self.rng.integers(4)
        weights = self.rng.integers(-3, 4, (*size, c // groups, outputs))
        if kind < 3:
            weights = np.where(weights >= 0, 1, -1)
        if kind == 1:
            weights = weights * 0.25
        padding = self.border(size, fill)
        self.x = self.b.conv(self.x, weights, stride=stride, padding=padding, groups=groups)

    def ovsf(self) -> None:
        size, stride = self.window()
        fill = [Fill.ZERO, Fill.PLUS_ONE, Fill.MINUS_ONE][self.rng.integers(3)] if self.x in self.bits else Fill.ZERO
        length = 1 << (size[0] * size[1] * self.b.shape(self.x)[2] - 1).bit_length()
        count = int(self.rng.integers(1, min(length, 8) + 1))
        codes = np.arange(count) if self.odds(0.5) else self.rng.permutation(length)[:count]
        coefficients = self.rng.integers(-3, 4, (count, int(self.rng.integers(1, 5))))
        padding = self.border(size, fill)
        self.x = self.b.ovsf(self.x, coefficients, size, codes=codes, length=length, stride=stride, padding=padding)

    def sign(self) -> None:
        self.x = self.b.sign(self.x, 1 if self.odds(0.5) else -1)
        self.bits.add(self.x)

    def max_pool(self) -> None:
        size, stride = self.window()
        before = self.x
        self.x = self.b.max_pool(self.x, size, stride, padding=self.border(size))
        self._passes_bits(before)

    def average(self) -> None:
        size, stride = self.window()
        h, w, c = self.b.shape(self.x)
        padding = self.border(size)
        oh = (h + padding.top + padding.bottom - size[0]) // stride[0] + 1
        ow = (w + padding.left + padding.right - size[1]) // stride[1] + 1
        rows, units = multipliers(counts(size[0], stride[0], padding.top, oh, h))
        cols, more = multipliers(counts(size[1], stride[1], padding.left, ow, w))
        self.x = self.b.sum_pool(self.x, size, stride, rows=rows, cols=cols, padding=padding)
        self.x = self.b.scale(self.x, np.full(c, Fraction(1, units * more)))

    def piecewise(self) -> None:
        c = self.b.shape(self.x)[2]
        pos = np.full(c, Fraction(1)) if self.odds(0.7) else self.numbers(c)
        self.x = self.b.node(PiecewiseAffine(pos, self.numbers(c)), self.x)

    def clip(self) -> None:
        lo = int(self.rng.integers(-4, 2))
        self.x = self.b.clip(self.x, lo, lo + int(self.rng.integers(0, 7)))

    def pad(self) -> None:
        before, fill = self.x, Fill.ZERO
        if self.x in self.bits:
            if self.odds(0.5):
                self.x = self.b.scale(self.x, np.full(self.b.shape(self.x)[2], Fraction(1)))
            else:
                fill = Fill.PLUS_ONE
        self.x = self.b.pad(self.x, Padding(*(int(n) for n in self.rng.integers(0, 2, 4)), fill))
        if fill is not Fill.ZERO:
            self._passes_bits(before)

    def merge(self) -> None:
        shape = self.b.shape(self.x)
        if self.odds(0.5):
            partners = [m for m in self.made if self.b.shape(m) == shape]
            if partners:
                self.x = self.b.add(self.x, str(self.rng.choice(partners)))
            return
        partners = [m for m in self.made if self.b.shape(m)[:2] == shape[:2]]
        if partners:
            other, before = str(self.rng.choice(partners)), self.x
            self.x = self.b.concat(before, other)
            if {before, other} <= self.bits:
                self.bits.add(self.x)

    def _passes_bits(self, before: str) -> None:
        if before in self.bits:
            self.bits.add(self.x)

    def grow(self, steps: int) -> Graph:
        ops = [
            self.scale,
            self.conv,
            self.sign,
            self.max_pool,
            self.average,
            self.piecewise,
            self.clip,
            self.pad,
            self.merge,
            self.ovsf,
        ]
        odds = np.array([5, 4, 4, 2, 1, 1.5, 0.7, 1, 2, 1])
        for _ in range(steps):
            self.rng.choice(ops, p=odds / odds.sum())()
            self.made.append(self.x)
        if self.odds(0.7):
            before = self.x
            self.x = self.b.flatten(self.x)
            self._passes_bits(before)
            if self.odds(0.3):
                self.scale()
            if self.odds(0.3):
                self.sign()
            n = self.b.shape(self.x)[2]
            weights = self.rng.integers(-2, 3, (n, int(self.rng.integers(1, 5))))
            self.x = self.b.dense(self.x, weights)
        if self.odds(0.6):
            self.scale()
        return self.b.output(self.x)


def random_graph(seed: int, rough: bool = False) -> Graph:
    """The real graph of a seed, over simple fractions or over rough ones."""
    maker = Maker(seed, ROUGH if rough else SIMPLE)
    return maker.grow(int(maker.rng.integers(1, 8)))
