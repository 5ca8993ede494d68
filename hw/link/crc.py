"""CRC-32, that of zlib and Ethernet, a bit a cycle: lines are slower, and a byte a cycle would cost more logic."""

import binascii

from amaranth.hdl import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.crc.catalog import CRC32_ETHERNET
from amaranth.lib.wiring import In, Out

from binloom.hw.link.uart import BITS, BYTE

CYCLES = BITS + 1  # of a byte


class Crc32(wiring.Component):
    """The CRC of the bytes on `i` since `start`. A byte is in it CYCLES later, which is when `i` is ready again.

    `start` comes between bytes. `match` says that the last four bytes were the CRC of those before.
    """

    def __init__(self) -> None:
        super().__init__({"i": In(BYTE), "start": In(1), "crc": Out(32), "match": Out(1)})

    def elaborate(self, platform) -> Module:
        m = Module()
        m.submodules.sum = crc = CRC32_ETHERNET(data_width=1).create()
        rest, left = Signal(BITS), Signal(range(BITS + 1))
        m.d.comb += [
            self.i.ready.eq(left == 0),
            crc.start.eq(self.start),
            crc.data.eq(rest[0]),
            crc.valid.eq(left != 0),
            self.crc.eq(crc.crc),
            self.match.eq(crc.match_detected),
        ]
        with m.If(left != 0):
            m.d.sync += [rest.eq(rest >> 1), left.eq(left - 1)]
        with m.Elif(self.i.valid):
            m.d.sync += [rest.eq(self.i.payload), left.eq(BITS)]
        return m

    @staticmethod
    def model(data: bytes) -> int:
        return binascii.crc32(data)
