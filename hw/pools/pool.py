"""Max pooling, with the smallest instead of the largest where a channel was turned over."""

from dataclasses import replace

import numpy as np
from amaranth.hdl import Array, Cat, Const, Module, Mux, Shape, Value, unsigned

from binloom.hw.counter import channel_words
from binloom.hw.element import Element
from binloom.hw.pools.pooling import Pool, reducer
from binloom.hw.pools.reduce import Reduction
from binloom.hw.stream import Map, element_shape
from binloom.hw.weights import pack_words
from binloom.hw.windows.places import NO_PADDING, Geometry, Pair, WindowPadding


class MaxPool(Pool):
    """The largest element of each window, or the smallest in the channels where `minimum` is set.

    Padded positions do not take part (whatever `padding.fill` says). Over bits the largest is an OR; the smallest is
    the largest of inverted wires, inverted. One beat a cycle; latency that of the `core` that fits: 1 for the whole
    image (`GlobalPool`), 1 to 4 in a `RunningPool`, 2 in a `WindowPool`, plus what its first window lags.
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
        if i_map.element.bit:
            # All lanes are one word, so that one OR does them all.
            words = Element(0, (1 << i_map.lanes) - 1)
            channels, run = i_map.channels // i_map.lanes, i_map.run // i_map.lanes
            core_map = replace(i_map, channels=channels, run=run, lanes=1, element=words)
            core = reducer(core_map, geometry, _AnyBit(i_map.lanes), words)
        else:
            core = reducer(i_map, geometry, _Maximum(i_map.element), i_map.element)
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
            Value.cast(i.payload).eq(self._turned(m, "taken", self.i, self.i_map)),
            i.valid.eq(self.i.valid),
            self.i.ready.eq(i.ready),
            Value.cast(self.o.payload).eq(self._turned(m, "given", o, self.o_map)),
            self.o.valid.eq(o.valid),
            o.ready.eq(self.o.ready),
        ]
        return m

    def _turned(self, m: Module, name: str, stream, map: Map) -> Value:
        """A stream's payload with the channels inverted whose smallest is wanted: that reverses their order."""
        payload = Value.cast(stream.payload)
        flips = self.minimum.reshape(-1, map.lanes)
        words = [Const(word, map.lanes) for word in pack_words(flips, 1)]
        flip: Value = words[0]
        if (flips != flips[0]).any():
            flip = Array(words)[channel_words(m, name, map, stream.valid & stream.ready)]
        return payload ^ Cat(bit.replicate(map.stored_width) for bit in flip) if flips.any() else payload


class _AnyBit(Reduction):
    """OR of words of bits."""

    identity = 0

    def __init__(self, width: int) -> None:
        self.width = width

    def shape(self, count: int) -> Shape:
        return unsigned(self.width)

    def combine(self, a: Value, b: Value) -> Value:
        return a | b


class _Maximum(Reduction):
    """The larger of two."""

    def __init__(self, element: Element) -> None:
        self.element = element_shape(element)
        # An inverted element may lie outside the element's own bounds, but never outside its wires.
        self.identity = -(1 << (self.element.width - 1)) if self.element.signed else 0

    def shape(self, count: int) -> Shape:
        return self.element

    def combine(self, a: Value, b: Value) -> Value:
        return Mux(a > b, a, b)
