"""Images on the chip: bytes are written block by block, beats are read, one a cycle, a frame at a time."""

from amaranth.hdl import Array, Cat, Module, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from binloom.hw.counter import counter
from binloom.hw.link.elements import bytes_of
from binloom.hw.link.format import BLOCK
from binloom.hw.link.slots import slot_signature
from binloom.hw.link.uart import BITS
from binloom.hw.part import Spare
from binloom.hw.stream import Map


def block_bytes(map: Map) -> int:
    """Bytes of a block of an image, the last one aside: as many whole beats as a packet carries."""
    beat = bytes_of(map) * map.lanes
    if beat > BLOCK:
        raise ValueError(f"a beat of an image must fit a packet of {BLOCK} bytes, got {map.lanes} lanes of {beat}")
    return BLOCK // beat * beat


class ImageStore(Spare, wiring.Component):
    """Frames of `map` in so many slots, a memory for each byte of a beat.

    `begin` says that the bytes that come with `put` from now on are those of block `block` in slot `slot`. A slot
    number on `frame` has its frame read, and is taken with its last beat; frames follow each other on `o` without a
    gap. Latency 1.
    """

    def __init__(self, map: Map, slots: int) -> None:
        self.map, self.slots = map, slots
        self.blocks = -(-map.beats * bytes_of(map) * map.lanes // block_bytes(map))
        super().__init__(
            {
                "slot": In(range(slots)),
                "block": In(range(max(2, self.blocks))),
                "begin": In(1),
                "put": In(1),
                "byte": In(BITS),
                "frame": In(slot_signature(slots)),
                "o": Out(map.signature),
            }
        )

    def elaborate(self, platform) -> Module:
        m = Module()
        size, count = bytes_of(self.map), bytes_of(self.map) * self.map.lanes
        beats, each = self.map.beats, block_bytes(self.map) // count
        room = 1 << (beats - 1).bit_length()
        beat = Signal(range(room))
        place, whole = counter(m, "place", count, self.put, clear=self.begin)
        with m.If(self.begin):
            m.d.sync += beat.eq(Array(each * block for block in range(self.blocks))[self.block])
        with m.Elif(whole):
            m.d.sync += beat.eq(beat + 1)

        go = Signal()
        reading, last = counter(m, "reading", beats, go)
        m.d.comb += [
            go.eq(self.frame.valid & (~self.o.valid | self.o.ready)),
            self.frame.ready.eq(last),
        ]
        with m.If(~self.o.valid | self.o.ready):
            m.d.sync += self.o.valid.eq(self.frame.valid)
        seen = []
        for index in range(count):
            width = min(BITS, self.map.stored_width - index % size * BITS)
            memory = Memory(shape=width, depth=self.slots * room, init=[])
            m.submodules[f"byte_{index}"] = memory
            write, read = memory.write_port(), memory.read_port()
            m.d.comb += [
                write.addr.eq(Cat(beat, self.slot)),
                write.data.eq(self.byte),
                write.en.eq(self.put & (place == index)),
                read.addr.eq(Cat(reading, self.frame.payload)),
                read.en.eq(go),
            ]
            seen.append(read.data)
        m.d.comb += Value.cast(self.o.payload).eq(Cat(seen))
        return m
