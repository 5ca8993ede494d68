"""One stream to several readers."""

import numpy as np
from amaranth.hdl import Cat, Module, Signal
from amaranth.lib.wiring import In, Out

from binloom.hw.part import Part
from binloom.hw.stream import Map


class Fork(Part):
    """Every output `o0`, `o1`, ... gets each beat of `i` once, each in its own time.

    Eager: an output that has taken a beat does not wait for the others to take theirs; the next beat comes when all
    have. Latency 0, one beat a cycle. No register on payload or valid: their validity never depends on any ready.
    """

    latency = 0

    def __init__(self, map: Map, ways: int) -> None:
        if ways < 1:
            raise ValueError(f"a fork has at least 1 way, got {ways}")
        self.i_map, self.o_maps, self.ways = map, (map,) * ways, ways
        self.cycles = map.beats
        super().__init__(lambda: {"i": In(map.signature)} | {f"o{way}": Out(map.signature) for way in range(ways)})

    def needs(self) -> np.ndarray:
        return np.arange(self.i_map.beats) + 1

    def model(self, beats: np.ndarray) -> tuple[np.ndarray, ...]:
        return (np.asarray(beats),) * self.ways

    def elaborate(self, platform) -> Module:
        m = Module()
        outputs = [getattr(self, f"o{way}") for way in range(self.ways)]
        served = Signal(self.ways)  # outputs that have had the beat at hand
        serving = Signal(self.ways)
        m.d.comb += [
            serving.eq(served | Cat(output.ready for output in outputs)),
            self.i.ready.eq(serving.all()),
        ]
        for way, output in enumerate(outputs):
            m.d.comb += [output.payload.eq(self.i.payload), output.valid.eq(self.i.valid & ~served[way])]
        with m.If(self.i.valid):
            m.d.sync += served.eq(0)
            with m.If(~self.i.ready):
                m.d.sync += served.eq(serving)
        return m
