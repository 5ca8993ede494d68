"""What every block that makes one element of one element has in common: constants by channel, registers, stall."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
from amaranth.hdl import Const, Module, Signal, Value

from binloom.hw.counter import channel_words
from binloom.hw.element import Element
from binloom.hw.stream import Block, Map, decode
from binloom.hw.weights import WeightStore, pack_words

Hold = Callable[[Value, str], Signal]


class Elementwise(Block):
    """`i` and `o` have one shape and the same lanes; o[c] is a function of i[c] and of constants of channel c.

    One beat a cycle. Latency: the `stages` of the function, the last of which is the output register, and one more
    where the constants change from beat to beat and are read from a memory. While the output register is blocked the
    whole pipeline stands still.

    A subclass sets `stages` and defines `lane()`, the circuit of one element, and `values()`, its NumPy meaning.
    """

    stages = 1

    def __init__(self, i_map: Map, o_element: Element, constants: Mapping[str, np.ndarray] | None = None) -> None:
        self.constants = {name: np.asarray(column, np.int64) for name, column in (constants or {}).items()}
        for name, column in self.constants.items():
            if column.shape != (i_map.channels,):
                raise ValueError(f"{name} must hold {i_map.channels} numbers, one a channel, got shape {column.shape}")
        self.i_map = i_map
        self.o_map = replace(i_map, element=o_element)
        self.stored = bool(self.constants) and i_map.channels > i_map.lanes
        super().__init__()

    def lane(self, x: Value, constant: SimpleNamespace, hold: Hold) -> Value:
        """The element made of `x`; `hold(value, name)` is `value` one stage later."""
        raise NotImplementedError

    def values(self, x: np.ndarray, constant: SimpleNamespace) -> np.ndarray:
        """The stored outputs of numbers `x` (n, channels), bits given as -1 and +1."""
        raise NotImplementedError

    @property
    def latency(self) -> int:
        return self.stages + self.stored

    def needs(self) -> np.ndarray:
        return np.arange(1, self.o_map.beats + 1)

    def model(self, beats: np.ndarray) -> np.ndarray:
        x = self.i_map.to_frames(np.asarray(beats, np.int64)).reshape(-1, self.i_map.channels)
        if self.i_map.element.bit:
            x = 2 * x - 1
        return self.o_map.to_beats(np.asarray(self.values(x, SimpleNamespace(**self.constants))).astype(np.int64))

    def elaborate(self, platform) -> Module:
        m = Module()
        advance = Signal()
        held = []
        valid = Signal(self.latency)
        m.d.comb += [advance.eq(~self.o.valid | self.o.ready), self.i.ready.eq(advance), self.o.valid.eq(valid[-1])]
        held.append(valid.eq(valid << 1 | self.i.valid))

        x = self.i.payload
        if self.stored:
            x = Signal(self.i_map.payload)
            held.append(x.eq(self.i.payload))
        constants = self._constants(m, advance)

        for lane in range(self.i_map.lanes):

            def hold(value: Value, name: str, lane: int = lane) -> Signal:
                register = Signal(Value.cast(value).shape(), name=f"{name}_{lane}")
                held.append(register.eq(value))
                return register

            y = self.lane(decode(x[lane], self.i_map.element), constants[lane], hold)
            held.append(self.o.payload[lane].eq(y))
        with m.If(advance):
            m.d.sync += held
        return m

    def _constants(self, m: Module, advance: Signal) -> list[SimpleNamespace]:
        """For each lane, its constants for the beat that is in the first stage of the function."""
        map, lanes = self.i_map, self.i_map.lanes
        columns = {name: column[map.order] for name, column in self.constants.items()}
        if not self.stored:
            return [
                SimpleNamespace(**{name: Const(int(column[lane])) for name, column in columns.items()})
                for lane in range(lanes)
            ]
        elements = {name: Element(int(column.min()), int(column.max())) for name, column in columns.items()}
        words = [0] * (map.channels // lanes)
        shift = 0
        for name, element in elements.items():
            packed = pack_words(columns[name].reshape(-1, lanes), element.width)
            words = [word | part << shift for word, part in zip(words, packed, strict=True)]
            shift += element.width * lanes
        m.submodules.constants = store = WeightStore(words, shift)
        word = channel_words(m, "word", map, self.i.valid & self.i.ready)
        m.d.comb += [store.addr.eq(word), store.en.eq(advance)]
        fields = {}
        shift = 0
        for name, element in elements.items():
            fields[name] = [store.data[shift + k * element.width :][: element.width] for k in range(lanes)]
            if element.signed:
                fields[name] = [field.as_signed() for field in fields[name]]
            shift += element.width * lanes
        return [SimpleNamespace(**{name: field[lane] for name, field in fields.items()}) for lane in range(lanes)]
