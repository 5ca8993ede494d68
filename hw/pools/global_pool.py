"""A pool over the whole frame."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import data

from binloom.hw.counter import counter
from binloom.hw.delay import DelayLine
from binloom.hw.pools.reduce import Reducer
from binloom.hw.stream import Lanes


class GlobalPool(Reducer):
    """Reduces all pixels of a frame: one running value a channel, no line buffer. One beat a cycle, latency 1."""

    latency = 1

    def elaborate(self, platform) -> Module:
        m = Module()
        i_map, reduction = self.i_map, self.reduction
        taken = Signal()
        m.d.comb += taken.eq(self.i.valid & self.i.ready)
        _, carry = counter(m, "group", i_map.groups, taken)
        pixel, _ = counter(m, "pixel", i_map.pixels, carry)
        last = pixel == i_map.pixels - 1
        m.d.comb += self.i.ready.eq(~last | ~self.o.valid | self.o.ready)

        lanes = Lanes(reduction.shape(i_map.pixels), i_map.lanes)
        after = Signal(lanes)
        m.submodules.running = running = DelayLine(len(after.as_value()), i_map.groups, 1)
        before = data.View(lanes, running.o)
        m.d.comb += [running.i.eq(after), running.step.eq(taken)]
        for lane in range(i_map.lanes):
            value = reduction.enter(self.i.payload[lane])
            m.d.comb += after[lane].eq(Mux(pixel == 0, value, reduction.combine(before[lane], value)))

        result = Signal(self.o_map.payload, reset_less=True)
        m.d.comb += self.o.payload.eq(result)
        with m.If(taken & last):
            m.d.sync += self.o.valid.eq(1)
            for lane in range(i_map.lanes):
                m.d.sync += result[lane].eq(after[lane])
        with m.Elif(self.o.ready):
            m.d.sync += self.o.valid.eq(0)
        return m
