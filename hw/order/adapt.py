"""The same elements in the same order, another number of them a beat."""

from dataclasses import replace
from math import gcd

import numpy as np
from amaranth.hdl import Cat, Module, Signal, Value
from amaranth.lib.wiring import In, Out

from binloom.hw.counter import counter
from binloom.hw.part import Part
from binloom.hw.stream import Block, Map


class LaneAdapter(Block):
    """Regroups a map to `lanes` elements a beat.

    Where one number of lanes divides the other, the narrow side runs at one beat a cycle without a bubble, latency 1.
    Where neither does, it goes through their greatest common divisor, and that many elements a cycle pass (`latency` is
    that of a frame's first output). With equal lanes it is a piece of wire, latency 0.
    """

    def __init__(self, i_map: Map, lanes: int) -> None:
        self.i_map = i_map
        self.o_map = replace(i_map, lanes=lanes)
        self.through = gcd(i_map.lanes, lanes)
        super().__init__()

    @property
    def latency(self) -> int:
        down, up = self.i_map.lanes // self.through, self.o_map.lanes // self.through
        if down == 1 or up == 1:
            return int(down != up)
        # Of the input beat that completes the first output, this many parts are still to pass; then one cycle a side.
        return (up - 1) % down + 2

    @property
    def cycles(self) -> int:
        return self.i_map.beats * self.i_map.lanes // self.through if self.latency > 1 else super().cycles

    def needs(self) -> np.ndarray:
        return -(-(np.arange(self.o_map.beats) + 1) * self.o_map.lanes // self.i_map.lanes)

    def model(self, beats: np.ndarray) -> np.ndarray:
        return self.o_map.to_beats(self.i_map.to_frames(beats))

    def elaborate(self, platform) -> Module:
        m = Module()
        down, up = self.i_map.lanes // self.through, self.o_map.lanes // self.through
        width = self.i_map.stored_width * self.through
        payload, valid, ready = Value.cast(self.i.payload), self.i.valid, Signal(name="taken")
        m.d.comb += self.i.ready.eq(ready)
        for name, make, ratio in (("split", _Split, down), ("join", _Join, up)):
            if ratio > 1:
                m.submodules[name] = stage = make(width, ratio)
                m.d.comb += [stage.i.eq(payload), stage.i_valid.eq(valid), ready.eq(stage.i_ready)]
                payload, valid, ready = stage.o, stage.o_valid, stage.o_ready
        m.d.comb += [Value.cast(self.o.payload).eq(payload), self.o.valid.eq(valid), ready.eq(self.o.ready)]
        return m


class _Stage(Part):
    """A step from words of `i_width` to words of `o_width` wires."""

    def __init__(self, i_width: int, o_width: int, ratio: int) -> None:
        self.ratio = ratio  # of the narrow words to a wide one
        inputs = {"i": In(i_width), "i_valid": In(1), "i_ready": Out(1)}
        outputs = {"o": Out(o_width), "o_valid": Out(1), "o_ready": In(1)}
        super().__init__(lambda: inputs | outputs)


class _Split(_Stage):
    """Holds a wide word and hands it out from the low end; takes the next as the last part leaves."""

    def __init__(self, width: int, ratio: int) -> None:
        super().__init__(width * ratio, width, ratio)

    def elaborate(self, platform) -> Module:
        m = Module()
        word = Signal(self.i.shape(), reset_less=True)
        _, last = counter(m, "part", self.ratio, self.o_valid & self.o_ready)
        m.d.comb += [self.o.eq(word), self.i_ready.eq(~self.o_valid | last)]
        with m.If(self.i_ready):
            m.d.sync += [self.o_valid.eq(self.i_valid), word.eq(self.i)]
        with m.Elif(self.o_ready):
            m.d.sync += word.eq(word >> len(self.o))
        return m


class _Join(_Stage):
    """Shifts narrow words in at the high end; takes the first of the next wide word as one leaves."""

    def __init__(self, width: int, ratio: int) -> None:
        super().__init__(width, width * ratio, ratio)

    def elaborate(self, platform) -> Module:
        m = Module()
        taken, word = Signal(), Signal(self.o.shape(), reset_less=True)
        m.d.comb += self.o.eq(word)
        _, full = counter(m, "part", self.ratio, taken)
        m.d.comb += [self.i_ready.eq(~self.o_valid | self.o_ready), taken.eq(self.i_valid & self.i_ready)]
        with m.If(self.i_ready):
            m.d.sync += self.o_valid.eq(full)
        with m.If(taken):
            m.d.sync += word.eq(Cat(word[len(self.i) :], self.i))
        return m
