"""A pool that keeps no pixels: each window that has begun is one partial result."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from amaranth.hdl import Array, Const, Module, Mux, Signal, Value
from amaranth.lib import data

from binloom.hw.counter import counter
from binloom.hw.delay import DelayLine
from binloom.hw.reduce import Reducer, Reduction
from binloom.hw.stream import Lanes
from binloom.hw.windows import Geometry


@dataclass(frozen=True, slots=True)
class Slide:
    """One direction of the windows: `count` of `kernel` positions, every `stride`, the first `before` the image.

    While values come in one after the other, the windows that have begun and not ended hold a *slot* each, the
    youngest slot 0. A value joins every slot. At each `stride`-th the slots move up by one, and it begins slot 0.
    """

    size: int
    kernel: int
    stride: int
    before: int
    count: int

    @property
    def orderly(self) -> bool:
        """Whether no two windows end with the same value."""
        return len(np.unique(self.ends)) == self.count

    @property
    def ends(self) -> np.ndarray:
        """The position that ends each window: its last one in the image."""
        return np.minimum(np.arange(self.count) * self.stride - self.before + self.kernel, self.size) - 1

    @property
    def step(self) -> int:
        """The stride; a window that is alone needs no room for a second."""
        return self.kernel if self.count == 1 else self.stride

    @property
    def slots(self) -> int:
        return _slots(self.kernel, self.step)

    @property
    def slots_cut(self) -> int:
        """The same for the last window, which the border may cut short."""
        return _slots(int(self.ends[-1]) + self.before - (self.count - 1) * self.step + 1, self.step)

    def table(self) -> np.ndarray:
        """For each position the flags `shift`, `first`, `ends` and `cut`."""
        positions = np.arange(self.size)
        shift = (positions + self.before) % self.step == 0
        cut = (positions == self.ends[-1]) & (self.slots_cut != self.slots)
        return np.stack([shift, positions == 0, np.isin(positions, self.ends), cut], axis=1)

    def __call__(
        self, reduction: Reduction, slots: list[Value], value: Value, at: "Flags"
    ) -> tuple[list[Value], Value]:
        """The slots when this value has come, and the window that it ends, if it ends one."""
        joined = [value, *(reduction.combine(slot, value) for slot in slots)]
        after = [Mux(at.shift, below, above) for below, above in pairwise(joined)]
        if self.before:
            after = [Mux(at.first, value, slot) for slot in after]
        ended = joined[self.slots]
        if self.slots_cut != self.slots:
            ended = Mux(at.cut, joined[self.slots_cut], ended)
        if self.slots and self.ends[0] == 0:
            ended = Mux(at.first, value, ended)
        return after, ended


@dataclass(frozen=True, slots=True)
class Flags:
    """What holds at a position: slots move up; it is the first of all; it ends a window; one that the border cuts."""

    shift: Value
    first: Value
    ends: Value
    cut: Value


class RunningPool(Reducer):
    """Reduces each row of a window as its last pixel comes in, and the rows as they end.

    Takes one beat a cycle and needs no step behind the frame; latency 2. For each channel it keeps (kw - 1) / stride
    values, rounded up, and for each channel and window of a row (kh - 1) / stride. Windows must not end with the same
    pixel: `orderly`.
    """

    latency = 2

    @staticmethod
    def slides(geometry: Geometry) -> tuple[Slide, Slide]:
        """The directions of the windows: down and across."""
        (height, width), pad = geometry.kernel, geometry.padding
        return (
            Slide(geometry.height, height, geometry.stride[0], pad.top, geometry.out_height),
            Slide(geometry.width, width, geometry.stride[1], pad.left, geometry.out_width),
        )

    def sweep_needs(self) -> np.ndarray:
        down, across = (slide.ends for slide in self.slides(self.geometry))
        pixels = down[:, np.newaxis] * self.geometry.width + across
        return (pixels[..., np.newaxis] * self.i_map.groups + np.arange(self.i_map.groups) + 1).ravel()

    def elaborate(self, platform) -> Module:
        m = Module()
        geo, i_map, reduction = self.geometry, self.i_map, self.reduction
        groups = i_map.groups
        kh, kw = geo.kernel
        down, across = self.slides(geo)

        taken, ready = Signal(), Signal()
        m.d.comb += [self.i.ready.eq(ready), taken.eq(self.i.valid & ready)]
        _, carry = counter(m, "group", groups, taken)
        column, carry = _flags(m, "x", across, carry)
        row, _ = _flags(m, "y", down, carry)

        # First stage: what this row of a window comes to.
        part = Signal(Lanes(reduction.shape(kw), i_map.lanes), reset_less=True)
        part_valid, part_ends = Signal(), Signal()
        part_row = Flags(*(Signal.like(flag, name="part_" + name, reset_less=True) for name, flag in _named(row)))
        slots = _Slots(m, "across", reduction.shape(kw - 1), (i_map.lanes, across.slots), groups, taken)
        ended = []
        for lane in range(i_map.lanes):
            value = reduction.enter(self.i.payload[lane])
            after, done = across(reduction, slots.before[lane], value, column)
            slots.keep(lane, after)
            ended.append(part[lane].eq(done))
        with m.If(taken):
            m.d.sync += ended
            m.d.sync += [late.eq(flag) for (_, late), (_, flag) in zip(_named(part_row), _named(row), strict=True)]
        with m.If(ready):
            m.d.sync += [part_valid.eq(taken & column.ends), part_ends.eq(taken & column.ends & row.ends)]

        # Second stage: that and the rows before it.
        m.d.comb += ready.eq(~part_ends | ~self.o.valid | self.o.ready)
        moved = Signal()
        m.d.comb += moved.eq(part_valid & ready)
        shape = reduction.shape(kw * (kh - 1))
        slots = _Slots(m, "down", shape, (i_map.lanes, down.slots), geo.out_width * groups, moved)
        result = Signal(self.o_map.payload, reset_less=True)
        m.d.comb += self.o.payload.eq(result)
        left = []
        for lane in range(i_map.lanes):
            after, done = down(reduction, slots.before[lane], part[lane], part_row)
            slots.keep(lane, after)
            left.append(result[lane].eq(done))
        with m.If(part_ends & ready):
            m.d.sync += [self.o.valid.eq(1), *left]
        with m.Elif(self.o.ready):
            m.d.sync += self.o.valid.eq(0)
        return m


class _Slots:
    """The slots of each lane, as they were `depth` steps ago."""

    def __init__(self, m: Module, name: str, shape, size: tuple[int, int], depth: int, step: Value) -> None:
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


def _flags(m: Module, name: str, slide: Slide, step: Value) -> tuple[Flags, Value]:
    """The flags of the position at hand, out of registers, and the carry of its counter."""
    table = slide.table()
    constant = (table == table[0]).all(axis=0)
    words = [sum(int(flag) << bit for bit, flag in enumerate(flags)) for flags in table]
    if slide.size == 1:
        return Flags(*Const(words[0], 4)), step
    position, carry = counter(m, name, slide.size, step)
    flags = Signal(4, name=f"{name}_flags", init=words[0])
    following = Array(Const(word, 4) for word in [*words[1:], words[0]])
    with m.If(step):
        m.d.sync += flags.eq(following[position])
    return Flags(*(Const(int(table[0, bit])) if constant[bit] else flags[bit] for bit in range(4))), carry


def _named(flags: Flags) -> list[tuple[str, Value]]:
    return [(name, getattr(flags, name)) for name in Flags.__slots__]


def _slots(kernel: int, stride: int) -> int:
    return -(-(kernel - 1) // stride)
