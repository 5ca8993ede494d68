"""Words known at compile time, one a cycle: weights, initial values, bounds."""

from collections.abc import Sequence

import numpy as np
from amaranth.hdl import Const, Module
from amaranth.lib import wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

STYLES = {"logic": "logic", "rom": "block"}  # of memories that the bitstream fills
STORAGES = (*STYLES, "ram")


class WeightStore(wiring.Component):
    """`data` is word `addr`, `latency` cycles with `en` high later; it holds while `en` is low.

    One word is a constant, so that the logic behind it folds away. More are a memory whose `rom_style` tells the
    synthesiser where to put it: `logic` (LUTs) or `rom` (block RAM, initialised by the bitstream; a register follows,
    because such a RAM takes most of a cycle to show its word). Memories written at boot (`ram`) are a `LoadedStore`,
    which has these ports and more.
    """

    def __init__(self, words: Sequence[int], width: int, *, storage: str = "logic") -> None:
        if not words:
            raise ValueError("a weight store holds at least one word, got none")
        if width < 1:
            raise ValueError(f"a word must have at least one bit, got {width}")
        if storage not in STYLES:
            raise ValueError(f"storage must be one of {', '.join(STYLES)}, got {storage!r}")
        for index, word in enumerate(words):
            if not 0 <= word < 1 << width:
                raise ValueError(f"word {index} must be an unsigned number of {width} bits, got {word}")
        self.words = list(words)
        self.storage = storage
        super().__init__({"addr": In(range(len(self.words))), "en": In(1), "data": Out(width)})

    @property
    def latency(self) -> int:
        return store_latency(len(self.words), self.storage)

    def elaborate(self, platform) -> Module:
        m = Module()
        width = len(self.data)
        if len(self.words) == 1:
            m.d.comb += self.data.eq(Const(self.words[0], width))
            return m
        m.submodules.memory = memory = Memory(
            shape=width, depth=len(self.words), init=self.words, attrs={"rom_style": STYLES[self.storage]}
        )
        port = memory.read_port()
        m.d.comb += [port.addr.eq(self.addr), port.en.eq(self.en)]
        if self.latency == 1:
            m.d.comb += self.data.eq(port.data)
        else:
            with m.If(self.en):
                m.d.sync += self.data.eq(port.data)
        return m


def store_latency(words: int, storage: str) -> int:
    """What a store of so many words takes to answer; a constant is there whenever it is asked for."""
    return 2 if storage != "logic" and words > 1 else 1


def pack_words(rows: np.ndarray, width: int) -> list[int]:
    """A word from each row: its numbers in `width` bits each, two's complement, the first in the low bits."""
    rows = np.asarray(rows, np.int64)
    bits = (rows[..., None] >> np.arange(width)) & 1
    packed = np.packbits(bits.astype(np.uint8).reshape(len(rows), -1), axis=1, bitorder="little")
    return [int.from_bytes(row.tobytes(), "little") for row in packed]
