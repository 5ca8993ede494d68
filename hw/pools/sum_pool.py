"""Sum pooling, the integer half of an average: windows that the border cuts short have factors of their own."""

from dataclasses import replace

import numpy as np
from amaranth.hdl import Array, Const, Module, Shape, Signal, Value
from amaranth.lib import wiring

from binloom.hw.counter import counter
from binloom.hw.element import Element
from binloom.hw.pools.pooling import Pool, reducer
from binloom.hw.pools.reduce import Reduction
from binloom.hw.stream import Map, decode, element_shape
from binloom.hw.windows.places import Geometry, Pair, WindowPadding


class SumPool(Pool):
    """y[oy, ox, c] = rows[oy] * cols[ox] * sum of the window's elements that exist; over bits a sum of -1s and +1s.

    One beat a cycle; latency that of the `core` that fits (`MaxPool` has the list), plus 1 where a factor is not 1.
    `o_element` must hold every result that comes, which over bits that are all -1, or all +1, may be few; nothing wraps
    inside.
    """

    def __init__(
        self,
        i_map: Map,
        size: Pair,
        stride: Pair,
        padding: WindowPadding,
        rows: np.ndarray,
        cols: np.ndarray,
        o_element: Element,
    ) -> None:
        geo = Geometry(i_map.height, i_map.width, size, stride, padding=padding)
        self.rows, self.cols = np.asarray(rows), np.asarray(cols)
        for name, factors, count in (("rows", self.rows, geo.out_height), ("cols", self.cols, geo.out_width)):
            if factors.shape != (count,):
                raise ValueError(f"{name} holds one factor for each of {count} outputs, got shape {factors.shape}")
        present = self._present(geo.rows(), geo.height)[:, None] * self._present(geo.columns(), geo.width)
        sums = np.stack([present * i_map.element.lo, present * i_map.element.hi])
        results = sums * self.rows[:, None] * self.cols
        held = [o_element.lo <= ends.min() <= ends.max() <= o_element.hi for ends in results]
        # An integer's bounds say what comes; that bits are all the same only `o_element` can tell.
        if o_element.bit or not (any(held) if i_map.element.bit else all(held)):
            raise ValueError(f"o_element must hold {results.min()} .. {results.max()}, got {o_element}")
        self.scaled = bool((self.rows != 1).any() or (self.cols != 1).any())
        sum_element = Element(int(sums.min()), int(sums.max())) if self.scaled else o_element
        core = reducer(i_map, geo, _Sum(i_map.element), sum_element)
        super().__init__(i_map, geo, core, o_element)

    @staticmethod
    def _present(taps: np.ndarray, size: int) -> np.ndarray:
        """How many of each window's rows (or columns) lie in the image."""
        return ((taps >= 0) & (taps < size)).sum(axis=1)

    @property
    def latency(self) -> int:
        return super().latency + self.scaled

    def model(self, beats: np.ndarray) -> np.ndarray:
        frames = self.i_map.to_frames(beats)
        values = 2 * frames - 1 if self.i_map.element.bit else frames
        sums = self.geometry.extract(values, 0).sum(axis=(3, 4))
        return self.o_map.to_beats(sums * self.rows[:, None, None] * self.cols[:, None])

    def elaborate(self, platform) -> Module:
        m = Module()
        m.submodules.core = self.core
        wiring.connect(m, wiring.flipped(self.i), self.core.i)
        result = self.core.o
        if self.scaled:
            m.submodules.scale = scale = _Scale(self.core.o_map, self.rows, self.cols, self.o_map.element)
            wiring.connect(m, result, scale.i)
            result = scale.o
        wiring.connect(m, result, wiring.flipped(self.o))
        return m


class _Sum(Reduction):
    identity = 0

    def __init__(self, element: Element) -> None:
        self.element = element

    def shape(self, count: int) -> Shape:
        return element_shape(Element(min(0, count * self.element.lo), max(0, count * self.element.hi)))

    def combine(self, a: Value, b: Value) -> Value:
        return a + b

    def enter(self, value: Value) -> Value:
        return decode(value, self.element)


class _Scale(wiring.Component):
    """Multiplies each element by the factors of its row and column. One register, one beat a cycle."""

    def __init__(self, i_map: Map, rows: np.ndarray, cols: np.ndarray, o_element: Element) -> None:
        self.map, self.rows, self.cols = i_map, rows, cols
        o_map = replace(i_map, element=o_element)
        super().__init__({"i": wiring.In(i_map.signature), "o": wiring.Out(o_map.signature)})

    def elaborate(self, platform) -> Module:
        m = Module()
        taken = Signal()
        m.d.comb += taken.eq(self.i.valid & self.i.ready)
        _, carry = counter(m, "group", self.map.groups, taken)
        x, carry = counter(m, "x", self.map.width, carry)
        y, _ = counter(m, "y", self.map.height, carry)
        factor = _pick(self.rows, y) * _pick(self.cols, x)
        result = Signal(self.o.payload.shape(), reset_less=True)
        m.d.comb += [self.i.ready.eq(~self.o.valid | self.o.ready), self.o.payload.eq(result)]
        with m.If(self.i.ready):
            m.d.sync += self.o.valid.eq(self.i.valid)
        with m.If(taken):
            m.d.sync += [result[lane].eq(self.i.payload[lane] * factor) for lane in range(self.map.lanes)]
        return m


def _pick(factors: np.ndarray, position: Value) -> Value:
    values = [int(factor) for factor in factors]
    shape = Shape.cast(range(min(0, *values), max(0, *values) + 1))
    constants = [Const(value, shape) for value in values]
    return constants[0] if len(set(values)) == 1 else Array(constants)[position]
