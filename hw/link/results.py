"""Results on the chip: the beats of a network's outputs as bytes, a slot for each frame, read in any order."""

from collections.abc import Mapping

from amaranth.hdl import Cat, Const, Module, Signal
from amaranth.lib import wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from binloom.hw.counter import counter
from binloom.hw.link.elements import BeatsToBytes, frame_bytes
from binloom.hw.link.uart import BITS
from binloom.hw.part import Spare
from binloom.hw.stream import Map


def check_outputs(maps: Mapping[str, Map]) -> None:
    if len(maps) > 1 and any(map.pixels > 1 for map in maps.values()):
        raise ValueError("outputs that take turns on a link must be vectors, got a map among several")


def result_bytes(maps: Mapping[str, Map]) -> int:
    return sum(frame_bytes(map) for map in maps.values())


class Results(Spare, wiring.Component):
    """Takes the outputs, a port each under its name, and writes a frame of one after the other into slot `slot`; `done`
    is high with the last byte. Byte `addr` of slot `read_slot` shows on `data` a cycle later.

    While `drop` is high, beats are taken as they come and not kept.
    """

    def __init__(self, maps: Mapping[str, Map], slots: int) -> None:
        check_outputs(maps)
        self.maps, self.slots = maps, slots
        self.bytes = result_bytes(maps)
        super().__init__(
            {
                "slot": In(range(slots)),
                "done": Out(1),
                "drop": In(1),
                "read_slot": In(range(slots)),
                "addr": In(range(max(2, self.bytes))),
                "data": Out(BITS),
            }
            | {f"i_{name}": In(map.signature) for name, map in maps.items()}
        )

    def elaborate(self, platform) -> Module:
        m = Module()
        room = len(self.addr)
        m.submodules.memory = memory = Memory(shape=BITS, depth=self.slots << room, init=[])
        write, read = memory.write_port(), memory.read_port()
        put = Signal()
        at, last = counter(m, "at", self.bytes, put)
        here = Signal(room)
        m.d.comb += [
            here.eq(at),
            self.done.eq(last),
            write.addr.eq(Cat(here, self.slot)),
            write.en.eq(put),
            read.addr.eq(Cat(self.addr, self.read_slot)),
            self.data.eq(read.data),
        ]
        start = 0
        for name, map in self.maps.items():
            m.submodules[f"give_{name}"] = give = BeatsToBytes(map)
            port = getattr(self, f"i_{name}")
            m.d.comb += [
                give.i.payload.eq(port.payload),
                give.i.valid.eq(port.valid & ~self.drop),
                port.ready.eq(give.i.ready | self.drop),
            ]
            end = start + frame_bytes(map)
            turn = (here >= start) & (here < end) if len(self.maps) > 1 else Const(1)
            with m.If(turn):
                m.d.comb += [write.data.eq(give.o.payload), put.eq(give.o.valid), give.o.ready.eq(1)]
            start = end
        return m
