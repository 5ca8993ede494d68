"""A pool that keeps no pixels: each window that has begun is one partial result."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from amaranth.hdl import Const, Module, Mux, Shape, Signal, Value
from amaranth.lib import data

from binloom.hw.counter import counter, walk
from binloom.hw.delay import DelayLine
from binloom.hw.pools.reduce import Reducer, Reduction
from binloom.hw.stream import Lanes
from binloom.hw.windows.places import Geometry


@dataclass(frozen=True, slots=True)
class Slide:
    """Windows along a line: `count` of `kernel` positions, every `stride`, the first beginning `before` the line.

    While values come in one after the other, the windows that have begun and not ended hold a *slot* each, the
    youngest slot 0. A value joins every slot. At each `stride`-th the slots move up by one, and it begins slot 0.
    """

    size: int
    kernel: int
    stride: int
    before: int
    count: int

    @property
    def ends(self) -> np.ndarray:
        """The position that ends each window: its last one in the line."""
        return np.minimum(np.arange(self.count) * self.stride - self.before + self.kernel, self.size) - 1

    @property
    def orderly(self) -> bool:
        """Whether no two windows end with the same value."""
        return len(np.unique(self.ends)) == self.count

    @property
    def parts(self) -> list["Slide"]:
        """What to put behind each other: where windows consist of whole strides, these first and then the windows of
        them, which takes fewer reductions; nothing where each window is one value."""
        if self.kernel == self.stride == 1:
            return []
        if self.count == 1:  # a window that is alone needs no room for another
            return [Slide(self.size, self.kernel, self.kernel, self.before, 1)]
        if self.kernel % self.stride or self.stride == 1 or self.stride == self.kernel:
            return [self]
        absent, before = divmod(self.before, self.stride)
        blocks = min(-(-(self.size + before) // self.stride), self.count + self.kernel // self.stride - 1 - absent)
        first = Slide(self.size, self.stride, self.stride, before, blocks)
        return [first, Slide(blocks, self.kernel // self.stride, 1, absent, self.count)]

    @property
    def slots(self) -> int:
        return _slots(self.kernel, self.stride)

    @property
    def slots_cut(self) -> int:
        """The same for the last window, which the end of the line may cut short."""
        return _slots(int(self.ends[-1]) + self.before - (self.count - 1) * self.stride + 1, self.stride)

    def table(self) -> np.ndarray:
        """For each position: do slots move up, is it the first, does it end a window, and one that is cut short."""
        positions = np.arange(self.size)
        shift = (positions + self.before) % self.stride == 0
        cut = (positions == self.ends[-1]) & (self.slots_cut != self.slots)
        return np.stack([shift, positions == 0, np.isin(positions, self.ends), cut], axis=1)

    def join(
        self, reduction: Reduction, slots: list[Value], value: Value, shift: Value, first: Value, cut: Value
    ) -> tuple[list[Value], Value]:
        """The slots when this value has come, and the window that it ends, if it ends one."""
        joined = [value, *(reduction.combine(slot, value) for slot in slots)]
        after = [Mux(shift, below, above) for below, above in pairwise(joined)]
        if self.before:
            after = [Mux(first, value, slot) for slot in after]
        if self.kernel == self.stride and self.slots:
            return after, after[0]  # no window begins where another one ends
        ended = joined[self.slots]
        if self.slots_cut != self.slots:
            ended = Mux(cut, joined[self.slots_cut], ended)
        if self.slots and self.ends[0] == 0:
            ended = Mux(first, value, ended)
        return after, ended


class RunningPool(Reducer):
    """Reduces each row of a window as its last pixel comes in, and the rows as they end.

    Takes one beat a cycle and needs no step behind the frame; latency 1 for each of the slides that it is made of, 1 to
    4. For each channel it keeps (kw - 1) / stride values, rounded up, and for each channel and window of a row
    (kh - 1) / stride. Windows must not end with the same pixel: `orderly`.
    """

    @staticmethod
    def slides(geometry: Geometry) -> tuple[Slide, Slide]:
        """The directions of the windows: across and down."""
        (height, width), pad = geometry.kernel, geometry.padding
        return (
            Slide(geometry.width, width, geometry.stride[1], pad.left, geometry.out_width),
            Slide(geometry.height, height, geometry.stride[0], pad.top, geometry.out_height),
        )

    @property
    def steps(self) -> list[tuple[Slide, int]]:
        """What happens one after the other: slides, and how many values side by side slide along each."""
        across, down = self.slides(self.geometry)
        groups = self.i_map.groups
        made = [(part, groups) for part in across.parts]
        made += [(part, groups * across.count) for part in down.parts]
        return made or [(across, groups)]

    @property
    def latency(self) -> int:
        return len(self.steps)

    def sweep_needs(self) -> np.ndarray:
        across, down = (slide.ends for slide in self.slides(self.geometry))
        pixels = down[:, np.newaxis] * self.geometry.width + across
        return (pixels[..., np.newaxis] * self.i_map.groups + np.arange(self.i_map.groups) + 1).ravel()

    def elaborate(self, platform) -> Module:
        m = Module()
        lanes, reduction = self.i_map.lanes, self.reduction
        ready = Signal()
        m.d.comb += self.i.ready.eq(ready)

        step, valid = Signal(), Const(1)  # not of the input: its ready waits for no valid
        m.d.comb += step.eq(self.i.valid & ready)
        values = [reduction.enter(self.i.payload[lane]) for lane in range(lanes)]
        size = 1  # of what a value is made of
        for index, (slide, side) in enumerate(self.steps):
            _, carry = counter(m, f"side_{index}", side, step)
            (shift, first, ends, cut), _ = walk(m, f"at_{index}", slide.table(), carry)
            shape = reduction.shape(size * max(1, slide.kernel - 1))
            size *= slide.kernel
            slots = _Slots(m, f"slots_{index}", shape, (lanes, slide.slots), side, step)
            results = []
            for lane, value in enumerate(values):
                after, ended = slide.join(reduction, slots.before[lane], value, shift, first, cut)
                slots.keep(lane, after)
                results.append(ended)
            if index < len(self.steps) - 1:
                made = Signal(Lanes(reduction.shape(size), lanes), name=f"made_{index}", reset_less=True)
                valid = Signal(name=f"valid_{index}")
                with m.If(step):
                    m.d.sync += [made[lane].eq(result) for lane, result in enumerate(results)]
                with m.If(ready):
                    m.d.sync += valid.eq(step & ends)
                values, step = [made[lane] for lane in range(lanes)], Signal(name=f"step_{index}")
                m.d.comb += step.eq(valid & ready)

        m.d.comb += ready.eq(~(valid & ends) | ~self.o.valid | self.o.ready)
        output = Signal(self.o_map.payload, reset_less=True)
        m.d.comb += self.o.payload.eq(output)
        done = Signal()
        m.d.comb += done.eq(step & ends)
        with m.If(done):
            m.d.sync += self.o.valid.eq(1)
            m.d.sync += [output[lane].eq(result) for lane, result in enumerate(results)]
        with m.Elif(self.o.ready):
            m.d.sync += self.o.valid.eq(0)
        return m


class _Slots:
    """The slots of each lane, as they were `depth` steps ago."""

    def __init__(self, m: Module, name: str, shape: Shape, size: tuple[int, int], depth: int, step: Value) -> None:
        self.m = m
        self.before: list[list[Value]] = [[] for _ in range(size[0])]
        if not size[1]:
            return
        layout = data.ArrayLayout(data.ArrayLayout(shape, size[1]), size[0])
        # Signals of their own: a slice of a long Cat would be written out whole for each of its lanes.
        before, self.after = Signal(layout, name=f"{name}_before"), Signal(layout, name=f"{name}_after")
        m.submodules[name] = line = DelayLine(layout.size, depth, 1)
        m.d.comb += [line.step.eq(step), line.i.eq(self.after), before.eq(line.o)]
        self.before = [[before[lane][slot] for slot in range(size[1])] for lane in range(size[0])]

    def keep(self, lane: int, slots: list[Value]) -> None:
        self.m.d.comb += [self.after[lane][index].eq(slot) for index, slot in enumerate(slots)]


def _slots(kernel: int, stride: int) -> int:
    return -(-(kernel - 1) // stride)
