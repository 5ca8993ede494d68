"""The control of a window that sweeps over a frame: is it complete, and which of its taps are in the image."""

import numpy as np
from amaranth.hdl import Cat, Const, Module, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from binloom.hw.counter import counter
from binloom.hw.windows import Geometry


class Sweep(wiring.Component):
    """Counts the steps of a frame. One step takes one input beat, or none where `flushing` is high.

    In the cycle of a step the newest input is the last tap (bottom right) of the window at hand. All outputs describe
    that window and hold until the step:

    - `emit`: it is one of the windows that are asked for;
    - `row_ok`, `col_ok`: for each row and column of its taps, whether it lies in the image;
    - `head_ok`: the same for the rows of the column of taps that ends with the newest input, which at a row's end
      belongs to another row than the window;
    - `group`: the channel group, of the window and of the newest input alike.
    """

    def __init__(self, geometry: Geometry, groups: int) -> None:
        self.geometry, self.groups = geometry, groups
        kh, kw = geometry.kernel
        super().__init__(
            {
                "step": In(1),
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
        geo, step, groups = self.geometry, self.step, self.groups
        (kh, kw), (dy, dx), pad = geo.kernel, geo.dilation, geo.padding
        row_beats = geo.width * groups
        frame_beats, lead, steps = geo.height * row_beats, geo.lead * groups, geo.steps * groups

        # Where the newest input lies; behind the image while flushing.
        finish = Signal()
        head_beat, carry = counter(m, "head_beat", row_beats, step, clear=finish)
        head_y, _ = counter(m, "head_y", -(-steps // row_beats), carry, clear=finish)
        group, pixel = counter(m, "group_count", groups, step)
        m.d.comb += self.group.eq(group)

        def reached(number: int) -> Value:
            """Whether step `number` of the frame is being taken."""
            return step & (head_y == number // row_beats) & (head_beat == number % row_beats)

        m.d.comb += finish.eq(reached(steps - 1))
        if steps > frame_beats:
            with m.If(reached(frame_beats - 1)):
                m.d.sync += self.flushing.eq(1)
            with m.If(finish):
                m.d.sync += self.flushing.eq(0)
        primed: Value = Const(1)
        if lead:
            primed = Signal(name="primed")
            with m.If(reached(lead - 1)):
                m.d.sync += primed.eq(1)
            with m.If(finish):
                m.d.sync += primed.eq(0)

        # Where the window lies: one more raster, `lead` steps behind.
        x, x_phase, carry = _axis(m, "x", geo.width, geo.stride[1], pixel & primed, finish)
        y, y_phase, _ = _axis(m, "y", geo.height, geo.stride[0], carry, finish)
        last_x, last_y = (geo.out_width - 1) * geo.stride[1], (geo.out_height - 1) * geo.stride[0]
        rows, columns = geo.rows(), geo.columns()
        m.d.comb += [
            self.emit.eq(primed & (x_phase == 0) & (y_phase == 0) & (x <= last_x) & (y <= last_y)),
            self.row_ok.eq(Cat(_inside(y, k * dy - pad.top, geo.height, rows[:, k]) for k in range(kh))),
            self.col_ok.eq(Cat(_inside(x, k * dx - pad.left, geo.width, columns[:, k]) for k in range(kw))),
            self.head_ok.eq(Cat(_inside(head_y, (k + 1 - kh) * dy, geo.height, rows[:, k]) for k in range(kh))),
        ]
        return m


def _axis(m: Module, name: str, size: int, stride: int, step: Value, clear: Signal) -> tuple[Value, Value, Value]:
    """A coordinate 0 .. size - 1, its remainder by the stride, and its carry."""
    position, carry = counter(m, name, size, step, clear=clear)
    phase, _ = counter(m, f"{name}_phase", stride, step, clear=clear | carry)
    return position, phase, carry


def _inside(position: Value, offset: int, size: int, taps: np.ndarray) -> Value:
    """Whether 0 <= position + offset < size, where any of the `taps` of the windows asked for leaves that range."""
    ok: Value = Const(1)
    if taps.min() < 0:
        ok &= position >= -offset
    if taps.max() >= size:
        ok &= position < size - offset
    return ok
