"""From neighbouring positions side by side back to one after the other: the reverse of a Gather."""

from functools import reduce
from operator import or_

import numpy as np
from amaranth.hdl import Cat, Module, Signal, Value
from amaranth.lib.memory import Memory

from binloom.hw.counter import counter
from binloom.hw.order.adapt import LaneAdapter
from binloom.hw.order.in_turn import InTurn
from binloom.hw.order.ping_pong import PingPong
from binloom.hw.stream import Map


class Scatter(InTurn):
    """The positions of `o_map`, row-major, of which `i_map` holds `pixels` side by side in each of its own.

    i_map is as `Gather` gives it: one row of positions / pixels positions, whose beat b holds beat b of each of
    them. Each position leaves in beats of o_map.lanes, which are one or several times the lanes / pixels that it
    comes in, and divide its channels: the positions leave faster so.

    Takes a beat a cycle, and gives one, without a bubble: while a group of positions comes in, the one before leaves
    from the other half of the memories. Latency 2. Positions that come in one beat each wait in a register: latency 1.
    """

    def __init__(self, i_map: Map, o_map: Map) -> None:
        pixels = o_map.pixels // i_map.pixels
        if pixels < 2 or (i_map.height, i_map.pixels * pixels, i_map.channels) != (
            1,
            o_map.pixels,
            pixels * o_map.channels,
        ):
            raise ValueError(f"the input must hold several positions of {o_map} side by side, got {i_map}")
        if i_map.element != o_map.element:
            raise ValueError(f"a scatter keeps the element, got {i_map.element} in and {o_map.element} out")
        if i_map.lanes % pixels or o_map.lanes % (i_map.lanes // pixels):
            raise ValueError(
                f"the output's lanes must be a multiple of those of a position in the input, got {o_map.lanes} lanes"
                f" for {pixels} positions in {i_map.lanes}"
            )
        self.i_map, self.o_map, self.pixels = i_map, o_map, pixels
        self.buffered = i_map.groups > 1
        super().__init__()

    def needs(self) -> np.ndarray:
        groups = self.i_map.groups
        return np.repeat((np.arange(self.i_map.pixels) + 1) * groups, self.pixels * self.o_map.groups)

    def model(self, beats: np.ndarray) -> np.ndarray:
        x = np.asarray(beats).reshape(-1, self.i_map.groups, self.pixels, self.i_map.lanes // self.pixels)
        return np.ascontiguousarray(x.transpose(0, 2, 1, 3)).reshape(-1, self.o_map.lanes)

    @property
    def adapter(self) -> LaneAdapter:
        """The register for positions of one beat."""
        return LaneAdapter(self.i_map, self.o_map.lanes)

    def memories(self, m: Module, turns: PingPong) -> None:
        i_map, o_map, pixels = self.i_map, self.o_map, self.pixels
        # An output beat is `banks` input beats of a position wide: those go into as many memories, in turn.
        width = i_map.lanes // pixels * i_map.stored_width
        banks = i_map.groups // o_map.groups
        bank, row_done = counter(m, "bank", banks, turns.write)
        row, filled = counter(m, "row", o_map.groups, row_done)
        o_row, position_done = counter(m, "o_row", o_map.groups, turns.read)
        # One wire a position, so that choosing one is but an AND and an OR.
        leaving = Signal(pixels, init=1)
        with m.If(position_done):
            m.d.sync += leaving.eq(leaving.rotate_left(1))
        m.d.comb += [turns.filled.eq(filled), turns.emptied.eq(position_done & leaving[-1])]
        payload, after = Value.cast(self.i.payload), []
        for position in range(pixels):
            words = []
            for number in range(banks):
                m.submodules[f"position_{position}_{number}"] = memory = Memory(
                    shape=width, depth=2 * o_map.groups, init=[]
                )
                write, read = memory.write_port(), memory.read_port(domain="comb")
                m.d.comb += [
                    write.addr.eq(Cat(turns.w_half, row)),
                    write.data.eq(payload.word_select(position, width)),
                    write.en.eq(turns.write & (bank == number)),
                    read.addr.eq(Cat(turns.r_half, o_row)),
                ]
                words.append(read.data)
            after.append(Cat(words) & leaving[position].replicate(width * banks))
        # One register for whichever position leaves, and what is behind it starts from that.
        with m.If(turns.read):
            m.d.sync += Value.cast(self.o.payload).eq(reduce(or_, after))
