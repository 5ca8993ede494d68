"""ECP5 block RAM and multiplier, written down a second time in Python from what Lattice's guides say of them."""

from dataclasses import dataclass, field

SELECT = 0b101  # the CSDECODE of those that have one


@dataclass(frozen=True)
class Ram:
    """Parameters of a block RAM; `wide` is PDPW16KD, or DP16KD with a port A of 36 bits."""

    a: int
    b: int
    cell: str = "DP16KD"
    write: tuple[str, str] = ("NORMAL", "NORMAL")
    register: tuple[bool, bool] = (False, False)
    asynchronous: bool = False
    select: bool = False
    inverted: bool = False  # port B's clock

    @property
    def wide(self) -> bool:
        return self.a == 36


@dataclass
class PortPins:
    """What is on one port's pins in one cycle."""

    ad: int
    di: int
    ce: int
    oce: int
    we: int
    rst: int
    cs: int


@dataclass
class RamModel:
    """2,048 bytes of nine bits; `words` are its contents, 18 bits each."""

    ram: Ram
    words: list[int]
    bits: list[int] = field(init=False)
    latch: list[int] = field(default_factory=lambda: [0, 0])
    kept: list[int] = field(default_factory=lambda: [0, 0])

    def __post_init__(self) -> None:
        self.bits = [(word >> bit) & 1 for word in self.words for bit in range(18)]

    def cells(self, width: int, ad: int) -> list[int]:
        """Where the bits of a word are, lowest first."""
        if width >= 9:
            first = {36: 36 * (ad >> 5), 18: 18 * (ad >> 4), 9: 9 * (ad >> 3)}[width]
        else:
            first = 9 * (ad >> 3) + (ad & 7 & ~(width - 1))  # the ninth bit of a byte is out of reach
        return list(range(first, first + width))

    def active(self, pins: PortPins) -> bool:
        return bool(pins.ce) and pins.cs == (SELECT if self.ram.select else 0)

    def writes(self, port: int, pins: tuple[PortPins, PortPins]) -> dict[int, int]:
        """The bits that a port writes in this cycle."""
        mine, width = pins[port], (self.ram.a, self.ram.b)[port]
        data, enabled = mine.di, mine.we
        if self.ram.wide:
            data, enabled = mine.di | pins[1].di << 18, port == 0
        if not enabled or not self.active(mine) or (mine.rst and not self.ram.asynchronous):
            return {}
        byte = [True] * 4 if width < 18 else [bool(mine.ad >> number & 1) for number in range(4)]
        cells = self.cells(width, mine.ad)
        return {cell: data >> number & 1 for number, cell in enumerate(cells) if byte[number // 9]}

    def clock(self, ports: tuple[int, ...], pins: tuple[PortPins, PortPins]) -> None:
        """A rising edge of the clocks of these ports."""
        written = {port: self.writes(port, pins) for port in ports}
        before = list(self.bits)
        for port in ports:
            for cell, bit in written[port].items():
                self.bits[cell] = bit
        if len(ports) == 2:
            for cell in written[0].keys() & written[1].keys():
                self.bits[cell] = 1 - written[1][cell]
        for port in ports:
            mine, mode = pins[port], self.ram.write[port]
            own, other = written[port], written.get(1 - port, {})
            if mine.oce:
                self.kept[port] = self.latch[port]
            writing = not self.ram.wide and mine.we
            if self.active(mine) and (not writing or mode != "NORMAL") and (port or not self.ram.wide):
                word = 0
                for number, cell in enumerate(self.cells((self.ram.a, self.ram.b)[port], mine.ad)):
                    bit = own.get(cell, before[cell]) if mode == "WRITETHROUGH" else before[cell]
                    word |= (1 - other[cell] if cell in other else bit) << number
                self.latch[port] = word
            if mine.rst:
                self.latch[port] = self.kept[port] = 0

    def outputs(self, pins: tuple[PortPins, PortPins]) -> tuple[int, int]:
        """DOA and DOB under these pins."""
        for port in (0, 1):
            if self.ram.asynchronous and pins[port].rst:
                self.latch[port] = self.kept[port] = 0
        words = [self.kept[port] if self.ram.register[port] else self.latch[port] for port in (0, 1)]
        low = (1 << 18) - 1
        if self.ram.b == 36:
            return words[1] & low, words[1] >> 18
        return (words[1] & low if self.ram.wide else words[0]), words[1]


@dataclass(frozen=True)
class Mult:
    """A multiplier's registers: of A, B, C, product and output. Each is None, or has its clock, enable and reset."""

    registers: tuple[tuple[int, int, int] | None, ...] = (None,) * 5
    asynchronous: bool = False


@dataclass
class MultPins:
    """What is on its pins in one cycle."""

    a: int
    b: int
    c: int
    signs: int  # SIGNEDA, then SIGNEDB
    sources: int
    ce: int
    rst: int
    chain_a: int
    chain_b: int


@dataclass
class MultModel:
    """What the registers hold, and what comes out of them."""

    mult: Mult
    held: list[tuple[int, ...]] = field(default_factory=lambda: [(0, 0), (0, 0), (0,), (0, 0), (0, 0)])

    def clear(self, pins: MultPins) -> None:
        for number, register in enumerate(self.mult.registers):
            if register is not None and pins.rst >> register[2] & 1:
                self.held[number] = (0,) * len(self.held[number])

    def flow(self, pins: MultPins) -> tuple[list[tuple[int, ...]], list[tuple[int, ...]]]:
        """What enters each register and what leaves it."""
        into: list[tuple[int, ...]] = []
        out: list[tuple[int, ...]] = []

        def stage(*value: int) -> tuple[int, ...]:
            into.append(value)
            out.append(value if self.mult.registers[len(out)] is None else self.held[len(out)])
            return out[-1]

        a, sign_a = stage(pins.chain_a if pins.sources & 1 else pins.a, pins.signs & 1)
        b, sign_b = stage(pins.chain_b if pins.sources & 2 else pins.b, pins.signs >> 1)
        stage(pins.c)
        factors = [value - (1 << 18) if sign and value >> 17 else value for value, sign in ((a, sign_a), (b, sign_b))]
        stage(*stage(factors[0] * factors[1] & ((1 << 36) - 1), sign_a | sign_b))
        return into, out

    def outputs(self, pins: MultPins) -> int:
        """P, SIGNEDP, ROA, ROB and ROC, P lowest."""
        if self.mult.asynchronous:
            self.clear(pins)
        _, ((a, _), (b, _), (c,), _, (product, sign)) = self.flow(pins)
        return product | sign << 36 | a << 37 | b << 55 | c << 73

    def clock(self, pins: MultPins) -> None:
        into, _ = self.flow(pins)
        for number, register in enumerate(self.mult.registers):
            if register is not None and pins.ce >> register[1] & 1:
                self.held[number] = into[number]
        self.clear(pins)
