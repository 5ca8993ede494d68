"""The join of branches side by side: channels of the first input, then of the next."""

from collections.abc import Sequence

import numpy as np
from amaranth.hdl import Module, Signal

from binloom.hw.branches.join import Join, check_join
from binloom.hw.element import Element
from binloom.hw.stream import Map
from binloom.hw.widen import convert, widen


class Concat(Join):
    """For each pixel all beats of i0, then all of i1, and so on; maps of one height and width and the same lanes.

    Every number becomes an `o_element`, which must hold it: bits beside integers become -1 and +1.
    """

    def __init__(self, i_maps: Sequence[Map], o_element: Element) -> None:
        check_join(i_maps)
        for map in i_maps:
            if not o_element.holds(map.element):
                raise ValueError(f"the output element must hold every {map.element}, got {o_element}")
        first = i_maps[0]
        channels = sum(map.channels for map in i_maps)
        super().__init__(i_maps, Map(first.height, first.width, channels, first.lanes, o_element))

    def needs(self) -> tuple[np.ndarray, ...]:
        pixel, group = np.divmod(np.arange(self.o_map.beats), self.o_map.groups)
        needs = []
        before = 0
        for map in self.i_maps:
            needs.append(pixel * map.groups + np.clip(group + 1 - before, 0, map.groups))
            before += map.groups
        return tuple(needs)

    def model(self, *beats: np.ndarray) -> np.ndarray:
        frames = [
            widen(map.to_frames(np.asarray(beat, np.int64)), map.element, self.o_map.element)
            for beat, map in zip(beats, self.i_maps, strict=True)
        ]
        return self.o_map.to_beats(np.concatenate(frames, axis=-1))

    def elaborate(self, platform) -> Module:
        m = Module()
        count = len(self.i_maps)
        advance = Signal()
        source = Signal(range(count))
        group = Signal(range(max(map.groups for map in self.i_maps)))
        m.d.comb += advance.eq(~self.o.valid | self.o.ready)
        with m.Switch(source):
            for number, map in enumerate(self.i_maps):
                stream = getattr(self, f"i{number}")
                with m.Case(number):
                    m.d.comb += stream.ready.eq(advance)
                    with m.If(advance):
                        m.d.sync += self.o.valid.eq(stream.valid)
                        for target, value in zip(self.o.payload, stream.payload, strict=True):
                            m.d.sync += target.eq(convert(value, map.element, self.o_map.element))
                    with m.If(advance & stream.valid):
                        m.d.sync += group.eq(group + 1)
                        with m.If(group == map.groups - 1):
                            m.d.sync += [group.eq(0), source.eq((number + 1) % count)]
        return m
