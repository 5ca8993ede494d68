"""Functions of a pixel that depend on all of its frame: two passes over a stored frame, and a table between them."""

from abc import abstractmethod
from dataclasses import dataclass, replace

import numpy as np
from amaranth.hdl import Module, Signal, Value
from amaranth.lib.memory import Memory

from binloom.hw.counter import counter
from binloom.hw.element import Element
from binloom.hw.stream import Block, Map


@dataclass(frozen=True, slots=True)
class Filling:
    """What makes a table sees and says, a signal each.

    `clear` is high while the word `word` is cleared after a reset; `taken` while a pixel `x` is taken; `begin` in the
    cycle after a frame's last one. Then the maker puts each word by `put` and `y` in the order of `word`, and so often.
    """

    clear: Signal
    taken: Signal
    x: Value
    begin: Signal
    word: Value
    put: Signal
    y: Value


class FrameTable(Block):
    """y = table[x], where each frame of one channel has a table of its own, a word for each number that x can be.

    First a frame is stored, a pixel a cycle, while `gather` notes what its table takes. Then the words are made, in
    `making` cycles, always as many. Last the stored pixels are sent as the table has them, a pixel a cycle. The next
    frame is taken in when all of this one have left the frame's memory, which so has room for one: who wants to take
    it in meanwhile puts a FIFO in front. Latency making + 3, 2 * pixels + making + 1 cycles a frame.

    A block that `clears` takes nothing in the first `words` cycles after a reset.
    """

    whole = True
    clears = False

    def __init__(self, i_map: Map, o_element: Element) -> None:
        element = i_map.element
        if i_map.channels != 1 or element.bit or element.lo < 0 or element.hi > 255:
            raise ValueError(f"a table of a frame takes one channel of numbers 0..255, got {i_map}")
        self.i_map, self.o_map = i_map, replace(i_map, element=o_element)
        self.words = 1 << element.width
        super().__init__()

    @property
    @abstractmethod
    def making(self) -> int:
        """Cycles from `begin` to the last word put."""

    @abstractmethod
    def table(self, frame: np.ndarray) -> np.ndarray:
        """The words for the numbers of a frame, those in between as they come."""

    @abstractmethod
    def gather(self, m: Module, filling: Filling) -> None:
        """The circuit that makes the words."""

    @property
    def latency(self) -> int:
        return self.making + 3

    @property
    def cycles(self) -> int:
        return 2 * self.i_map.pixels + self.making + 1

    @property
    def settled(self) -> bool:
        return True

    def needs(self) -> np.ndarray:
        return np.full(self.i_map.pixels, self.i_map.pixels)

    def model(self, beats: np.ndarray) -> np.ndarray:
        frames = np.asarray(beats, np.int64).reshape(-1, self.i_map.pixels)
        return np.concatenate([self.table(frame)[frame] for frame in frames]).reshape(-1, 1)

    def elaborate(self, platform) -> Module:
        m = Module()
        pixels, width = self.i_map.pixels, self.o_map.stored_width
        x = Value.cast(self.i.payload)
        clear, begin, put = Signal(), Signal(), Signal()
        taken, sent = Signal(), Signal()
        y = Signal(width)
        word, counted = counter(m, "word", self.words, clear | put)
        at, ended = counter(m, "at", pixels, taken | sent)
        free, fetched, last = Signal(), Signal(), Signal()
        m.d.comb += [taken.eq(self.i.valid & self.i.ready), free.eq(~self.o.valid | self.o.ready)]

        with m.FSM(name="pass"):
            if self.clears:
                with m.State("CLEAR"):
                    m.d.comb += clear.eq(1)
                    with m.If(counted):
                        m.next = "TAKE"
            with m.State("TAKE"):
                m.d.comb += self.i.ready.eq(1)
                m.d.sync += begin.eq(taken & ended)
                with m.If(taken & ended):
                    m.next = "MAKE"
            with m.State("MAKE"):
                m.d.sync += begin.eq(0)
                with m.If(put & counted):
                    m.next = "SEND"
            with m.State("SEND"):
                m.d.comb += sent.eq(free & ~last)
                # The table may change as soon as the last pixel has been looked up.
                with m.If(free & last):
                    m.next = "TAKE"
        with m.If(free):
            m.d.sync += [fetched.eq(sent), last.eq(sent & ended), self.o.valid.eq(fetched)]

        m.submodules.frame = frame = Memory(shape=len(x), depth=pixels, init=[])
        m.submodules.table = table = Memory(shape=width, depth=self.words, init=[])
        store, fetch = frame.write_port(), frame.read_port()
        fill, look_up = table.write_port(), table.read_port()
        m.d.comb += [
            store.addr.eq(at),
            store.data.eq(x),
            store.en.eq(taken),
            fetch.addr.eq(at),
            fetch.en.eq(sent),
            fill.addr.eq(word),
            fill.data.eq(y),
            fill.en.eq(put),
            look_up.addr.eq(fetch.data),
            look_up.en.eq(free & fetched),
            Value.cast(self.o.payload).eq(look_up.data),
        ]
        self.gather(m, Filling(clear, taken, x, begin, word, put, y))
        return m
