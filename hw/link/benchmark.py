"""Frames run out of the chip's own memory, and the cycles that they take: no line is as fast as a network."""

from amaranth.hdl import Const, Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from binloom.hw.link.slots import slot_signature
from binloom.hw.part import Spare

FRAMES, CYCLES = 16, 32  # bits of the numbers of them


class Benchmark(Spare, wiring.Component):
    """`start` makes it hand out the slots in turn on `frame`, `frames` times.

    `enters` is high when a beat of an image enters the network, `leaves` (a bit for each output) with the last beat of
    a result. `running` until every output has given all of them, and a cycle more; `left` is how many the first one
    still owes, and `cycles` counts from the first beat in to the last one out, both with it.
    """

    def __init__(self, slots: int, outputs: int) -> None:
        self.slots, self.outputs = slots, outputs
        super().__init__(
            {
                "start": In(1),
                "frames": In(FRAMES),
                "frame": Out(slot_signature(slots)),
                "enters": In(1),
                "leaves": In(outputs),
                "running": Out(1),
                "left": Out(FRAMES),
                "cycles": Out(CYCLES),
            }
        )

    def elaborate(self, platform) -> Module:
        m = Module()
        begun, owing = Signal(), Signal()
        give = Signal(FRAMES)
        owed = [Signal(FRAMES, name=f"owed_{n}") for n in range(self.outputs)]
        m.d.comb += [
            self.frame.valid.eq(give != 0),
            owing.eq(sum((count != 0 for count in owed), Const(0)) != 0),
            self.left.eq(owed[0]),
        ]
        m.d.sync += self.running.eq(owing)
        # Both a cycle ago: they are known at the end of long paths.
        entered, left = Signal(), Signal(self.outputs)
        m.d.sync += [entered.eq(self.enters), left.eq(self.leaves)]
        with m.If(owing & (begun | entered)):
            m.d.sync += [begun.eq(1), self.cycles.eq(self.cycles + 1)]
        with m.If(self.frame.valid & self.frame.ready):
            m.d.sync += [give.eq(give - 1), self.frame.payload.eq(self.frame.payload + 1)]
        for count, leaves in zip(owed, left, strict=True):
            with m.If(leaves & (count != 0)):
                m.d.sync += count.eq(count - 1)
        with m.If(self.start):
            m.d.sync += [give.eq(self.frames), begun.eq(0), self.cycles.eq(0), self.frame.payload.eq(0)]
            m.d.sync += self.running.eq(1)
            m.d.sync += [count.eq(self.frames) for count in owed]
        return m
