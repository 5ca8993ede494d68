"""Weights out of the SPI flash that the FPGA starts from, read without a host."""

from amaranth.hdl import Cat, Const, Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from binloom.hw.link.format import BLOCK
from binloom.hw.link.uart import BITS, BYTE

PINS = wiring.Signature({"sck": Out(1), "cs_n": Out(1, init=1), "copi": Out(1), "cipo": In(1)})

WAKE, READ = 0xAB, 0x03  # release from power-down, in which an iCE40 leaves its flash; read from an address on
ADDRESS = 24  # bits
COMMAND = BITS + ADDRESS
REST = 1 << 12  # cycles before each selection: a flash may take 3 us to wake, and 40 pass of a clock of 100 MHz
PHASES = 4  # cycles of a bit


class FlashReader(wiring.Component):
    """`size` bytes of a flash, from the address `at` on, once after reset: to `o`, in blocks as a host sends them.

    `block_end` is high as the last byte of a block is taken. `busy` is high until the last byte of all has been. A bit
    takes four cycles, in mode 0, and is read at the end of the last; between bytes the clock waits for `o`. Nobody asks
    what flash it is or whether there is one: what was read shows in the check of the weights.
    """

    def __init__(self, at: int, size: int) -> None:
        if not 0 <= at < at + size <= 1 << ADDRESS:
            raise ValueError(f"{size} bytes from {at:#x} on are not within {ADDRESS} bits of address")
        self.at, self.size = at, size
        super().__init__({"pins": Out(PINS), "o": Out(BYTE), "block_end": Out(1), "busy": Out(1, init=1)})

    def elaborate(self, platform) -> Module:
        m = Module()
        pins = self.pins
        rest, phase, bit = Signal(range(REST), init=REST - 1), Signal(range(PHASES)), Signal(range(COMMAND))
        awake, left = Signal(), Signal(range(self.size), init=self.size - 1)
        byte, place = Signal(BITS), Signal(range(BLOCK))
        last = left == 0
        taken = self.o.valid & self.o.ready
        bit_end = phase == PHASES - 1
        wake, read = (Const(command << ADDRESS | address, COMMAND) for command, address in ((WAKE, 0), (READ, self.at)))
        m.d.comb += [
            pins.sck.eq(phase[-1]),
            pins.copi.eq(Mux(awake, read, wake).bit_select(~bit, 1)),
            self.o.payload.eq(byte),
            self.block_end.eq(taken & ((place == BLOCK - 1) | last)),
        ]
        with m.FSM():
            with m.State("REST"):
                m.d.sync += rest.eq(rest - 1)
                with m.If(rest == 0):
                    m.d.sync += pins.cs_n.eq(0)
                    m.next = "COMMAND"
            with m.State("COMMAND"):
                m.d.sync += phase.eq(phase + 1)
                with m.If(bit_end):
                    m.d.sync += bit.eq(bit + 1)
                    with m.If(awake & (bit == COMMAND - 1)):
                        m.next = "BYTE"
                    with m.Elif(~awake & (bit == BITS - 1)):
                        m.d.sync += [bit.eq(0), awake.eq(1), pins.cs_n.eq(1)]
                        m.next = "REST"
            with m.State("BYTE"):
                m.d.sync += phase.eq(phase + 1)
                with m.If(bit_end):
                    m.d.sync += [byte.eq(Cat(pins.cipo, byte)), bit.eq(bit + 1)]
                    with m.If(bit[: (BITS - 1).bit_length()] == BITS - 1):
                        m.next = "GIVE"
            with m.State("GIVE"):
                m.d.comb += self.o.valid.eq(1)
                with m.If(taken):
                    m.d.sync += [left.eq(left - 1), place.eq(place + 1)]
                    m.next = "BYTE"
                    with m.If(last):
                        m.d.sync += [pins.cs_n.eq(1), self.busy.eq(0)]
                        m.next = "DONE"
            with m.State("DONE"):
                pass
        return m
