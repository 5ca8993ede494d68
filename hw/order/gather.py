"""Neighbouring positions side by side, so that a fetched weight serves all of them."""

import numpy as np
from amaranth.hdl import Cat, Module, Value
from amaranth.lib.memory import Memory

from binloom.hw.counter import counter
from binloom.hw.order.adapt import LaneAdapter
from binloom.hw.order.in_turn import InTurn
from binloom.hw.order.ping_pong import PingPong
from binloom.hw.stream import Map


class Gather(InTurn):
    """`pixels` neighbouring positions of the input, row-major, become one: beat b of each of them, side by side.

    o_map is one row of positions / pixels positions, each of pixels times the channels, as many beats as an input
    position has: lane p * lanes + j of its beat b is lane j of beat b of the p-th of the positions that it holds.
    `pixels` must divide the positions of the map.

    Takes a beat a cycle, and gives one, without a bubble: while a group of positions leaves, the next comes in, into
    the other half of one memory a position. Latency 2. Positions of one beat each are put side by side in registers:
    latency 1.
    """

    def __init__(self, i_map: Map, pixels: int) -> None:
        if pixels < 2 or i_map.pixels % pixels:
            raise ValueError(f"pixels must be 2 or more and divide the {i_map.pixels} positions, got {pixels}")
        self.i_map, self.pixels = i_map, pixels
        self.o_map = Map(1, i_map.pixels // pixels, pixels * i_map.channels, pixels * i_map.lanes, i_map.element)
        self.buffered = i_map.groups > 1
        super().__init__()

    def needs(self) -> np.ndarray:
        groups = self.i_map.groups
        return np.repeat((np.arange(self.o_map.pixels) + 1) * self.pixels * groups, groups)

    def model(self, beats: np.ndarray) -> np.ndarray:
        groups = self.i_map.groups
        x = np.asarray(beats).reshape(-1, self.pixels, groups, self.i_map.lanes)
        return np.ascontiguousarray(x.transpose(0, 2, 1, 3)).reshape(-1, self.o_map.lanes)

    @property
    def adapter(self) -> LaneAdapter:
        """The registers for positions of one beat."""
        o_map = self.o_map
        narrow = Map(1, o_map.width, o_map.channels, self.i_map.lanes, o_map.element)
        return LaneAdapter(narrow, o_map.lanes)

    def memories(self, m: Module, turns: PingPong) -> None:
        i_map = self.i_map
        beat, position_done = counter(m, "beat", i_map.groups, turns.write)
        pixel, filled = counter(m, "pixel", self.pixels, position_done)
        o_beat, emptied = counter(m, "o_beat", i_map.groups, turns.read)
        m.d.comb += [turns.filled.eq(filled), turns.emptied.eq(emptied)]
        payload, beside = Value.cast(self.i.payload), []
        for number in range(self.pixels):
            m.submodules[f"position_{number}"] = memory = Memory(shape=len(payload), depth=2 * i_map.groups, init=[])
            write, read = memory.write_port(), memory.read_port()
            m.d.comb += [
                write.addr.eq(Cat(turns.w_half, beat)),
                write.data.eq(payload),
                write.en.eq(turns.write & (pixel == number)),
                read.addr.eq(Cat(turns.r_half, o_beat)),
                read.en.eq(turns.read),
            ]
            beside.append(read.data)
        m.d.comb += Value.cast(self.o.payload).eq(Cat(beside))
