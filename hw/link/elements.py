"""Between bytes and the beats of a network: an element is one or more whole bytes, the lowest first.

A bit is a byte of 0 or 1. An element of up to 8 bits is a byte, one of up to 16 bits two, and so on; where it is signed
its sign goes through to the top. Elements follow each other in the order of the stream.
"""

import numpy as np
from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from binloom.hw.link.uart import BITS, BYTE
from binloom.hw.stream import Map

WORD = 8  # bytes of an int64


def bytes_of(map: Map) -> int:
    """Bytes of an element."""
    return -(-map.stored_width // BITS)


def frame_bytes(map: Map) -> int:
    """Bytes of a frame."""
    return map.beats * map.lanes * bytes_of(map)


def to_bytes(map: Map, beats: np.ndarray) -> bytes:
    """Stored beats (n, lanes) as they travel."""
    words = np.ascontiguousarray(beats).astype("<i8").view(np.uint8).reshape(-1, WORD)
    return words[:, : bytes_of(map)].tobytes()


def from_bytes(map: Map, data: bytes) -> np.ndarray:
    """The same backwards: stored beats (n, lanes), as int64."""
    given = np.frombuffer(data, np.uint8).reshape(-1, bytes_of(map))
    words = np.zeros((len(given), WORD), np.uint8)
    words[:, : given.shape[1]] = given
    if map.stored_signed:
        words[:, given.shape[1] :] = np.where(given[:, -1:] >= 0x80, 0xFF, 0)
    return words.view("<i8").astype(np.int64).reshape(-1, map.lanes)


class BytesToBeats(wiring.Component):
    """Beats of `map` from their bytes. What an element's bytes hold above its width is dropped.

    A beat shows in the cycle after its last byte; no byte is taken while it waits, nor in the cycle in which it goes.
    So no path leads from the network's `ready` to the line.
    """

    def __init__(self, map: Map) -> None:
        self.map = map
        super().__init__({"i": In(BYTE), "o": Out(map.signature)})

    def elaborate(self, platform) -> Module:
        m = Module()
        size, width = bytes_of(self.map), self.map.stored_width
        count = size * self.map.lanes
        held = Signal(BITS * count)
        left = Signal(range(count), init=count - 1)
        m.d.comb += [
            self.i.ready.eq(~self.o.valid),
            Value.cast(self.o.payload).eq(
                Cat(held[BITS * size * lane : BITS * size * lane + width] for lane in range(self.map.lanes))
            ),
        ]
        with m.If(self.o.ready):
            m.d.sync += self.o.valid.eq(0)
        with m.If(self.i.valid & self.i.ready):
            m.d.sync += [
                held.eq(Cat(held[BITS:], self.i.payload)),
                left.eq(Mux(left == 0, count - 1, left - 1)),
                self.o.valid.eq(left == 0),
            ]
        return m


class BeatsToBytes(wiring.Component):
    """The bytes of the beats of `map`, one a cycle, and one cycle more for each beat.

    No path leads from the line to the network's `valid` or `ready`.
    """

    def __init__(self, map: Map) -> None:
        self.map = map
        super().__init__({"i": In(map.signature), "o": Out(BYTE)})

    def elaborate(self, platform) -> Module:
        m = Module()
        size, width = bytes_of(self.map), self.map.stored_width
        count = size * self.map.lanes
        payload = Value.cast(self.i.payload)
        whole = []
        for lane in range(self.map.lanes):
            element = payload.word_select(lane, width)
            sign = element[-1] if self.map.stored_signed else Const(0, 1)
            whole.append(Cat(element, sign.replicate(BITS * size - width)))
        held = Signal(BITS * count)
        left = Signal(range(count + 1))
        m.d.comb += [self.o.payload.eq(held[:BITS]), self.o.valid.eq(left != 0)]
        m.d.comb += self.i.ready.eq(left == 0)
        with m.If(self.i.ready):
            m.d.sync += [left.eq(Mux(self.i.valid, count, 0)), held.eq(Cat(whole))]
        with m.Elif(self.o.ready):
            m.d.sync += [left.eq(left - 1), held.eq(held[BITS:])]
        return m
