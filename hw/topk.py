"""The classes: indices of the largest numbers of a vector."""

import numpy as np
from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value

from binloom.hw.counter import counter
from binloom.hw.element import Element
from binloom.hw.stream import Block, Map, check_order, decode


class TopK(Block):
    """Indices of the k largest elements of a vector, largest first; of equals the lowest index first.

    k cells in a row, each of which keeps the largest of what has passed and hands on the rest, so that cell j ends
    with the j-th largest one cycle after cell j-1. Latency 1 cycle; one input beat a cycle, while the indices of the
    vector before are still leaving one a cycle: max(beats, k) cycles a vector.
    """

    def __init__(self, i_map: Map, k: int = 1) -> None:
        if i_map.pixels != 1:
            raise ValueError(f"top-k takes a vector, got {i_map}")
        check_order(i_map)
        if not 1 <= k <= i_map.channels:
            raise ValueError(f"k must lie between 1 and the {i_map.channels} elements of the vector, got {k}")
        self.k = k
        self.i_map = i_map
        self.o_map = Map(1, 1, k, 1, Element(0, i_map.channels - 1))
        super().__init__()

    @property
    def latency(self) -> int:
        return 1

    @property
    def cycles(self) -> int:
        return max(self.i_map.beats, self.k)

    def needs(self) -> np.ndarray:
        return np.full(self.k, self.i_map.beats)

    def model(self, beats: np.ndarray) -> np.ndarray:
        vectors = np.asarray(beats, np.int64).reshape(-1, self.i_map.channels)
        return np.argsort(-vectors, axis=1, kind="stable")[:, : self.k].reshape(-1, 1)

    def elaborate(self, platform) -> Module:
        m = Module()
        groups, lanes = self.i_map.groups, self.i_map.lanes
        advance = Signal()
        take = Signal()
        group, end = counter(m, "group", groups, take)
        pause = self._pause(m, advance, end)
        m.d.comb += [
            advance.eq(~self.o.valid | self.o.ready),
            self.i.ready.eq(advance & ~pause),
            take.eq(self.i.valid & self.i.ready),
        ]

        candidates = [self._key(self.i.payload[lane], group, lane) for lane in range(lanes)]
        first, last, valid = group == 0, group == groups - 1, take
        finals = []
        for cell in range(self.k):
            kept, rest = self._cell(m, cell, advance, candidates, first, valid)
            finals.append((Signal(name=f"final_{cell}"), kept))
            with m.If(advance):
                m.d.sync += finals[cell][0].eq(valid & last)
                if cell + 1 < self.k:
                    tag = Signal(3, name=f"tag_{cell}")
                    candidates = [Signal(kept.shape(), name=f"rest_{cell}_{lane}") for lane in range(lanes)]
                    m.d.sync += [tag.eq(Cat(first, last, valid))]
                    m.d.sync += [register.eq(value) for register, value in zip(candidates, rest, strict=True)]
                    first, last, valid = tag
        index_width = self.o_map.element.width
        for final, kept in finals:
            with m.If(final):  # at most one cell finishes in a cycle
                m.d.comb += [self.o.valid.eq(1), self.o.payload[0].eq(~kept[:index_width])]
        return m

    def _pause(self, m: Module, advance: Signal, end: Value) -> Value:
        """High for as long as a next vector would finish before all indices of the last one have left."""
        short = self.k - self.i_map.groups
        if short <= 0:
            return Const(0, 1)
        left = Signal(range(short + 1), name="pause")
        with m.If(advance & left.any()):
            m.d.sync += left.eq(left - 1)
        with m.If(end):
            m.d.sync += left.eq(short)
        return left.any()

    def _key(self, value, group: Value, lane: int) -> Value:
        """An unsigned number that orders candidates: present, then the element, then the lower index; never equal."""
        element = self.i_map.element
        number = decode(value, element)
        width = element.width + element.bit
        biased = Value.cast(number)[:width] ^ Const((1 << (width - 1)) if element.lo < 0 else 0, width)
        index = (group * self.i_map.lanes + lane)[: self.o_map.element.width]
        return Cat(~index, biased, Const(1, 1))

    def _cell(self, m: Module, cell: int, advance: Signal, candidates: list, first: Value, valid: Value):
        """Keeps the largest of the candidates and of what it kept before; the rest are the others."""
        kept = Signal(len(candidates[0]), name=f"kept_{cell}")
        before = Mux(first, 0, kept)
        lanes = range(len(candidates))
        best, wins = self._largest(candidates)
        replace = Signal(name=f"replace_{cell}")
        m.d.comb += replace.eq(best > before)
        with m.If(advance & valid):
            m.d.sync += kept.eq(Mux(replace, best, before))
        rest = [Mux(replace & wins[lane], before, candidates[lane]) for lane in lanes]
        return kept, rest

    def _largest(self, candidates: list) -> tuple[Value, list[Value]]:
        """The largest candidate by a tree of comparisons, and for each one whether it is that."""
        if len(candidates) == 1:
            return candidates[0], [Const(1, 1)]
        half = len(candidates) // 2
        low, low_wins = self._largest(candidates[:half])
        high, high_wins = self._largest(candidates[half:])
        above = high > low
        return Mux(above, high, low), [win & ~above for win in low_wins] + [win & above for win in high_wins]
