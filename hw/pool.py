"""Max pooling, with the smallest instead of the largest where a channel was turned over."""

import numpy as np
from amaranth.hdl import Array, Const, Module, Mux, Shape, Value, unsigned

from binloom.hw.element import Element
from binloom.hw.pooling import Pool, reducer
from binloom.hw.reduce import Reduction
from binloom.hw.stream import Map, element_shape
from binloom.hw.windows import NO_PADDING, Geometry, Pair, WindowPadding


class MaxPool(Pool):
    """The largest element of each window, or the smallest in the channels where `minimum` is set.

    Padded positions do not take part (whatever `padding.fill` says). Over bits the largest is an OR, the smallest an
    AND. One beat a cycle; latency 2, or 1 where the window is the whole image, plus what a first window lags in a
    `WindowPool`.
    """

    def __init__(
        self,
        i_map: Map,
        size: Pair,
        stride: Pair,
        padding: WindowPadding = NO_PADDING,
        minimum: np.ndarray | None = None,
    ) -> None:
        self.minimum = np.zeros(i_map.channels, bool) if minimum is None else np.asarray(minimum)
        if self.minimum.shape != (i_map.channels,) or self.minimum.dtype != bool:
            raise ValueError(
                f"minimum is one bool a channel, got {self.minimum.dtype} {self.minimum.shape} for {i_map.channels}"
            )
        geometry = Geometry(i_map.height, i_map.width, size, stride, padding=padding)
        flips = self.minimum.reshape(i_map.groups, i_map.lanes)
        if i_map.element.bit:
            # All lanes are one word, so that one OR does them all.
            words = Element(0, (1 << i_map.lanes) - 1)
            core_map = Map(i_map.height, i_map.width, i_map.groups, 1, words, i_map.masked)
            core = reducer(core_map, geometry, _AnyBit(flips), words)
        else:
            core = reducer(i_map, geometry, _Maximum(i_map.element, flips), i_map.element)
        super().__init__(i_map, geometry, core, i_map.element)

    def model(self, beats: np.ndarray) -> np.ndarray:
        frames, element = self.i_map.to_frames(beats), self.i_map.element
        lo, hi = (0, 1) if element.bit else (element.lo, element.hi)
        largest = self.geometry.extract(frames, lo).max(axis=(3, 4))
        smallest = self.geometry.extract(frames, hi).min(axis=(3, 4))
        return self.o_map.to_beats(np.where(self.minimum, smallest, largest))

    def elaborate(self, platform) -> Module:
        m = Module()
        m.submodules.core = self.core
        i, o = self.core.i, self.core.o
        m.d.comb += [
            Value.cast(i.payload).eq(Value.cast(self.i.payload)),
            i.valid.eq(self.i.valid),
            self.i.ready.eq(i.ready),
            Value.cast(self.o.payload).eq(Value.cast(o.payload)),
            self.o.valid.eq(o.valid),
            o.ready.eq(self.o.ready),
        ]
        return m


class _AnyBit(Reduction):
    """OR of words of bits; AND, by inverting both ends, where `flips` (groups, lanes) is set."""

    identity = 0

    def __init__(self, flips: np.ndarray) -> None:
        self.words = [sum(flip << lane for lane, flip in enumerate(group)) for group in flips.tolist()]
        self.width = flips.shape[1]

    def shape(self, count: int) -> Shape:
        return unsigned(self.width)

    def combine(self, a: Value, b: Value) -> Value:
        return a | b

    def enter(self, value: Value, lane: int, group: Value) -> Value:
        words = [Const(word, self.width) for word in self.words]
        return value ^ (words[0] if len(set(self.words)) == 1 else Array(words)[group])

    def leave(self, value: Value, lane: int, group: Value) -> Value:
        return self.enter(value, lane, group)


class _Maximum(Reduction):
    """The larger of two. Inverting every wire of a number reverses the order, so that the smaller is ~max(~a, ~b)."""

    def __init__(self, element: Element, flips: np.ndarray) -> None:
        self.element, self.flips = element_shape(element), flips
        # An inverted element may lie outside the element's own bounds, but never outside its wires.
        self.identity = -(1 << (self.element.width - 1)) if self.element.signed else 0

    def shape(self, count: int) -> Shape:
        return self.element

    def combine(self, a: Value, b: Value) -> Value:
        return Mux(a > b, a, b)

    def enter(self, value: Value, lane: int, group: Value) -> Value:
        flips = self.flips[:, lane].tolist()
        if all(flips) or not any(flips):
            return ~value if flips[0] else value
        flip = Const(sum(flip << number for number, flip in enumerate(flips)), len(flips)).bit_select(group, 1)
        return Mux(flip, ~value, value)

    def leave(self, value: Value, lane: int, group: Value) -> Value:
        return self.enter(value, lane, group)
