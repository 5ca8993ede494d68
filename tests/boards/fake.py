"""A board in plain Python: what docs/link.md says of one, with the golden model for a network."""

import time
import zlib
from dataclasses import dataclass, field

import numpy as np

from binloom.boards.identity import Identity, model_hash
from binloom.boards.protocol import (
    Ask,
    Benched,
    Benchmark,
    Check,
    Checked,
    Counted,
    Counters,
    Identify,
    Image,
    ImageState,
    Load,
    Loaded,
    Malformed,
    Reader,
    Refused,
    Reset,
    ResetDone,
    Result,
    request_of,
    to_bytes,
)
from binloom.boards.protocol import Identity as IdentityBlock
from binloom.compiler.build import Build
from binloom.compiler.ir import interpret
from binloom.hw.link import elements
from binloom.hw.link.format import BLOCK, Bench, Code, Place, Scope, Weights
from binloom.sim.harness import map_of

CYCLES = 1000  # that a benchmark says each frame takes


@dataclass
class Slot:
    seq: int
    blocks: dict[int, bytes] = field(default_factory=dict)
    result: bytes = b""


class FakeBoard:
    """A port with a board behind it, which answers as soon as it is written to.

    `quiet` is the share of acknowledgements that it leaves out, as one does that is just sending something else.
    """

    def __init__(self, build: Build, *, slots: int = 2, block: int = BLOCK, quiet: float = 0.0, weights: bytes = b""):
        self.name = "fake"
        self.build = build
        self.input = map_of(build.manifest["ports"]["inputs"][0])
        self.outputs = {port["name"]: map_of(port) for port in build.manifest["ports"]["outputs"]}
        self.weights, self.held = weights, bytearray()
        blocks = [name for op in build.manifest["ops"] for name in op["blocks"]]
        self.identity = Identity(
            hash=model_hash(build.manifest),
            slots=slots,
            block=block,
            image_bytes=elements.frame_bytes(self.input),
            result_bytes=sum(map(elements.frame_bytes, self.outputs.values())),
            load_bytes=len(weights),
            load_crc32=zlib.crc32(weights),
            stages=len(blocks),
            name=build.name,
            input=build.graph.inputs[0].tensor.shape,
            outputs=tuple((name, (map.height, map.width, map.channels)) for name, map in self.outputs.items()),
            classes=None,
        )
        self.dice, self.quiet = np.random.default_rng(0), quiet
        self.slots: dict[int, Slot] = {}
        self.frames = 0
        self.asked: list = []  # every request that came whole
        self.out = b""
        self._reader = Reader()

    def write(self, data: bytes) -> None:
        before = self._reader.noise
        for packet in self._reader.feed(data):
            self.take(packet)
        if self._reader.noise > before:
            self.say(Refused(0, 0, Code.NOISE))

    def read(self, timeout: float) -> bytes:
        if not self.out:
            time.sleep(timeout)
        data, self.out = self.out, b""
        return data

    def reopen(self) -> None:
        self.out, self._reader = b"", Reader()

    def close(self) -> None:
        pass

    def say(self, packet) -> None:
        self.out += to_bytes(packet)

    def take(self, packet: bytes) -> None:
        try:
            request = request_of(packet)
        except Malformed:
            self.say(Refused(packet[1] | packet[2] << 8, packet[0], Code.LENGTH))
            return
        self.asked.append(request)
        match request:
            case Identify(seq, block):
                self.say(IdentityBlock(seq, block, self.identity.record()[BLOCK * block :][:BLOCK]))
            case Image(seq, block, data):
                self.image(seq, block, data)
            case Ask(seq, block):
                slot = self.slots.get(seq % self.identity.slots)
                if slot and slot.seq == seq and slot.result:
                    self.say(Result(seq, block, slot.result[BLOCK * block :][:BLOCK]))
                else:
                    self.place(seq)
            case Load(seq, block, data):
                if block == len(self.held) // BLOCK and len(self.held) < len(self.weights):
                    self.held += data
                elif block == 0:
                    self.held = bytearray(data)
                self.say(Loaded(seq, *self.standing()))
            case Check(seq):
                missing = self.standing()[0] == Weights.MISSING
                self.say(Refused(seq, Check.kind, Code.WEIGHTS) if missing else Checked(seq, *self.standing()))
            case Benchmark(seq, frames):
                self.say(Benched(seq, Bench.RUNNING, frames, 0))
                self.say(Benched(seq, Bench.DONE, 0, CYCLES * frames))
            case Counters(seq, block):
                words = [self.frames, 0, self._reader.noise, 0, *range(self.identity.stages)]
                data = np.array(words, "<u4").tobytes()
                self.say(Counted(seq, block, data[BLOCK * block :][:BLOCK]))
            case Reset(seq, scope):
                self.slots = {}
                if scope == Scope.ALL:
                    self.held = bytearray()
                self.say(ResetDone(seq, scope))

    def standing(self) -> tuple[Weights, int, int]:
        """How the weights stand."""
        state = Weights.BUILT_IN if not self.weights else Weights.GOOD
        if len(self.held) < len(self.weights):
            state = Weights.MISSING
        elif self.held != self.weights:
            state = Weights.BAD
        return state, -(-len(self.held) // BLOCK), zlib.crc32(self.held)

    def image(self, seq: int, block: int, data: bytes) -> None:
        if self.standing()[0] in (Weights.MISSING, Weights.BAD):
            self.say(Refused(seq, Image.kind, Code.WEIGHTS))
            return
        slot = self.slots.get(seq % self.identity.slots)
        if slot is None or slot.seq != seq:
            slot = self.slots[seq % self.identity.slots] = Slot(seq)
        slot.blocks[block] = data
        if len(slot.blocks) == self.identity.image_blocks:
            if not slot.result:
                self.frames += 1
                slot.result = self.network(b"".join(slot.blocks[k] for k in range(self.identity.image_blocks)))
            for k in range(self.identity.result_blocks):
                self.say(Result(seq, k, slot.result[BLOCK * k :][:BLOCK]))
        elif self.dice.random() >= self.quiet:
            self.place(seq)

    def place(self, seq: int) -> None:
        slot = self.slots.get(seq % self.identity.slots)
        known = slot is not None and slot.seq == seq
        bits = np.zeros(-(-self.identity.image_blocks // 8) * 8, np.uint8)
        bits[: self.identity.image_blocks] = [
            not (known and k in slot.blocks) for k in range(self.identity.image_blocks)
        ]
        data = np.packbits(bits, bitorder="little").tobytes()
        self.say(ImageState(seq, Place.FILLING if known else Place.UNKNOWN, data))

    def network(self, data: bytes) -> bytes:
        image = self.input.to_frames(elements.from_bytes(self.input, data))
        out = interpret.run(self.build.graph, image)
        return b"".join(elements.to_bytes(map, map.to_beats(out[name])) for name, map in self.outputs.items())


class Noisy:
    """Another port, with noise both ways: bytes that are flipped, dropped or doubled, one in so many."""

    def __init__(self, port, seed: int, one_in: int) -> None:
        self.port, self.name = port, port.name
        self.dice, self.share = np.random.default_rng(seed), 1 / one_in
        self.spoilt = 0

    def write(self, data: bytes) -> None:
        self.port.write(self.spoil(data))

    def read(self, timeout: float) -> bytes:
        return self.spoil(self.port.read(timeout))

    def reopen(self) -> None:
        self.port.reopen()

    def close(self) -> None:
        self.port.close()

    def spoil(self, data: bytes) -> bytes:
        out, at = bytearray(), 0
        for place in np.flatnonzero(self.dice.random(len(data)) < self.share):
            out += data[at:place]
            at = place + 1
            self.spoilt += 1
            match self.dice.integers(3):
                case 0:
                    out.append(data[place] ^ 1 << int(self.dice.integers(8)))
                case 1:
                    out += data[place : place + 1] * 2
        return bytes(out + data[at:])
