"""The compute array: convolutions, grouped and depthwise ones and dense layers are all this one loop nest."""

from dataclasses import replace
from functools import cached_property

import numpy as np
from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value
from amaranth.lib import data, stream, wiring
from amaranth.lib.memory import Memory

from binloom.hw.arrays.border import Border
from binloom.hw.arrays.dot import Dot, Job
from binloom.hw.arrays.dot_choice import dot_class
from binloom.hw.arrays.loaded import LoadedStore, load_of, pieces_of
from binloom.hw.arrays.matrix import Matrix
from binloom.hw.arrays.starts import Starts
from binloom.hw.branches.fifo import Fifo
from binloom.hw.counter import counter, walk, word_counter
from binloom.hw.element import Element
from binloom.hw.stream import Block, Map, check_order, element_shape
from binloom.hw.weights import STORAGES, WeightStore, pack_words, store_latency

# An array with so many wires of operands, and so many times those of its results, flows.
LARGE, FEW_RESULTS = 512, 4
# Levels of logic in a stage. What flows fills a device, whose wires are slower than that.
LEVELS, FLOWING_LEVELS = 2, 4
# So many sums wait in registers: a memory would cost more, with its addresses and the register behind it.
FEW_GROUPS = 4


class MatrixArray(Block):
    """For each pixel and each of its segments: o[s] = i[s] @ weights[s] + bias[s].

    weights is int64 (segments, n, m); a pixel of `i` holds segment after segment of n elements, a pixel of `o` segment
    after segment of m sums (a plain convolution over windows: one segment; a depthwise one: a segment a channel).

    Fold: `simd` inputs and `pe` outputs meet in a cycle. An input beat of `simd` elements stays for m / pe cycles, in
    which the weights pass in order and each sum takes its share; during the last beat of a segment the sums leave,
    `pe` a beat. With `parallel` > 1 (which needs simd == n and pe == m) that many segments pass side by side: element
    j of the beat's segment p is lane j * parallel + p, as a window of `parallel` channels delivers it, and its
    sum r is lane p * m + r of the output.

    With `pixels` > 1 a beat of `i` holds that many pixels side by side, as a `Gather` delivers them, each with its own
    lanes in the order above, and so does a beat of `o`: they share every word of weights. The maps then have `pixels`
    times the channels, the order of which is the one in which they travel, and are not in planes.

    In planes each plane has weights of its own: those of its segments, over and over for each of its pixels.

    The sums start from the bias, with a `border` also from what their position gets back, and are as wide as the
    largest that can arise; `o_element` must hold every final one.

    Throughput: one step a cycle, no bubble between beats, pixels or frames. Latency, to the first `pe` sums of a
    segment: `reads` cycles for beat and weights (2 for weights that come at boot or from block RAM, 1 for others),
    `stages` of the dot product, and 1 for the sum where a segment has several beats or anything to start from.
    `i.ready` does not depend on `i.valid`.

    A small array stands still as a whole while its output is blocked, and reads weights from block RAM a step ahead
    where each pixel takes the same, so that `reads` is 1; then no beat is taken in the first cycle after reset. A
    large one `flows`: its thousands of registers have no enable, a queue with `room` takes what comes out, and a step
    begins only while there is room for what it brings. The queue adds 2 to the latency; `i.ready` comes from registers.

    Weights that come at boot (`storage` "ram") come between two frames: of a frame whose first beat has been taken, all
    meet the same weights. Before the first load, during one, and while one is offered, no frame begins.
    """

    can_flow = True

    def __init__(
        self,
        i_map: Map,
        weights: np.ndarray | Matrix,
        border: Border | None = None,
        *,
        simd: int,
        pe: int,
        o_element: Element,
        bias: np.ndarray | None = None,
        storage: str = "logic",
        parallel: int = 1,
        pixels: int = 1,
        per_stage: int | None = None,
        chains: bool = True,
    ) -> None:
        matrix = weights if isinstance(weights, Matrix) else Matrix(np.asarray(weights, np.int64))
        segments, n, m = matrix.shape
        bias = np.zeros(segments * m, np.int64) if bias is None else np.asarray(bias, np.int64)
        check_order(i_map)
        if pixels < 1:
            raise ValueError(f"pixels must be at least 1, got {pixels}")
        if pixels > 1 and i_map.planes > 1:
            raise ValueError(f"pixels must be 1 in planes, got {pixels}")
        if i_map.channels != pixels * segments * n:
            raise ValueError(
                f"the input must have pixels * segments * n = {pixels * segments * n} channels, got {i_map.channels}"
            )
        if simd < 1 or n % simd:
            raise ValueError(f"simd must divide n = {n}, got {simd}")
        if pe < 1 or m % pe:
            raise ValueError(f"pe must divide m = {m}, got {pe}")
        if segments % i_map.planes:
            raise ValueError(f"planes must divide the {segments} segments, got {i_map.planes}")
        if parallel < 1 or segments // i_map.planes % parallel:
            raise ValueError(f"parallel must divide the {segments // i_map.planes} segments, got {parallel}")
        if parallel > 1 and (simd, pe) != (n, m):
            raise ValueError(f"parallel segments need simd = n = {n} and pe = m = {m}, got {simd} and {pe}")
        if i_map.lanes != pixels * parallel * simd:
            raise ValueError(
                f"the input must have pixels * parallel * simd = {pixels * parallel * simd} lanes, got {i_map.lanes}"
            )
        if bias.shape != (segments * m,):
            raise ValueError(f"bias must hold {segments * m} numbers, one an output channel, got shape {bias.shape}")
        positions = i_map.pixels * pixels
        border = border or Border(np.zeros(positions, np.int64), np.zeros((1, segments * m), np.int64))
        if border.kinds.shape != (positions,) or border.back.shape[1:] != (segments * m,):
            raise ValueError(
                f"a border must tell of {positions} positions and {segments * m} outputs, got {border.kinds.shape} and"
                f" {border.back.shape[1:]}"
            )
        if storage not in STORAGES:
            raise ValueError(f"storage must be one of {', '.join(STORAGES)}, got {storage!r}")

        self.matrix, self.bias, self.border = matrix, bias.reshape(segments, m), border
        self.simd, self.pe, self.storage = simd, pe, storage
        self.parallel, self.pixels = parallel, pixels
        self.turns, self.beats, self.groups = segments // i_map.planes // parallel, n // simd, m // pe
        self.i_map = i_map
        self.o_map = replace(
            i_map, channels=pixels * segments * m, run=segments // i_map.planes * m, lanes=pixels * parallel * pe,
            element=o_element,
        )  # fmt: skip

        self.words = words = i_map.planes * self.turns * self.beats * self.groups  # of weights, one a step
        self.kind = dot_class(i_map.element, matrix.element, words, pe)
        self.word_width = parallel * simd * pe * matrix.element.width
        operands = i_map.lanes * i_map.element.width + (self.word_width if words > 1 else 0)
        self.flows = self.can_flow and operands >= max(LARGE, FEW_RESULTS * self.o_map.lanes * o_element.width)
        self.ahead = storage == "rom" and words > 1 and i_map.sweeps == 1 and not self.flows
        self.reads = store_latency(words, storage) - self.ahead
        per_stage = per_stage or (FLOWING_LEVELS if self.flows else LEVELS)
        if per_stage < 2:
            raise ValueError(f"a stage must have at least two levels, got {per_stage}")
        self.job = Job(i_map.element, matrix.element, words, simd, pe, per_stage, chains)
        if storage == "ram":
            if words == 1:
                raise ValueError("weights that all meet in one cycle are constants, and cannot be in ram")
            self.load_words = words * pieces_of(self.word_width)
        super().__init__()

    @property
    def weights(self) -> np.ndarray:
        return self.matrix.weights

    @cached_property
    def dots(self) -> list[Dot]:
        """The dot products of a beat: for each of its pixels one for each segment."""
        # (turn of any plane, part, beat, j, group, row) -> one (words, simd, rows) a part, in the order of the loops.
        split = self.weights.reshape(-1, self.parallel, self.beats, self.simd, self.groups, self.pe)
        parts = [part.transpose(0, 1, 3, 2, 4).reshape(-1, self.simd, self.pe) for part in split.swapaxes(0, 1)]
        job = self.job
        return [
            self.kind(job.element, job.weight, weights, job.per_stage, job.chains) for weights in parts * self.pixels
        ]

    @cached_property
    def _starts_of_segments(self) -> np.ndarray:
        """What a sum starts from: (kind of position, segment, m)."""
        return self.bias + self.matrix.offset(self.kind) + self.border.back.reshape(-1, *self.bias.shape)

    @cached_property
    def starts(self) -> Starts:
        """The same in the order in which the sums are made: (kind, turn of any plane and group, part and row)."""
        split = self._starts_of_segments.reshape(len(self.border.back), -1, self.parallel, self.groups, self.pe)
        values = split.transpose(0, 1, 3, 2, 4).reshape(len(split), -1, self.parallel * self.pe)
        # Many of them are where the weights are.
        storage = "rom" if self.storage == "rom" and len(split) > 1 else "logic"
        return Starts(values, self.border, self.pixels, storage)

    @property
    def restarts(self) -> bool:
        """Whether a sum finds its start where it finds what has come to it, and no choice between them is needed."""
        return self.beats > 1 and 1 < self.groups <= FEW_GROUPS and self.starts.same

    @cached_property
    def sum_element(self) -> Element:
        """What a sum can be on its way."""
        start = self._starts_of_segments
        low, high = self.matrix.reached(self.kind, self.i_map.element, self.simd)
        low = (start.min(axis=0)[:, np.newaxis] + low).min()
        high = (start.max(axis=0)[:, np.newaxis] + high).max()
        return Element(min(int(start.min()), int(low)), max(int(start.max()), int(high)))

    @property
    def stages(self) -> int:
        """Of the dot products."""
        return self.kind.stages_of(self.job)

    @cached_property
    def sums(self) -> bool:
        """Whether there is anything to add to what a beat brings."""
        return self.beats > 1 or bool(self.starts.values.any())

    def load_image(self) -> np.ndarray:
        return load_of(self._packed(), self.word_width)

    @property
    def latency(self) -> int:
        return self.reads + self.stages + self.sums + (self.queue.latency if self.flows else 0)

    @property
    def settled(self) -> bool:
        return self.flows

    @property
    def room(self) -> int:
        """Results that may be on their way: as many as keep it going."""
        return self.reads + self.stages + self.sums + 3

    @property
    def queue(self) -> Fifo:
        """What takes the results of an array that flows."""
        return Fifo(self.o_map, self.room)

    @property
    def cycles(self) -> int:
        return self.i_map.beats * self.groups

    def needs(self) -> np.ndarray:
        vectors = np.arange(self.i_map.sweeps * self.i_map.pixels * self.turns) + 1
        return np.repeat(vectors * self.beats, self.groups)

    def model(self, beats: np.ndarray) -> np.ndarray:
        map, segments = self.i_map, self.matrix.shape[0]
        x = np.asarray(beats, np.int64)
        if map.element.bit:
            x = 2 * x - 1
        inner = (self.turns, self.beats, self.pixels, self.simd, self.parallel)
        x = x.reshape(-1, map.planes, map.pixels, *inner).transpose(1, 3, 7, 0, 2, 5, 4, 6)
        sums = np.matmul(x.reshape(segments, -1, self.matrix.shape[1]), self.weights)
        back = self.border.back[self.border.kinds].reshape(-1, *self.bias.shape) + self.bias
        sums = sums.reshape(segments, -1, *back.shape[::2]) + back.swapaxes(0, 1)[:, np.newaxis]
        sums = sums.reshape(
            map.planes, self.turns, self.parallel, -1, map.pixels, self.pixels, self.groups, self.pe
        ).transpose(3, 0, 4, 1, 6, 5, 2, 7)
        return sums.reshape(-1, self.o_map.lanes)

    def elaborate(self, platform) -> Module:
        m = Module()
        made, advance = self.o, Signal()
        if self.flows:
            m.submodules.queue = queue = self.queue
            wiring.connect(m, queue.o, wiring.flipped(self.o))
            made = queue.i
            m.d.comb += advance.eq(1)
        else:
            m.d.comb += advance.eq(~self.o.valid | self.o.ready)
        store = self._store(m)
        tag, between = self._sequence(m, advance, store)

        payload = Value.cast(self.i.payload)
        x = Signal(len(payload), reset_less=True)
        with m.If(self.i.ready if not self.flows else tag.group == 0):
            m.d.sync += x.eq(payload)
        if self.reads == 2:
            later = Signal.like(x, name="x_later")
            with m.If(advance):
                m.d.sync += later.eq(x)
            x = later
        raw = self._dot_products(m, advance, x, store)

        # tags[-1] belongs to what the dot products deliver now, tags[-2] to what they will deliver next.
        tags = [Signal(tag.shape(), name=f"tag_{stage}") for stage in range(self.reads + self.stages)]
        with m.If(advance):
            m.d.sync += [after.eq(before) for after, before in zip(tags, [tag, *tags[:-1]], strict=True)]
        if isinstance(store, LoadedStore):
            # What the memories show must have gone on before they are written.
            m.d.comb += store.open.eq(between & ~tags[0].valid)
        if self.sums:
            self._accumulate(m, advance, raw, [tag, *tags], made)
        else:
            m.d.comb += made.valid.eq(tags[-1].valid)
            m.d.comb += [lane.eq(value) for lane, value in zip(made.payload, raw, strict=True)]
        return m

    def _store(self, m: Module) -> WeightStore | LoadedStore | None:
        """Where the weights are; nowhere where they are built in."""
        if self.job.constant:
            return None
        if self.storage != "ram":
            m.submodules.weights = store = WeightStore(self._packed(), self.word_width, storage=self.storage)
            return store
        m.submodules.weights = loaded = LoadedStore(self.words, self.word_width)
        wiring.connect(m, wiring.flipped(self.load), loaded.load)
        m.d.comb += [
            self.load_last.eq(loaded.last),
            loaded.check.eq(self.load_check),
            self.load_back.eq(loaded.back),
        ]
        return loaded

    def _packed(self) -> list[int]:
        """The words of weights. Bits of -1 and +1 are stored as 0 and 1; everything else as it is."""
        stored = np.stack([dot.weights for dot in self.dots[: self.parallel]], axis=1).reshape(self.words, -1)
        weight = self.job.weight
        return pack_words(stored > 0 if weight.bit else stored, weight.width)

    def _sequence(self, m: Module, advance: Signal, store: WeightStore | LoadedStore | None) -> tuple[Signal, Signal]:
        """The counters, and the words of weights that are read with them. Gives the tag that travels along with the
        products of a step, and whether no frame has begun that has not ended."""
        map, rows = self.i_map, self.turns * self.groups
        step, between = Signal(), Signal(init=1)
        free = Signal(init=not self.ahead)  # to take a beat
        group, beat_done = counter(m, "group", self.groups, step)
        beat, vector_done = counter(m, "beat", self.beats, beat_done)
        turn, pixel_done = counter(m, "turn", self.turns, vector_done)
        counted = map.sweeps > 1 or isinstance(store, LoadedStore)
        sweep_done = counter(m, "pixel", map.pixels, pixel_done)[1] if counted else Const(0)
        plane, frame_done = counter(m, "plane", map.sweeps, sweep_done)
        row = plane * rows + turn * self.groups + group
        if store is not None and self.ahead:
            # The memory shows the word of the next step already, which goes into the store's register with that.
            m.d.sync += free.eq(1)
            m.d.comb += store.en.eq(step | ~free)
            m.d.comb += store.addr.eq(counter(m, "next_word", self.words, store.en)[0])
        else:
            word = word_counter(m, "word", rows * self.beats, map.sweeps, step, pixel_done, sweep_done, plane)
            row = word if self.beats == 1 else row
            if store is not None:
                m.d.comb += [store.addr.eq(word), store.en.eq(advance)]
        if isinstance(store, LoadedStore):
            m.d.comb += free.eq(~between | ~(store.loading | store.load.valid))
            with m.If(step):
                m.d.sync += between.eq(frame_done)
        may = self._credit(m, step, beat) if self.flows else advance
        m.d.comb += [
            self.i.ready.eq(may & free & (group == 0)),
            step.eq(may & (self.i.valid & free | (group != 0))),
        ]
        return self._tag(m, step, beat, group, row, pixel_done), between

    def _tag(self, m: Module, step: Value, beat: Value, group: Value, row: Value, pixel_done: Value) -> Signal:
        """What travels along with the products of a step; `row` counts the words of one beat of all planes."""
        places = walk(m, "place", self.starts.places, pixel_done)[0] if self.starts.places.size else []
        rows = range(self.i_map.sweeps * self.turns * self.groups)
        layout = {"valid": 1, "first": 1, "last": 1, "group": range(self.groups), "row": rows, "place": len(places)}
        tag = Signal(data.StructLayout(layout))
        m.d.comb += [
            tag.valid.eq(step),
            tag.first.eq(beat == 0),
            tag.last.eq(beat == self.beats - 1),
            tag.group.eq(group),
            tag.row.eq(row),
            tag.place.eq(Cat(places)),
        ]
        return tag

    def _credit(self, m: Module, step: Signal, beat: Value) -> Value:
        """Whether a step may begin: one that brings a result takes the room of one until that has left."""
        room = Signal(range(self.room + 1), init=self.room)
        last = beat == self.beats - 1
        m.d.sync += room.eq(room - (step & last) + (self.o.valid & self.o.ready))
        return (room != 0) | ~last

    def _dot_products(
        self, m: Module, advance: Signal, x: Signal, store: WeightStore | LoadedStore | None
    ) -> list[Value]:
        """The raw sums that the array makes in a cycle, one a lane of `o`."""
        size = self.pe * self.simd * self.job.weight.width
        for number, dot in enumerate(self.dots):
            pixel, part = divmod(number, self.parallel)
            m.submodules["dot" if len(self.dots) == 1 else f"dot_{number}"] = dot
            m.d.comb += dot.en.eq(advance)
            element = self.i_map.stored_width
            lanes = ((pixel * self.simd + j) * self.parallel + part for j in range(self.simd))
            m.d.comb += dot.x.eq(Cat(x.word_select(lane, element) for lane in lanes))
            if store is not None:
                m.d.comb += dot.w.eq(store.data[part * size : (part + 1) * size])
        return [dot.o[row] for dot in self.dots for row in range(self.pe)]

    def _accumulate(
        self, m: Module, advance: Signal, raw: list[Value], tags: list[Signal], o: stream.Interface
    ) -> None:
        """Adds what has come to each sum, from what it starts with until it leaves through `o`. The last tag is of what
        has come, the one before of what comes next."""
        *_, next_tag, tag = tags
        layout = data.ArrayLayout(element_shape(self.sum_element), len(raw))
        start = self.starts.build(m, advance, tags)
        kept = Signal(layout)
        total = Signal(layout)
        for lane, value in enumerate(raw):
            before = start[lane] if self.beats == 1 else Mux(tag.first, start[lane], kept[lane])
            m.d.comb += total[lane].eq((kept[lane] if self.restarts else before) + value)
        with m.If(advance):
            m.d.sync += o.valid.eq(tag.valid & tag.last)

        if self.beats > 1 and self.groups <= FEW_GROUPS:
            # A sum comes back after `groups` steps, on its way through as many registers. The first of them is the
            # output's: nothing moves on until a finished sum has been taken.
            init = [value.value for value in start] if self.restarts else None
            passing = [Signal(layout, name=f"passing_{step}", init=init) for step in range(self.groups)]
            with m.If(advance & tag.valid):
                m.d.sync += [after.eq(before) for after, before in zip(passing, [total, *passing[:-1]], strict=True)]
            if self.restarts:
                # What would come back is a finished sum: the next one starts in its place. Written as a reset of its
                # own, which costs a flip-flop no logic.
                ended = Signal(self.groups - 1)
                with m.If(advance & tag.valid):
                    m.d.sync += ended.eq(Cat(tag.last, ended))
                with m.If(advance & tag.valid & ended[-1]):
                    m.d.sync += [lane.eq(value) for lane, value in zip(passing[-1], start, strict=True)]
            m.d.comb += kept.eq(passing[-1])
            m.d.comb += [lane.eq(value) for lane, value in zip(o.payload, passing[0], strict=True)]
            return
        with m.If(advance):
            m.d.sync += [lane.eq(value) for lane, value in zip(o.payload, total, strict=True)]
        if self.beats > 1:
            # A sum is written in the first of the `groups` cycles before it comes back and read in the last.
            m.submodules.sums = memory = Memory(shape=layout.size, depth=self.groups, init=[])
            write = memory.write_port()
            read = memory.read_port()
            m.d.comb += [
                write.addr.eq(tag.group),
                write.data.eq(total),
                write.en.eq(advance & tag.valid),
                read.addr.eq(next_tag.group),
                read.en.eq(advance),
                kept.eq(read.data),
            ]
