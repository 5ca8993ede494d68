"""Planes put together again: what the filters of each plane gave, with the weights of the planes."""

from dataclasses import replace

import numpy as np
from amaranth.hdl import Cat, Module, Mux, Signal, Value

from binloom.hw.counter import counter
from binloom.hw.delay import DelayLine
from binloom.hw.element import Element
from binloom.hw.stream import Block, Map, decode
from binloom.hw.sums.adder_tree import Registers, Term, add_tree, depth, inner_stages

LEVELS = 2  # of additions between two registers


def lanes_fit(lanes: int, planes: int, filters: int) -> bool:
    """Whether a beat of so many lanes holds some filters of a plane, or whole planes that divide the planes of a
    channel, or whole channels."""
    if filters % lanes == 0:
        return True
    side, left = divmod(lanes, filters)
    return left == 0 and (planes % side == 0 or side % planes == 0)


class ShiftAdd(Block):
    """o[c * filters + n] = sum over p of 2**p * i[(c * planes + p) * filters + n]; bits count as -1 and +1.

    `lanes_fit` says which lanes it takes. Where the planes of a channel come one behind the other, the sum is shifted
    to the right past a plane's adder, least plane first: the adder is as wide as a plane's numbers, and what has left
    it below is not touched any more. A sum waits in a delay line while the other filters of its plane pass.

    A beat a cycle. Latency 1 cycle where a beat holds one plane; where it holds several, their sum takes a cycle for
    each two levels of its tree, and one more to be added to what came before, if anything did. While the output is
    blocked the whole pipeline stands still.
    """

    def __init__(self, i_map: Map, planes: int, filters: int, o_element: Element) -> None:
        if planes < 1 or filters < 1 or i_map.channels % (planes * filters):
            raise ValueError(f"{filters} filters on each of {planes} planes do not fit {i_map.channels} channels")
        if not lanes_fit(i_map.lanes, planes, filters):
            raise ValueError(
                f"lanes must divide the {filters} filters, or hold whole planes that divide the {planes} of a channel"
                f" or whole channels, got {i_map.lanes}"
            )
        if i_map.planes > 1:
            raise ValueError(f"planes are put together in a map in one plane, got {i_map}")
        if o_element.bit:
            raise ValueError("a sum is an integer, got bits as the output element")
        self.planes, self.filters = planes, filters
        self.together = min(planes, max(1, i_map.lanes // filters))  # planes of a channel in one beat
        self.steps = planes // self.together
        self.groups = max(1, filters // i_map.lanes)
        self.i_map = i_map
        channels = i_map.channels // planes
        lanes = i_map.lanes // self.together
        self.o_map = replace(i_map, channels=channels, run=channels, lanes=lanes, element=o_element)
        super().__init__()

    @property
    def stages(self) -> int:
        """Registers of the sum of the planes that come together."""
        return 1 + inner_stages(depth(self.together), LEVELS) if self.together > 1 or self.steps == 1 else 0

    @property
    def latency(self) -> int:
        return self.stages + (self.steps > 1)

    @property
    def sum_element(self) -> Element:
        """What a sum can be on its way, which begins at 0."""
        most = (1 << self.planes) - 1
        return Element(min(0, self.i_map.element.lo) * most, max(0, self.i_map.element.hi) * most)

    def needs(self) -> np.ndarray:
        sums = np.arange(self.o_map.beats) // self.groups
        group = np.arange(self.o_map.beats) % self.groups
        return (sums * self.steps + self.steps - 1) * self.groups + group + 1

    def model(self, beats: np.ndarray) -> np.ndarray:
        x = self.i_map.to_frames(np.asarray(beats, np.int64))
        if self.i_map.element.bit:
            x = 2 * x - 1
        x = x.reshape(*x.shape[:3], -1, self.planes, self.filters)
        sums = (x << np.arange(self.planes)[:, np.newaxis]).sum(axis=4)
        return self.o_map.to_beats(sums.reshape(*x.shape[:3], -1))

    def elaborate(self, platform) -> Module:
        m = Module()
        advance, step = Signal(), Signal()
        m.d.comb += [
            advance.eq(~self.o.valid | self.o.ready),
            self.i.ready.eq(advance),
            step.eq(advance & self.i.valid),
        ]
        _, plane_done = counter(m, "group", self.groups, step)
        place, _ = counter(m, "plane", self.steps, plane_done)

        registers = Registers()
        tag = Cat(self.i.valid, place == 0, place == self.steps - 1)
        for number in range(self.stages):
            later = Signal(len(tag), name=f"tag_{number}")
            registers.statements.append(later.eq(tag))
            tag = later
        valid, first, last = tag
        sums = [self._together(lane, registers) for lane in range(self.o_map.lanes)]
        with m.If(advance):
            m.d.sync += registers.statements
        if self.steps == 1:
            m.d.comb += [self.o.valid.eq(valid), *(o.eq(s.value) for o, s in zip(self.o.payload, sums, strict=True))]
            return m

        width, whole = self.sum_element.width, self.planes - self.together
        m.submodules.sums = line = DelayLine(width * self.o_map.lanes, self.groups, 1)
        totals = []
        for lane, term in enumerate(sums):
            # What has come so far, at the weight that it has beside this plane; below `whole` nothing is added to it.
            before = line.o.word_select(lane, width)[self.together :]
            above = before[whole:].as_signed() if self.sum_element.signed else before[whole:]
            high = Signal(width - whole, name=f"high_{lane}")
            m.d.comb += high.eq(Mux(first, 0, above) + term.value)
            totals.append(Cat(before[:whole], high))
        m.d.comb += [line.i.eq(Cat(totals)), line.step.eq(advance & valid)]
        with m.If(advance):
            m.d.sync += self.o.valid.eq(valid & last)
        with m.If(advance & valid):
            m.d.sync += [o.eq(total) for o, total in zip(self.o.payload, totals, strict=True)]
        return m

    def _together(self, lane: int, registers: Registers) -> Term:
        """The planes of one output lane that one beat holds, `stages` cycles later."""
        element = self.i_map.element
        channel, filter_ = divmod(lane, min(self.i_map.lanes, self.filters))
        terms = []
        for plane in range(self.together):
            at = (channel * self.together + plane) * min(self.i_map.lanes, self.filters) + filter_
            value = decode(Value.cast(self.i.payload[at]), element)
            value = value.as_signed() if element.signed else value
            terms.append(Term(value << plane, Element(element.lo << plane, element.hi << plane)))
        if not self.stages:
            return terms[0]
        total = add_tree(terms, depth(self.together), LEVELS, lambda row: registers.hold(row, f"row_{lane}"))
        return registers.hold([total], f"together_{lane}")[0]
