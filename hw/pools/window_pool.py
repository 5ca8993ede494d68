"""A pool over windows of which several end with one pixel, as at a border: it keeps rows of pixels as `Window` does."""

from amaranth.hdl import Cat, Module, Mux, Signal, Value

from binloom.hw.delay import DelayLine
from binloom.hw.pools.reduce import Reducer
from binloom.hw.stream import Lanes
from binloom.hw.windows.sweep import Sweep


class WindowPool(Reducer):
    """Reduces each column of the window as its last row comes in, then neighbouring columns.

    Takes one beat a cycle and flushes as `Window` does; latency 2. A column is stored as one value a lane and not as
    its pixels, so a size of (kh, kw) costs kw - 1 stored values a lane besides its line buffer.
    """

    @property
    def cycles(self) -> int:
        return self.i_map.sweeps * self.geometry.steps * self.i_map.groups

    @property
    def latency(self) -> int:
        return 2 + self.geometry.lag(self.i_map.groups)

    def elaborate(self, platform) -> Module:
        m = Module()
        geo, i_map, reduction = self.geometry, self.i_map, self.reduction
        kh, kw = geo.kernel
        m.submodules.sweep = sweep = Sweep(geo, i_map.groups)

        # First stage: the column of taps that ends with the newest input.
        lanes = Lanes(reduction.shape(kh), i_map.lanes)
        column = Signal(lanes, reset_less=True)
        # Starts as the ones that it stays at where no border can hide a column: synthesis then sees a constant.
        column_ok = Signal(kw, init=(1 << kw) - 1, reset_less=True)
        column_valid = Signal()
        column_emit = Signal(reset_less=True)
        column_ready = Signal()
        m.d.comb += [
            column_ready.eq(~column_valid | ~column_emit | ~self.o.valid | self.o.ready),
            self.i.ready.eq(column_ready & ~sweep.flushing),
            sweep.step.eq(column_ready & (self.i.valid | sweep.flushing)),
        ]
        heads = Value.cast(self.i.payload)  # newest row first
        width = len(heads)
        if kh > 1:
            m.submodules.rows = line = DelayLine(width, geo.width * i_map.groups, kh - 1)
            m.d.comb += [line.i.eq(heads), line.step.eq(sweep.step)]
            heads = Cat(heads, line.o)
        # Signals of their own: a slice of a long Cat would be written out whole for each of its lanes.
        views = [Signal(i_map.payload, name=f"row_{ky}") for ky in range(kh)]
        m.d.comb += [Value.cast(view).eq(heads.word_select(kh - 1 - ky, width)) for ky, view in enumerate(views)]
        with m.If(column_ready):
            m.d.sync += column_valid.eq(sweep.step)
        with m.If(sweep.step):
            m.d.sync += [column_emit.eq(sweep.emit), column_ok.eq(sweep.col_ok)]
            for lane in range(i_map.lanes):
                values = [reduction.enter(view[lane]) for view in views]
                present = [Mux(sweep.head_ok[ky], value, reduction.identity) for ky, value in enumerate(values)]
                m.d.sync += column[lane].eq(reduction.tree(present))

        # Second stage: that column and the ones before it.
        shift, emit = Signal(), Signal()
        m.d.comb += [shift.eq(column_valid & column_ready), emit.eq(shift & column_emit)]
        columns = Value.cast(column)
        width = len(columns)
        if kw > 1:
            m.submodules.columns = line = DelayLine(width, i_map.groups, kw - 1)
            m.d.comb += [line.i.eq(columns), line.step.eq(shift)]
            columns = Cat(columns, line.o)
        views = [Signal(lanes, name=f"column_{kx}") for kx in range(kw)]
        m.d.comb += [Value.cast(view).eq(columns.word_select(kw - 1 - kx, width)) for kx, view in enumerate(views)]
        result = Signal(self.o_map.payload, reset_less=True)
        m.d.comb += self.o.payload.eq(result)
        with m.If(emit):
            m.d.sync += self.o.valid.eq(1)
            for lane in range(i_map.lanes):
                present = [Mux(column_ok[kx], view[lane], reduction.identity) for kx, view in enumerate(views)]
                m.d.sync += result[lane].eq(reduction.tree(present))
        with m.Elif(self.o.ready):
            m.d.sync += self.o.valid.eq(0)
        return m
