"""The join of residual branches: an elementwise sum."""

from collections.abc import Sequence

import numpy as np
from amaranth.hdl import Cat, Module

from binloom.hw.branches.join import Join, check_join
from binloom.hw.element import Element
from binloom.hw.stream import Map, decode


class Add(Join):
    """o = i0 + i1 + ..., maps of one shape and the same lanes; bits count as -1 and +1. `o_element` must hold each sum.

    Waits until every input has a beat, then takes one of each.
    """

    def __init__(self, i_maps: Sequence[Map], o_element: Element) -> None:
        check_join(i_maps)
        if o_element.bit:
            raise ValueError("a sum is an integer, got bits as the output element")
        first = i_maps[0]
        for map in i_maps:
            if map.channels != first.channels:
                raise ValueError(f"the inputs of an addition must have one shape, got {first} and {map}")
        super().__init__(i_maps, Map(first.height, first.width, first.channels, first.lanes, o_element))

    def needs(self) -> tuple[np.ndarray, ...]:
        return (np.arange(1, self.o_map.beats + 1),) * len(self.i_maps)

    def model(self, *beats: np.ndarray) -> np.ndarray:
        numbers = (np.asarray(beat, np.int64) for beat in beats)
        terms = (2 * x - 1 if map.element.bit else x for x, map in zip(numbers, self.i_maps, strict=True))
        return np.sum(list(terms), axis=0)

    def elaborate(self, platform) -> Module:
        m = Module()
        inputs = [getattr(self, f"i{number}") for number in range(len(self.i_maps))]
        advance = ~self.o.valid | self.o.ready
        for stream in inputs:
            others = Cat(other.valid for other in inputs if other is not stream)
            m.d.comb += stream.ready.eq(advance & others.all())
        with m.If(advance):
            m.d.sync += self.o.valid.eq(Cat(stream.valid for stream in inputs).all())
            for lane in range(self.o_map.lanes):
                numbers = (decode(i.payload[lane], map.element) for i, map in zip(inputs, self.i_maps, strict=True))
                m.d.sync += self.o.payload[lane].eq(sum(numbers))
        return m
