"""The control of a window that sweeps over a frame: is it complete, and which of its taps are in the image."""

import numpy as np
from amaranth.hdl import Cat, Const, Module, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from binloom.hw.counter import counter, walk
from binloom.hw.windows.places import Geometry


class Sweep(wiring.Component):
    """Counts the steps of a frame. One step takes one input beat, or none where `flushing` is high.

    In the cycle of a step the newest input is the last tap (bottom right) of the window at hand. All outputs describe
    that window and hold until the step:

    - `emit`: it is one of the windows that are asked for;
    - `row_ok`, `col_ok`: for each row and column of its taps, whether it lies in the image;
    - `head_ok`: the same for the rows of the column of taps that ends with the newest input, which at a row's end
      belongs to another row than the window;
    - `group`: the channel group of the newest input.

    `flushing` is high behind a frame while windows of it are left. With `overlap` a step may all the same take a beat,
    the first of the next frame, and says so by `beat`; from then on `flushing` is low, and what is left of the frame
    before comes with the beats of this one. `head_ok` then says nothing.
    """

    def __init__(self, geometry: Geometry, groups: int, *, overlap: bool = False) -> None:
        if overlap and not geometry.overlaps:
            raise ValueError("windows of this geometry do not reach from one frame into the next")
        self.geometry, self.groups, self.overlap = geometry, groups, overlap
        kh, kw = geometry.kernel
        super().__init__(
            {
                "step": In(1),
                "beat": In(1),
                "flushing": Out(1),
                "emit": Out(1),
                "row_ok": Out(kh),
                "col_ok": Out(kw),
                "head_ok": Out(kh),
                "group": Out(range(max(2, groups))),
            }
        )

    def elaborate(self, platform) -> Module:
        m = Module()
        geo, step = self.geometry, self.step
        kh, dy = geo.kernel[0], geo.dilation[0]
        pixels = geo.height * geo.width
        steps = pixels if self.overlap else geo.steps

        # Where the newest input lies; behind the image while flushing, unless that can be the next frame.
        finish, taken = Signal(), Signal()
        m.d.comb += taken.eq(step & self.beat if self.overlap else step)
        clear = None if self.overlap else finish
        group, carry = counter(m, "head_group", self.groups, taken)
        m.d.comb += self.group.eq(group)
        marks = np.array([geo.lead, pixels, steps]) - 1
        head_x, row = walk(m, "head_x", np.arange(geo.width)[:, None] == marks % geo.width, carry, clear=clear)
        y = np.arange(-(-steps // geo.width))[:, None]
        head_ok = _inside(y + (np.arange(kh) + 1 - kh) * dy, geo.height)
        head_y, _ = walk(m, "head_y", np.hstack([y == marks // geo.width, head_ok]), row, clear=clear)
        leads, ends, stops = (carry & here_x & here_y for here_x, here_y in zip(head_x, head_y, strict=False))
        m.d.comb += self.head_ok.eq(Cat(head_y[len(marks) :]))

        # Where the window lies: one more raster, `lead` steps behind.
        primed: Value = Signal(name="primed") if geo.lead else Const(1)
        _, carry = counter(m, "group_count", self.groups, step & primed, clear=finish)
        column, row = walk(m, "x", _axis(geo.columns(), geo.width, geo.stride[1]), carry, clear=finish)
        line, _ = walk(m, "y", _axis(geo.rows(), geo.height, geo.stride[0]), row, clear=finish)
        m.d.comb += [
            self.emit.eq(primed & column[0] & line[0]),
            self.col_ok.eq(Cat(column[2:])),
            self.row_ok.eq(Cat(line[2:])),
            finish.eq(carry & column[1] & line[1] if self.overlap else stops),
        ]
        if geo.lead:
            with m.If(finish):
                m.d.sync += primed.eq(0)
            with m.If(leads):
                m.d.sync += primed.eq(1)
        if geo.flush:
            with m.If(step):
                left = self.flushing & ~finish
                m.d.sync += self.flushing.eq(ends | (left & ~self.beat if self.overlap else left))
        return m


def _axis(taps: np.ndarray, size: int, stride: int) -> np.ndarray:
    """For each position of a window along an axis: is it asked for, and as the last; which taps are in the image."""
    count, kernel = taps.shape
    table = np.ones((size, 2 + kernel), bool)
    table[:, :2] = False
    places = np.arange(count) * stride
    table[places, 0], table[places[-1], 1] = True, True
    table[places, 2:] = _inside(taps, size)
    return table


def _inside(positions: np.ndarray, size: int) -> np.ndarray:
    return (positions >= 0) & (positions < size)
