"""Max pooling, with the smallest instead of the largest where a channel was turned over."""

import numpy as np
from amaranth.hdl import Array, Const, Module, Mux, Shape, Value, unsigned

from binloom.hw.element import Element
from binloom.hw.reduce import Reduction, pool
from binloom.hw.stream import Block, Map, element_shape
from binloom.hw.windows import NO_PADDING, Geometry, Pair, WindowPadding


class MaxPool(Block):
    """The largest element of each window, or the smallest in the channels where `minimum` is set.

    Padded positions do not take part (whatever `padding.fill` says). Over bits the largest is an OR, the smallest an
    AND. One beat a cycle; latency 2, or 1 where the window is the whole image, plus what a first window lags that ends
    behind the image.
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
        self.geometry = Geometry(i_map.height, i_map.width, size, stride, padding=padding)
        flips = self.minimum.reshape(i_map.groups, i_map.lanes)
        if i_map.element.bit:
            # All lanes are one word, so that one OR does them all.
            words = Element(0, (1 << i_map.lanes) - 1)
            core_map = Map(i_map.height, i_map.width, i_map.groups, 1, words, i_map.masked)
            self.core = pool(core_map, self.geometry, _AnyBit(flips), words)
        else:
            self.core = pool(i_map, self.geometry, _Maximum(i_map.element, flips), i_map.element)
        self.i_map = i_map
        self.o_map = Map(self.geometry.out_height, self.geometry.out_width, i_map.channels, i_map.lanes, i_map.element)
        super().__init__()

    @property
    def latency(self) -> int:
        return self.core.latency

    @property
    def cycles(self) -> int:
        return self.core.cycles

    def needs(self) -> np.ndarray:
        return self.core.needs()

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
