"""From planes to pixels: a frame kept until all planes of a pixel are there."""

from dataclasses import replace

import numpy as np
from amaranth.hdl import Module, Mux, Signal, Value
from amaranth.lib.memory import Memory

from binloom.hw.counter import counter
from binloom.hw.stream import Block, Map


class Collect(Block):
    """The same map in one plane: what a `Replay` takes apart.

    A beat is a plane's share of a pixel, and stays one. The memory has room for one frame: of the next frame a pixel is
    taken in as soon as that of this one has left, so that a source that is slower loses no cycle. Latency 2.
    """

    latency = 2
    buffered = True

    def __init__(self, i_map: Map) -> None:
        if i_map.sweeps < 2 or i_map.lanes != i_map.run:
            raise ValueError(f"a collect takes an image in planes, one beat a pixel, got {i_map}")
        self.i_map = i_map
        self.o_map = replace(i_map, planes=1, run=0)
        super().__init__()

    @property
    def cycles(self) -> int:
        planes, pixels = self.i_map.planes, self.i_map.pixels
        return 2 * (planes - 1) * pixels + 2

    def needs(self) -> np.ndarray:
        planes, pixels = self.i_map.planes, self.i_map.pixels
        return np.repeat((planes - 1) * pixels + np.arange(pixels) + 1, planes)

    def model(self, beats: np.ndarray) -> np.ndarray:
        return self.o_map.to_beats(self.i_map.to_frames(beats))

    def elaborate(self, platform) -> Module:
        m = Module()
        planes, pixels = self.i_map.planes, self.i_map.pixels
        payload = Value.cast(self.i.payload)
        m.submodules.frame = frame = Memory(shape=len(payload), depth=planes * pixels, init=[])
        write, read = frame.write_port(), frame.read_port()

        put, give, ended = Signal(), Signal(), Signal()
        at, framed = counter(m, "at", planes * pixels, put)
        pixel, planed = counter(m, "pixel", pixels, put)
        plane, _ = counter(m, "plane", planes, planed)
        _, passed = counter(m, "own", planes, give)
        leaving, emptied = counter(m, "leaving", pixels, passed)
        whole = Signal(range(pixels + 1))  # pixels of the frame that leaves of which all planes have come
        behind = Signal()  # whether all of that frame has come, so that what comes is of the next
        m.d.comb += [
            self.i.ready.eq(~behind | (pixel < leaving)),
            put.eq(self.i.valid & self.i.ready),
            ended.eq(put & (plane == planes - 1)),
            write.addr.eq(at),
            write.data.eq(payload),
            write.en.eq(put),
        ]
        with m.If(emptied):
            m.d.sync += [whole.eq(0), behind.eq(0)]
        with m.Elif(ended):
            m.d.sync += [whole.eq(whole + 1), behind.eq(framed)]

        # Words of a pixel lie `pixels` apart.
        word, first = Signal(range(planes * pixels)), Signal(range(pixels))
        with m.If(give):
            m.d.sync += word.eq(word + pixels)
        with m.If(passed):
            following = Mux(emptied, 0, first + 1)
            m.d.sync += [first.eq(following), word.eq(following)]
        m.d.comb += [
            give.eq((whole > leaving) & (~self.o.valid | self.o.ready)),
            read.addr.eq(word),
            read.en.eq(give),
            Value.cast(self.o.payload).eq(read.data),
        ]
        with m.If(~self.o.valid | self.o.ready):
            m.d.sync += self.o.valid.eq(give)
        return m
