"""From pixels to planes: a frame kept while its channels pass one after the other."""

from dataclasses import replace

import numpy as np
from amaranth.hdl import Module, Mux, Signal, Value
from amaranth.lib.memory import Memory

from binloom.hw.counter import counter
from binloom.hw.stream import Block, Map, check_order


class Replay(Block):
    """The same map in planes of `run` channels, each plane given `copies` times: channels 0 .. run - 1 so often, then
    the next run.

    The first plane passes while the frame is taken in, and the frame's memory then gives the others, so that one frame
    of room is enough and no cycle is lost as long as the frame comes at full rate. (Who wants to take the next one in
    meanwhile puts a FIFO in front.) Its words are the beats of `i`, each read and written at one address a cycle: block
    RAM. Lanes must be a multiple of `run`.

    One output beat a cycle, latency 1. Where a pixel takes several beats, all but the first pass without an output.
    """

    latency = 1

    def __init__(self, i_map: Map, run: int = 1, copies: int = 1) -> None:
        check_order(i_map)
        if i_map.planes > 1 or i_map.pixels == 1:
            raise ValueError(f"a replay takes an image in one plane, got {i_map}")
        if run < 1 or i_map.lanes % run:
            raise ValueError(f"run must divide the {i_map.lanes} lanes, got {run}")
        if copies < 1:
            raise ValueError(f"copies must be at least 1, got {copies}")
        planes = i_map.channels // run * copies
        if planes == 1:
            raise ValueError("a replay makes two planes or more, got one")
        self.i_map, self.copies = i_map, copies
        self.o_map = replace(i_map, channels=i_map.channels * copies, lanes=run, planes=planes, run=run)
        super().__init__()

    @property
    def cycles(self) -> int:
        return self.i_map.beats + self.o_map.beats - self.i_map.pixels

    def needs(self) -> np.ndarray:
        needs = np.full((self.o_map.planes, self.i_map.pixels), self.i_map.beats)
        needs[0] = np.arange(self.i_map.pixels) * self.i_map.groups + 1
        return needs.ravel()

    def model(self, beats: np.ndarray) -> np.ndarray:
        i_map, run = self.i_map, self.o_map.run
        runs = i_map.to_frames(beats).reshape(-1, i_map.pixels, i_map.channels // run, 1, run)
        return self.o_map.to_beats(np.repeat(runs, self.copies, axis=3))

    def elaborate(self, platform) -> Module:
        m = Module()
        i_map, o_map = self.i_map, self.o_map
        words, groups, slots = i_map.beats, i_map.groups, i_map.lanes // o_map.run

        # A step takes a beat (`taking`, the first sweep) or gives the next one of those kept.
        taking, step, advance = Signal(init=1), Signal(), Signal()
        m.d.comb += [
            advance.eq(~self.o.valid | self.o.ready),
            self.i.ready.eq(advance & taking),
            step.eq(advance & (self.i.valid | ~taking)),
        ]
        at, following, swept = Signal(range(words)), Signal(range(words)), Signal()
        _, copied = counter(m, "copy", self.copies, swept)
        slot, emptied = counter(m, "slot", slots, copied)
        group, finished = counter(m, "group", groups, emptied)
        beat, _ = counter(m, "beat", groups, step & taking)

        start = Mux(emptied, Mux(group == groups - 1, 0, group + 1), group)  # of the next sweep
        last = Mux(taking, words - 1, words - groups + group)
        m.d.comb += [
            swept.eq(step & (at == last)),
            following.eq(Mux(swept, start, at + Mux(taking, 1, groups))),
        ]
        with m.If(step):
            m.d.sync += at.eq(following)
        with m.If(swept):
            m.d.sync += taking.eq(finished)

        payload = Value.cast(self.i.payload)
        m.submodules.frame = frame = Memory(shape=len(payload), depth=words, init=[])
        write, read = frame.write_port(), frame.read_port()
        m.d.comb += [
            write.addr.eq(at),
            write.data.eq(payload),
            write.en.eq(step & taking),
            # The word for the next step is fetched during this one.
            read.addr.eq(following),
            read.en.eq(step),
        ]
        run = Signal(o_map.payload.size, reset_less=True)
        m.d.comb += Value.cast(self.o.payload).eq(run)
        with m.If(advance):
            m.d.sync += self.o.valid.eq(step & (~taking | (beat == 0)))
        with m.If(step & (~taking | (beat == 0))):
            m.d.sync += run.eq(Mux(taking, payload[: len(run)], read.data.word_select(slot, len(run))))
        return m
