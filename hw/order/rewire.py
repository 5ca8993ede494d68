"""The same beats under another map: what a reshape is on a stream, and a change of order within a beat."""

from collections.abc import Sequence

import numpy as np
from amaranth.hdl import Cat, Module, Value

from binloom.hw.stream import Block, Map


class Rewire(Block):
    """Wires only: lane j of each output beat is lane `order[j]` of the input beat.

    Both maps must have as many beats, lanes and wires an element; without `order` the lanes stay as they are.
    Latency 0, a beat a cycle, ready passes straight through.
    """

    def __init__(self, i_map: Map, o_map: Map, order: Sequence[int] | None = None) -> None:
        order = range(i_map.lanes) if order is None else order
        if (i_map.lanes, i_map.beats) != (o_map.lanes, o_map.beats):
            raise ValueError(
                f"a rewiring keeps lanes and beats, got {i_map.lanes} lanes and {i_map.beats} beats in,"
                f" {o_map.lanes} and {o_map.beats} out"
            )
        if i_map.element != o_map.element:
            raise ValueError(f"a rewiring keeps the element, got {i_map.element} in and {o_map.element} out")
        if sorted(order) != list(range(i_map.lanes)):
            raise ValueError(f"order must be a permutation of the {i_map.lanes} lanes, got {list(order)}")
        self.i_map, self.o_map, self.order = i_map, o_map, tuple(order)
        super().__init__()

    @property
    def latency(self) -> int:
        return 0

    def needs(self) -> np.ndarray:
        return np.arange(1, self.o_map.beats + 1)

    def model(self, beats: np.ndarray) -> np.ndarray:
        return np.asarray(beats)[:, list(self.order)]

    def elaborate(self, platform) -> Module:
        m = Module()
        width = self.i_map.stored_width
        source = Value.cast(self.i.payload)
        m.d.comb += [
            Value.cast(self.o.payload).eq(Cat(source[lane * width : (lane + 1) * width] for lane in self.order)),
            self.o.valid.eq(self.i.valid),
            self.i.ready.eq(self.o.ready),
        ]
        return m
