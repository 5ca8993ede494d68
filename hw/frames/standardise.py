"""Standardisation of a frame: its mean becomes 0, its standard deviation a power of two."""

from math import isqrt

import numpy as np
from amaranth.hdl import Cat, Const, Module, Mux, Signal, signed

from binloom.hw.counter import counter
from binloom.hw.element import Element
from binloom.hw.frames.divider import Divider
from binloom.hw.frames.frame_table import Filling, FrameTable
from binloom.hw.stream import Map


class Standardise(FrameTable):
    """y = floor(2**places * (n * x - sum) / d + 1/2), saturated to `bits` bits.

    Of a frame's n pixels are the sum, and the squares' sum; d = isqrt(max(n * squares - sum**2, n)). Both sums are kept
    while a frame is taken; then n * squares - sum**2 is made a bit of n and of sum a cycle, its root a bit a cycle, and
    each word of the table takes bits + 3 cycles.
    """

    def __init__(self, i_map: Map, places: int, bits: int) -> None:
        if not (2 <= bits <= 16 and 0 <= places < bits):
            raise ValueError(f"bits must lie in 2..16, and places in 0..bits - 1, got {bits} and {places}")
        self.places, self.bits = places, bits
        super().__init__(i_map, Element(-(1 << (bits - 1)), (1 << (bits - 1)) - 1))

    @property
    def sums(self) -> tuple[int, int]:
        """Bits of the sum and of the sum of squares."""
        n, most = self.i_map.pixels, self.words - 1
        return (n * most).bit_length(), (n * most**2).bit_length()

    @property
    def root(self) -> int:
        """Bits of d."""
        return max(1, isqrt(max((self.i_map.pixels * (self.words - 1)) ** 2, self.i_map.pixels)).bit_length())

    @property
    def divider(self) -> Divider:
        number = max(self.sums[0] + self.places + 1, self.root + self.bits) + 2
        return Divider(number + 1, self.root + 1, self.bits)

    @property
    def making(self) -> int:
        # Two until the sums are whole, the product, one to choose the larger, the root, and the words.
        return 2 + self.sums[0] + 1 + self.root + self.words * (self.divider.cycles + 1)

    def table(self, frame: np.ndarray) -> np.ndarray:
        n, total, squares = len(frame), int(frame.sum()), int((frame**2).sum())
        d, half = isqrt(max(n * squares - total**2, n)), 1 << (self.bits - 1)
        near = ((np.arange(self.words) * n - total) * (2 << self.places) + d) // (2 * d)
        return np.clip(near, -half, half - 1)

    def gather(self, m: Module, filling: Filling) -> None:
        n, (sum_bits, square_bits) = self.i_map.pixels, self.sums
        x, counted = Signal(len(filling.x)), Signal()
        total, squares = Signal(sum_bits), Signal(square_bits)
        m.d.sync += [x.eq(filling.x), counted.eq(filling.taken)]
        with m.If(counted):
            m.d.sync += [total.eq(total + x), squares.eq(squares + x * x)]

        multiply, rooting = Signal(), Signal()
        _, multiplied = counter(m, "place", sum_bits, multiply)
        _, rooted = counter(m, "root_bit", self.root, rooting)
        # n * squares - sum**2, from the highest bits of n and of sum down; on the way it may be negative.
        spread = Signal(signed(max(2 * self.root, 2 * sum_bits, square_bits + n.bit_length()) + 2))
        n_bits, sum_left = Signal(sum_bits), Signal(sum_bits)
        radicand, rest, root = Signal(2 * self.root), Signal(self.root + 2), Signal(self.root)
        trial = Signal(self.root + 2)
        brought = Signal(self.root + 4)
        m.d.comb += [trial.eq(Cat(Const(1, 2), root)), brought.eq(Cat(radicand[-2:], rest))]

        m.submodules.divider = divider = self.divider
        apart = Signal(signed(sum_bits + 1))  # n * word - sum
        half = self.bits - 1
        m.d.comb += [
            # Half of the numbers are negative: so many divisors are added, and taken off again by turning the sign bit.
            divider.number.eq((apart << (self.places + 1)) + root + (root << self.bits)),
            divider.divisor.eq(root << 1),
            filling.y.eq(divider.q ^ (1 << half)),
            filling.put.eq(divider.done),
        ]
        with m.FSM(name="make"):
            with m.State("IDLE"):
                m.d.sync += [spread.eq(0), n_bits.eq(n), root.eq(0), rest.eq(0)]
                with m.If(filling.begin):
                    m.next = "SETTLE"
            with m.State("SETTLE"):
                m.d.sync += [sum_left.eq(total), apart.eq(-total)]
                m.next = "MULTIPLY"
            with m.State("MULTIPLY"):
                m.d.comb += multiply.eq(1)
                m.d.sync += [
                    spread.eq((spread << 1) + Mux(n_bits[-1], squares, 0) - Mux(sum_left[-1], total, 0)),
                    n_bits.eq(n_bits << 1),
                    sum_left.eq(sum_left << 1),
                ]
                with m.If(multiplied):
                    m.next = "CHOOSE"
            with m.State("CHOOSE"):
                m.d.sync += [radicand.eq(Mux(spread < n, n, spread)), total.eq(0), squares.eq(0)]
                m.next = "ROOT"
            with m.State("ROOT"):
                m.d.comb += rooting.eq(1)
                m.d.sync += [
                    radicand.eq(radicand << 2),
                    root.eq(Cat(brought >= trial, root[:-1])),
                    rest.eq(Mux(brought >= trial, brought - trial, brought)),
                ]
                with m.If(rooted):
                    m.next = "START"
            with m.State("START"):
                m.d.comb += divider.start.eq(1)
                m.next = "DIVIDE"
            with m.State("DIVIDE"), m.If(divider.done):
                m.d.sync += apart.eq(apart + n)
                m.next = "START"
                with m.If(filling.word == self.words - 1):
                    m.next = "IDLE"
