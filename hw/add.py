"""The join of residual branches: an elementwise sum."""

from collections.abc import Sequence

import numpy as np
from amaranth.hdl import Cat, Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from binloom.hw.element import Element
from binloom.hw.stream import Block, Map, decode


class Add(Block):
    """o = i0 + i1 + ..., maps of one shape and the same lanes; bits count as -1 and +1. `o_element` must hold each sum.

    Waits until every input has a beat, then takes one of each. Latency 1 cycle (the output register), one beat a cycle.
    """

    def __init__(self, i_maps: Sequence[Map], o_element: Element) -> None:
        self.i_maps = tuple(i_maps)
        check_join(self.i_maps)
        if o_element.bit:
            raise ValueError("a sum is an integer, got bits as the output element")
        first = self.i_maps[0]
        for map in self.i_maps:
            if map.channels != first.channels:
                raise ValueError(f"the inputs of an addition must have one shape, got {first} and {map}")
        self.o_map = Map(first.height, first.width, first.channels, first.lanes, o_element)
        wiring.Component.__init__(self, join_signature(self.i_maps, self.o_map))

    @property
    def latency(self) -> int:
        return 1

    @property
    def cycles(self) -> int:
        return self.o_map.beats

    def needs(self) -> tuple[np.ndarray, ...]:
        return (np.arange(1, self.o_map.beats + 1),) * len(self.i_maps)

    def model(self, *beats: np.ndarray) -> np.ndarray:
        numbers = (np.asarray(beat, np.int64) for beat in beats)
        return sum(2 * x - 1 if map.element.bit else x for x, map in zip(numbers, self.i_maps, strict=True))

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


def check_join(i_maps: Sequence[Map]) -> None:
    """What every join of streams demands of its inputs."""
    if len(i_maps) < 2:
        raise ValueError(f"a join takes two or more inputs, got {len(i_maps)}")
    first = i_maps[0]
    for map in i_maps:
        if map.masked:
            raise ValueError("a join takes maps without a mask, got a masked one")
        if (map.height, map.width, map.lanes) != (first.height, first.width, first.lanes):
            raise ValueError(f"the inputs of a join must have one height, width and lanes, got {first} and {map}")


def join_signature(i_maps: Sequence[Map], o_map: Map) -> dict:
    """Ports `i0`, `i1`, ... and `o`."""
    return {f"i{number}": In(map.signature) for number, map in enumerate(i_maps)} | {"o": Out(o_map.signature)}
