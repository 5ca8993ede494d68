"""A delay line with equally spaced taps: the line buffer of a window, and its row of neighbours."""

from amaranth.hdl import Cat, Module, Mux, Signal
from amaranth.lib import memory, wiring
from amaranth.lib.wiring import In, Out

# Up to here a chain of registers is smaller than a memory with its address.
MAX_REGISTERS = 2

STYLES = (None, "registers", "distributed", "block")


class DelayLine(wiring.Component):
    """Delivers what went in `depth`, 2 * `depth`, ..., `taps` * `depth` steps ago.

    `i` is taken in each cycle with `step`; `o` shows, before and during that step, tap 1 in its lowest `width` bits,
    then tap 2, and so on. Where the line is longer than a couple of registers it is one circular memory of `depth`
    words, each `taps` inputs wide: a word read moves up by one tap as it is written back. The word for the next step
    is fetched during this one, so the memory may be block RAM. `style` is its `ram_style`; None leaves the choice to
    synthesis.
    """

    def __init__(self, width: int, depth: int, taps: int, *, style: str | None = None) -> None:
        for name, value in (("width", width), ("depth", depth), ("taps", taps)):
            if value < 1:
                raise ValueError(f"{name} must be at least 1, got {value}")
        if style not in STYLES:
            raise ValueError(f"style must be one of {STYLES}, got {style!r}")
        self.width, self.depth, self.taps, self.style = width, depth, taps, style
        super().__init__({"step": In(1), "i": In(width), "o": Out(width * taps)})

    def elaborate(self, platform) -> Module:
        m = Module()
        if self.depth <= MAX_REGISTERS:
            chain = Signal(self.width * self.taps * self.depth, reset_less=True)
            with m.If(self.step):
                m.d.sync += chain.eq(Cat(self.i, chain))
            taps = (self.depth * (tap + 1) - 1 for tap in range(self.taps))
            m.d.comb += self.o.eq(Cat(chain.word_select(tap, self.width) for tap in taps))
            return m

        attrs = {} if self.style is None else {"ram_style": self.style}
        m.submodules.words = words = memory.Memory(shape=self.width * self.taps, depth=self.depth, init=[], attrs=attrs)
        read, write = words.read_port(), words.write_port()
        address = Signal(range(self.depth))
        following = Signal(range(self.depth))
        m.d.comb += [
            following.eq(Mux(address == self.depth - 1, 0, address + 1)),
            read.addr.eq(following),
            read.en.eq(self.step),
            write.addr.eq(address),
            write.en.eq(self.step),
            write.data.eq(Cat(self.i, read.data)),
            self.o.eq(read.data),
        ]
        with m.If(self.step):
            m.d.sync += address.eq(following)
        return m
