"""The window former: from a stream of pixels to a stream of the patches that a convolution looks at."""

from dataclasses import replace

import numpy as np
from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value
from amaranth.lib import data

from binloom.hw.delay import STYLES, DelayLine
from binloom.hw.element import Element
from binloom.hw.stream import Block, Map, check_order, repeated
from binloom.hw.windows.places import NO_PADDING, Geometry, Pair, WindowPadding
from binloom.hw.windows.sweep import Sweep

__all__ = ["Window", "WindowPadding"]


class Window(Block):
    """For each output position and channel group one beat of kh * kw * lanes elements, in the order (ky, kx, lane).

    Padded positions hold `padding.fill`, a stored value; the output element is widened to hold it.

    Takes one beat a cycle, with no bubble at row ends, and gives at most one a step: a border costs nothing within the
    frame. Behind a frame's last beat there are `padding.bottom` rows and `padding.right` pixels of steps to the last
    window. It takes them by itself while no beat comes. With `overlap` the next frame's beats are such steps too, so
    that a frame costs its beats and no more; but once the next frame has begun, the last windows come with its beats.
    Without, the next frame waits. Latency 1 from the beat that completes a window, more for a first window that ends
    behind the image.

    Inside, two delay lines: the first holds (kh - 1) rows and gives the column of taps that ends with the newest
    input; the second gives that column's (kw - 1) predecessors. `style` is the `ram_style` of the first one's memory.
    """

    def __init__(
        self,
        i_map: Map,
        kernel: Pair,
        stride: Pair = (1, 1),
        dilation: Pair = (1, 1),
        padding: WindowPadding = NO_PADDING,
        *,
        style: str | None = None,
        overlap: bool = True,
    ) -> None:
        check_order(i_map)
        if style not in STYLES:
            raise ValueError(f"style must be one of {STYLES}, got {style!r}")
        self.geometry = geo = Geometry(i_map.height, i_map.width, kernel, stride, dilation, padding)
        element = i_map.element
        if padding.any:
            fill = padding.fill
            if fill is None or (element.bit and fill not in (0, 1)):
                raise ValueError(f"a border needs a stored value, over bits 0 or 1, got {fill}")
            if not element.bit:
                element = Element(min(element.lo, fill), max(element.hi, fill))
        taps = kernel[0] * kernel[1]
        self.i_map, self.style, self.fill = i_map, style, padding.fill or 0
        self.overlap = overlap and geo.overlaps
        self.o_map = replace(
            i_map, height=geo.out_height, width=geo.out_width, channels=taps * i_map.channels, run=taps * i_map.run,
            lanes=taps * i_map.lanes, element=element,
        )  # fmt: skip
        super().__init__()

    @property
    def latency(self) -> int:
        return 1 + self.geometry.lag(self.i_map.groups)

    @property
    def cycles(self) -> int:
        return self.i_map.beats if self.overlap else self.i_map.sweeps * self.geometry.steps * self.i_map.groups

    def needs(self) -> np.ndarray:
        return repeated(self.geometry.needs(self.i_map.groups), self.i_map.sweeps, self.i_map.plane.beats)

    def follows(self) -> np.ndarray:
        if not self.overlap:
            return self.needs()
        return repeated(self.geometry.follows(self.i_map.groups), self.i_map.sweeps, self.i_map.plane.beats)

    def alone(self) -> "Window":
        """The same that lets nothing of the next frame in before the last window is out."""
        geo = self.geometry
        return Window(self.i_map, geo.kernel, geo.stride, geo.dilation, geo.padding, style=self.style, overlap=False)

    def model(self, beats: np.ndarray) -> np.ndarray:
        geo, lanes = self.geometry, self.i_map.lanes
        frames = self.i_map.to_frames(beats)
        patches = geo.extract(frames, self.fill)
        n, oh, ow, kh, kw, channels = patches.shape
        grouped = patches.reshape(n, oh, ow, kh, kw, channels // lanes, lanes).transpose(0, 1, 2, 5, 3, 4, 6)
        return self.o_map.to_beats(grouped.reshape(n, oh, ow, kh * kw * channels))

    def elaborate(self, platform) -> Module:
        m = Module()
        geo, i_map = self.geometry, self.i_map
        (kh, kw), (dy, dx) = geo.kernel, geo.dilation
        width = i_map.stored_width * i_map.lanes

        m.submodules.sweep = sweep = Sweep(geo, i_map.groups, overlap=self.overlap)
        ready = Signal()
        m.d.comb += [
            ready.eq(~sweep.emit | ~self.o.valid | self.o.ready),
            self.i.ready.eq(ready if self.overlap else ready & ~sweep.flushing),
            sweep.step.eq(ready & (self.i.valid | sweep.flushing)),
            sweep.beat.eq(self.i.valid),
        ]

        rows = Value.cast(self.i.payload)  # tap by tap, newest first
        if kh > 1:
            m.submodules.rows = line = DelayLine(width, dy * geo.width * i_map.groups, kh - 1, style=self.style)
            m.d.comb += [line.i.eq(rows), line.step.eq(sweep.step)]
            rows = Cat(rows, line.o)
        columns = rows
        if kw > 1:
            m.submodules.columns = line = DelayLine(kh * width, dx * i_map.groups, kw - 1)
            m.d.comb += [line.i.eq(rows), line.step.eq(sweep.step)]
            columns = Cat(rows, line.o)

        patch = Signal(self.o_map.payload.size, reset_less=True)
        m.d.comb += Value.cast(self.o.payload).eq(patch)
        taps = [self._tap(m, sweep, columns, *divmod(index, kw)) for index in range(kh * kw)]
        with m.If(sweep.step & sweep.emit):
            m.d.sync += [self.o.valid.eq(1), patch.eq(Cat(taps))]
        with m.Elif(self.o.ready):
            m.d.sync += self.o.valid.eq(0)
        return m

    def _tap(self, m: Module, sweep: Sweep, columns: Value, ky: int, kx: int) -> Value:
        """One tap's wires as they leave: widened to the output's element, filled outside the image."""
        kh, kw = self.geometry.kernel
        stored = data.View(self.i_map.payload, columns.word_select((kw - kx) * kh - ky - 1, self.i_map.payload.size))
        width = self.o_map.element.width
        tap = Cat(_stretch(stored[lane], width) for lane in range(self.i_map.lanes))
        if self.geometry.padding.any:
            ok = Signal(name=f"ok_{ky}_{kx}")
            outside = Const(self.fill, width).replicate(self.i_map.lanes)
            m.d.comb += ok.eq(sweep.row_ok[ky] & sweep.col_ok[kx])
            return Mux(ok, tap, outside)
        return tap


def _stretch(value: Value, width: int) -> Value:
    """The wires of a number, extended to `width`."""
    sign = value[-1] if value.shape().signed else Const(0, 1)
    return Cat(value, sign.replicate(width - len(value)))
