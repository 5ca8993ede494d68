"""Any function of a number that takes few values: a table a channel, in LUTs or in block RAM."""

from types import SimpleNamespace

import numpy as np
from amaranth.hdl import Array, Cat, Const, Module, Signal, Value
from amaranth.lib.memory import Memory

from binloom.hw.counter import channel_words
from binloom.hw.element import Element
from binloom.hw.elementwise.base import Elementwise, Hold
from binloom.hw.stream import Map, element_shape
from binloom.hw.weights import STYLES, pack_words, store_latency

DEEP = 256  # entries from which on a lane's tables are worth half a block of RAM

PORTS = 2  # that read a block of RAM at a time


class Lookup(Elementwise):
    """o[c] = values[c, i[c] - lo], where `lo` is the least that `i` can be; bits count as two values, -1 and +1.

    Where all channels come in one beat each table is logic of its own, of so few inputs that nothing is smaller. Where
    they do not, the tables of a lane's channels lie behind each other, and the number and the count of beats find the
    value: in logic, or, where they are deep, in block RAM, of which two lanes share what has two ports.

    One beat a cycle. Latency 1 cycle; 2 where there are several beats, and 3 where they are found in block RAM.
    """

    def __init__(self, i_map: Map, values: np.ndarray, o_element: Element) -> None:
        self.table = np.asarray(values, np.int64)
        element = i_map.element
        shape = i_map.channels, 2 if element.bit else element.hi - element.lo + 1
        if self.table.shape != shape:
            raise ValueError(f"values must be {shape}, one for each number of each channel, got {self.table.shape}")
        if o_element.bit or self.table.min() < o_element.lo or self.table.max() > o_element.hi:
            raise ValueError(f"{o_element} does not hold values {self.table.min()}..{self.table.max()}")
        super().__init__(i_map, o_element)
        self.stored = i_map.channels > i_map.lanes
        self.depth = (i_map.channels // i_map.lanes) << element.width  # values of a lane, by wires
        self.storage = "rom" if self.stored and self.depth >= DEEP else "logic"

    @property
    def latency(self) -> int:
        return 1 + (store_latency(self.depth, self.storage) if self.stored else 0)

    def lane(self, x: Value, constant: SimpleNamespace, hold: Hold) -> Value:
        return constant.found

    def values(self, x: np.ndarray, constant: SimpleNamespace) -> np.ndarray:
        place = (x + 1) // 2 if self.i_map.element.bit else x - self.i_map.element.lo
        return np.take_along_axis(self.table, place.T, axis=1).T

    def by_code(self) -> np.ndarray:
        """The tables by the number's wires instead of by the number; wires that stand for none show any value."""
        element = self.i_map.element
        codes = np.arange(1 << element.width)
        if not element.bit:
            numbers = codes - (codes >> element.width - 1 << element.width if element.signed else 0)
            codes = np.clip(numbers, element.lo, element.hi) - element.lo
        return self.table[:, codes]

    def _constants(self, m: Module, advance: Signal) -> list[SimpleNamespace]:
        map, shape = self.i_map, element_shape(self.o_map.element)
        tables = self.by_code()[map.order]
        codes = [Value.cast(lane).as_unsigned() for lane in self.i.payload]
        if not self.stored:
            rows = [
                Array(Const(value, shape) for value in row)[x] for row, x in zip(tables.tolist(), codes, strict=True)
            ]
            return [SimpleNamespace(found=found) for found in rows]
        word = channel_words(m, "word", map, self.i.valid & self.i.ready)
        # Behind each other: of a lane the words of its channels, each by the number's wires.
        words = [pack_words(tables[lane :: map.lanes].reshape(-1, 1), shape.width) for lane in range(map.lanes)]
        places = [Cat(x, word) for x in codes]
        together = 1 if self.storage == "logic" else PORTS
        found: list[Value] = []
        for lane in range(0, map.lanes, together):
            found += self._memory(m, words[lane : lane + together], places[lane : lane + together], advance)
        return [SimpleNamespace(found=data.as_signed() if shape.signed else data) for data in found]

    def _memory(self, m: Module, words: list[list[int]], places: list[Value], advance: Signal) -> list[Value]:
        """What is found at these places, each in words of its own, of one memory with a port for each."""
        size = 1 << (self.depth - 1).bit_length()
        image = [word for part in words for word in part + [0] * (size - self.depth)]
        width = element_shape(self.o_map.element).width
        attributes = {"rom_style": STYLES[self.storage]}
        m.submodules += (memory := Memory(shape=width, depth=len(image), init=image, attrs=attributes))
        found: list[Value] = []
        for number, place in enumerate(places):
            port = memory.read_port()
            m.d.comb += [port.addr.eq(Cat(place, Const(number, 1))), port.en.eq(advance)]
            found.append(port.data)
            if self.storage == "rom":
                found[-1] = later = Signal(width)
                with m.If(advance):
                    m.d.sync += later.eq(port.data)
        return found
