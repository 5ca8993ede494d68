"""What a board does about each packet: one state machine between what came in, what is there, and what goes out."""

from collections.abc import Sequence
from dataclasses import dataclass

from amaranth.hdl import Array, Cat, Const, Elaboratable, Module, Mux, Signal, Value
from amaranth.lib.memory import Memory

from binloom.hw.link.benchmark import Benchmark
from binloom.hw.link.elements import frame_bytes
from binloom.hw.link.events import BYTES, Events
from binloom.hw.link.format import BLOCK, HEAD, LONGEST, REPLY, Code, Kind, Place, Scope, Weights
from binloom.hw.link.image_store import ImageStore, block_bytes
from binloom.hw.link.inbox import Inbox
from binloom.hw.link.loading import WORD, Loading
from binloom.hw.link.outbox import Outbox
from binloom.hw.link.results import Results
from binloom.hw.link.slots import SEQ, Slots
from binloom.hw.link.uart import BITS
from binloom.hw.part import Spare

BLOCKED = (Kind.IDENTIFY, Kind.RESULT, Kind.COUNTERS)  # whose answers say which block they carry


@dataclass(frozen=True)
class Parts:
    """What the engine reads and drives. `loading` is None where all weights are built in."""

    inbox: Inbox
    outbox: Outbox
    slots: Slots
    images: ImageStore
    results: Results
    benchmark: Benchmark
    events: Events
    loading: Loading | None


class Engine(Spare, Elaboratable):
    """Deals with one packet after the other, and tells of results and benchmarks that are done.

    A packet is let go before its answer is made, both take a cycle a byte, and a block of an image never waits for the
    line: what it would be answered is left out while that is busy. So each has been dealt with before the next ends.

    `restart` is high for a cycle when all but the line has to begin anew.
    """

    def __init__(self, parts: Parts, record: bytes) -> None:
        self.parts, self.record = parts, record
        self.restart = Signal()

    def elaborate(self, platform) -> Module:
        m = Module()
        inbox, outbox, slots = self.parts.inbox, self.parts.outbox, self.parts.slots
        images, results, events = self.parts.images, self.parts.results, self.parts.events
        bench, loading = self.parts.benchmark, self.parts.loading

        # The packet at hand: what its first bytes say, in the order in which they come.
        kind, seq, block = Signal(BITS), Signal(SEQ), Signal(2 * BITS)
        number = block[:BITS]  # of every block but those of weights
        answer, code = Signal(BITS - 1), Signal(Code)
        # Byte `index` is at hand, or is the next one; `place` is what the memories are asked for.
        index, place = Signal(range(LONGEST + 1)), Signal(range(LONGEST + 1))
        m.submodules.identity = identity = Memory(shape=BITS, depth=len(self.record), init=self.record)
        rom = identity.read_port()
        m.d.comb += [
            inbox.addr.eq(place),
            *(port.eq(Cat(place[:BITS], number)) for port in (rom.addr, events.addr, results.addr)),
            results.read_slot.eq(seq),
            images.byte.eq(inbox.data),
            images.slot.eq(seq),
            images.block.eq(number),
            slots.seq.eq(seq),
            slots.block.eq(number),
            bench.frames.eq(block),
        ]

        weights = loading.state if loading else Const(Weights.BUILT_IN, 2)
        # The benchmark that ran last, by its number; and whether it still has to be told that it is done.
        ran, named, untold = Signal(SEQ), Signal(), Signal()
        again = named & (ran == seq)
        # A packet is judged by what was known a cycle before: only what the engine itself does makes that wrong, as
        # frames, benchmarks and loads do no more than end meanwhile.
        verdict, found, repeated, expected = Signal(3), Signal(Place), Signal(), Signal()
        refusal = self._refusal(m, kind, number, block, weights, again)
        size, byte = self._body(m, answer, number, index, weights, Cat(kind, code), rom.data)

        noise = Signal()
        with m.If(inbox.malformed | inbox.crc_error):
            m.d.sync += noise.eq(1)
        following = Signal(BITS)  # the block of a result that is sent next
        end = Signal(range(BLOCK))  # the body's last byte, known long before it comes
        final = Signal(range(LONGEST))  # the last byte of the packet at hand
        counting = Signal()  # the body's bytes are there every other cycle alone
        m.d.sync += [end.eq(size - 1), final.eq(inbox.length - 1), counting.eq(answer == Kind.COUNTERS)]
        m.d.sync += self.restart.eq(0)

        with m.FSM():
            with m.State("IDLE"):
                m.d.sync += index.eq(1)
                with m.If(inbox.valid):
                    m.next = "HEAD"
                with m.Elif(outbox.idle & (slots.due | (untold & ~bench.running) | noise)):
                    m.d.sync += index.eq(0)
                    m.next = "TELL"
                    with m.If(slots.due):
                        part = Mux(slots.halfway, following, 0)
                        m.d.sync += [answer.eq(Kind.RESULT), seq.eq(slots.due_seq), block.eq(part)]
                        m.d.sync += following.eq(part + 1)
                        last = part == _blocks(results.bytes) - 1
                        m.d.comb += [slots.sent.eq(last), slots.begun.eq(~last)]
                    with m.Elif(untold & ~bench.running):
                        m.d.sync += [answer.eq(Kind.BENCHMARK), seq.eq(ran), untold.eq(0)]
                    with m.Else():
                        m.d.sync += [answer.eq(Kind.REFUSED), code.eq(Code.NOISE), Cat(kind, seq).eq(0), noise.eq(0)]
            with m.State("HEAD"):
                m.d.comb += place.eq(index)
                m.d.sync += [index.eq(index + 1), Cat(kind, seq, block).eq(Cat(seq, block, inbox.data))]
                with m.If(index == HEAD + 2):
                    m.next = "LOOK"
            with m.State("LOOK"):  # the slots do
                m.next = "WEIGH"
            with m.State("WEIGH"):
                m.d.sync += [verdict.eq(refusal), found.eq(slots.place), repeated.eq(again)]
                if loading:
                    m.d.sync += expected.eq(block == loading.following)
                m.next = "DECIDE"
            with m.State("DECIDE"):
                m.d.comb += inbox.done.eq(1)
                m.d.sync += [index.eq(0), answer.eq(kind)]
                m.next = "ANSWER"
                with m.If(verdict != 0):
                    m.d.sync += [answer.eq(Kind.REFUSED), code.eq(verdict)]
                with m.Else(), m.Switch(kind):
                    with m.Case(Kind.IMAGE):
                        with m.If(found == Place.DONE):
                            m.d.comb += slots.again.eq(1)
                            m.next = "IDLE"
                        with m.Elif(found != Place.WHOLE):
                            m.d.comb += [inbox.done.eq(0), images.begin.eq(1), place.eq(HEAD + 1)]
                            m.d.sync += index.eq(HEAD + 2)
                            m.next = "STORE"
                    with m.Case(Kind.RESULT), m.If(found != Place.DONE):
                        m.d.sync += answer.eq(Kind.IMAGE)
                    if loading:
                        with m.Case(Kind.LOAD), m.If(expected):
                            m.d.comb += [inbox.done.eq(0), place.eq(HEAD + 2)]
                            m.d.sync += index.eq(HEAD + 2)
                            m.next = "LOAD"
                        with m.Case(Kind.CHECK):
                            m.d.comb += loading.check.eq(1)
                            m.next = "CHECK"
                    with m.Case(Kind.BENCHMARK), m.If(~repeated):
                        m.d.comb += bench.start.eq(1)
                        m.d.sync += [ran.eq(seq), named.eq(1), untold.eq(1)]
                    with m.Case(Kind.RESET):
                        m.d.comb += slots.forget.eq(1)
                        m.d.sync += [named.eq(0), untold.eq(0), self.restart.eq(number == Scope.ALL)]
            with m.State("STORE"):  # what is at hand is the byte before `index`
                m.d.comb += [images.put.eq(1), place.eq(index)]
                m.d.sync += index.eq(index + 1)
                with m.If(index == inbox.length):
                    m.d.comb += [slots.take.eq(1), inbox.done.eq(1)]
                    m.d.sync += index.eq(0)
                    m.next = "ANSWER"
            if loading:
                m.d.comb += loading.i.payload.eq(inbox.data)
                with m.State("LOAD"):
                    m.d.comb += [loading.i.valid.eq(1), place.eq(index + loading.i.ready)]
                    with m.If(loading.i.ready):
                        m.d.sync += index.eq(index + 1)
                        with m.If(index == final):
                            m.d.comb += [loading.block_end.eq(1), inbox.done.eq(1)]
                            m.d.sync += index.eq(0)
                            m.next = "CHECK"
                with m.State("CHECK"), m.If(~loading.checking):
                    m.next = "ANSWER"
            with m.State("ANSWER"):
                with m.If(outbox.idle):
                    m.next = "TELL"
                with m.Elif(kind == Kind.IMAGE):
                    m.next = "IDLE"
            with m.State("TELL"):
                m.d.comb += [outbox.put.eq(1), outbox.byte.eq(_pick(index, answer | REPLY, *_bytes(seq), number))]
                m.d.sync += index.eq(index + 1)
                blocked = Cat(answer == kind for kind in BLOCKED).any()
                with m.If(index == Mux(blocked, HEAD, HEAD - 1)):
                    m.d.sync += index.eq(0)
                    m.next = "BODY"
            with m.State("BODY"):
                m.d.comb += [
                    outbox.put.eq(~counting | events.valid),
                    outbox.byte.eq(byte),
                    place.eq(index + outbox.put),
                ]
                with m.If(outbox.put):
                    m.d.sync += index.eq(index + 1)
                    with m.If(index == end):
                        m.d.comb += outbox.send.eq(1)
                        m.next = "IDLE"
        return m

    def _refusal(self, m: Module, kind: Value, number: Value, block: Value, weights: Value, again: Value) -> Signal:
        """The Code for which the packet at hand is refused; 0 where it is not."""
        slots, images, loading = self.parts.slots, self.parts.images, self.parts.loading
        known, fits, exists, good, idle = (Signal(name=name) for name in ("known", "fits", "exists", "good", "idle"))
        length = Signal.like(self.parts.inbox.length)  # of the body
        bench_idle = ~self.parts.benchmark.running
        reading = loading.reading if loading else Const(0)
        whole = (weights == Weights.GOOD) | (weights == Weights.BUILT_IN)
        m.d.comb += [length.eq(self.parts.inbox.length - HEAD), known.eq(1), exists.eq(1), good.eq(1), idle.eq(1)]
        with m.Switch(kind):
            with m.Case(Kind.IDENTIFY):
                m.d.comb += [fits.eq(length == 1), exists.eq(number < _blocks(len(self.record)))]
            with m.Case(Kind.IMAGE):
                image, each = frame_bytes(images.map), block_bytes(images.map)
                m.d.comb += [
                    fits.eq(length == 1 + _size(number, image, each)),
                    exists.eq(number < images.blocks),
                    good.eq(whole),
                    idle.eq(~slots.busy & bench_idle),
                ]
            with m.Case(Kind.RESULT):
                m.d.comb += [fits.eq(length == 1), exists.eq(number < _blocks(self.parts.results.bytes))]
            with m.Case(Kind.LOAD):
                m.d.comb += [fits.eq(1), exists.eq(0), idle.eq(slots.quiet & bench_idle & ~reading)]
                if loading:
                    m.d.comb += [
                        fits.eq(length == 2 + _size(block, loading.words * WORD, BLOCK)),
                        exists.eq(block < loading.blocks),
                    ]
            with m.Case(Kind.CHECK):
                m.d.comb += [
                    fits.eq(length == 0),
                    good.eq((weights != Weights.MISSING) | reading),
                    idle.eq(slots.quiet & bench_idle & ~reading),
                ]
            with m.Case(Kind.BENCHMARK):
                m.d.comb += [
                    fits.eq(length == 2),
                    exists.eq(block != 0),
                    good.eq(whole),
                    idle.eq((slots.quiet & bench_idle) | again),
                ]
            with m.Case(Kind.COUNTERS):
                m.d.comb += [fits.eq(length == 1), exists.eq(number < _blocks(self.parts.events.events * BYTES))]
            with m.Case(Kind.RESET):
                m.d.comb += [fits.eq(length == 1), exists.eq(number <= Scope.ALL)]
            with m.Default():
                m.d.comb += known.eq(0)
        refusal = Signal(3)
        for holds, code in (
            (idle, Code.BUSY),
            (good, Code.WEIGHTS),
            (exists, Code.BLOCK),
            (fits, Code.LENGTH),
            (known, Code.UNKNOWN),
        ):
            with m.If(~holds):
                m.d.comb += refusal.eq(code)
        return refusal

    def _body(
        self, m: Module, answer: Value, number: Value, index: Value, weights: Value, refused: Value, rom: Value
    ) -> tuple[Signal, Signal]:
        """How many bytes the body of an answer has, behind the number of its block; and byte `index` of them."""
        slots, results, events = self.parts.slots, self.parts.results, self.parts.events
        bench, loading = self.parts.benchmark, self.parts.loading
        size, byte = Signal(range(BLOCK + 1)), Signal(BITS)
        missing = [slots.missing[at : at + BITS] for at in range(0, slots.blocks, BITS)]
        with m.Switch(answer):
            with m.Case(Kind.IDENTIFY):
                m.d.comb += [byte.eq(rom), size.eq(_size(number, len(self.record), BLOCK))]
            with m.Case(Kind.IMAGE):
                m.d.comb += [byte.eq(_pick(index, slots.place, *missing)), size.eq(1 + len(missing))]
            with m.Case(Kind.RESULT):
                m.d.comb += [byte.eq(results.data), size.eq(_size(number, results.bytes, BLOCK))]
            with m.Case(Kind.LOAD, Kind.CHECK):
                m.d.comb += size.eq(7)
                if loading:
                    stand = [weights, *_bytes(_wide(loading.following, 2 * BITS)), *_bytes(loading.crc)]
                    m.d.comb += byte.eq(_pick(index, *stand))
            with m.Case(Kind.BENCHMARK):
                stand = [~bench.running, *_bytes(bench.left), *_bytes(bench.cycles)]
                m.d.comb += [byte.eq(_pick(index, *stand)), size.eq(len(stand))]
            with m.Case(Kind.COUNTERS):
                m.d.comb += [byte.eq(events.data), size.eq(_size(number, events.events * BYTES, BLOCK))]
            with m.Case(Kind.RESET):
                m.d.comb += [byte.eq(number), size.eq(1)]
            with m.Case(Kind.REFUSED):
                m.d.comb += [byte.eq(_pick(index, *_bytes(refused))), size.eq(2)]
        return size, byte


def _blocks(total: int, each: int = BLOCK) -> int:
    return -(-total // each)


def _size(number: Value, total: int, each: int) -> Value:
    """Bytes of a block, all of which but the last have as many."""
    last = _blocks(total, each) - 1
    return Mux(number == last, total - last * each, each)


def _bytes(value: Value) -> Sequence[Value]:
    return [value[at : at + BITS] for at in range(0, len(value), BITS)]


def _wide(value: Value, width: int) -> Value:
    return Cat(value, Const(0, width - len(value))) if len(value) < width else value


def _pick(index: Value, *values: Value) -> Value:
    return Array(values)[index]
