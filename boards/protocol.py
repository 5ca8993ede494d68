"""What a host says to a board and what comes back, as values and as bytes: the codec of docs/link.md, in plain Python.

It keeps no state but that of a line that is read: who sends what when, and again, is the host's.
"""

import binascii
import struct
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar, Protocol, Self

from binloom.hw.link.format import (
    BLOCK,
    CHECK,
    DELIMITER,
    HEAD,
    LONGEST,
    REPLY,
    RUN,
    Bench,
    Code,
    Kind,
    Place,
    Scope,
    Weights,
)

LONGEST_CODED = LONGEST + 2  # bytes of a packet in COBS


class Malformed(ValueError):
    """Bytes that are no packet, or no request or reply of this protocol."""


class Packet(Protocol):
    """A request or a reply: `kind` is its first byte, `seq` the number by which an answer is known."""

    @property
    def kind(self) -> int: ...

    @property
    def seq(self) -> int: ...

    def body(self) -> bytes: ...


class _Bare:
    """One without a body."""

    seq: int

    def body(self) -> bytes:
        return b""

    @classmethod
    def parse(cls, seq: int, body: bytes) -> Self:
        _demand(not body)
        return cls(seq)  # type: ignore[call-arg]


class _Block:
    """One that asks for a block."""

    seq: int
    block: int

    def body(self) -> bytes:
        return bytes([self.block])

    @classmethod
    def parse(cls, seq: int, body: bytes) -> Self:
        _demand(len(body) == 1)
        return cls(seq, body[0])  # type: ignore[call-arg]


class _Data:
    """One that carries a block."""

    seq: int
    block: int
    data: bytes
    number: ClassVar[str] = "<B"

    def body(self) -> bytes:
        return struct.pack(self.number, self.block) + self.data

    @classmethod
    def parse(cls, seq: int, body: bytes) -> Self:
        size = struct.calcsize(cls.number)
        _demand(size < len(body) <= size + BLOCK)
        return cls(seq, *struct.unpack_from(cls.number, body), body[size:])  # type: ignore[call-arg]


@dataclass(frozen=True, slots=True)
class Identify(_Block):
    """Asks for a block of the identity record."""

    kind: ClassVar[int] = Kind.IDENTIFY
    seq: int
    block: int = 0


@dataclass(frozen=True, slots=True)
class Image(_Data):
    """A block of the image `seq`."""

    kind: ClassVar[int] = Kind.IMAGE
    seq: int
    block: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Ask(_Block):
    """Asks for a block of the result of image `seq`, or where the image is."""

    kind: ClassVar[int] = Kind.RESULT
    seq: int
    block: int = 0


@dataclass(frozen=True, slots=True)
class Load(_Data):
    """A block of the weights."""

    kind: ClassVar[int] = Kind.LOAD
    number: ClassVar[str] = "<H"
    seq: int
    block: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Check(_Bare):
    """Have the weights read back and their CRC compared."""

    kind: ClassVar[int] = Kind.CHECK
    seq: int


@dataclass(frozen=True, slots=True)
class Benchmark:
    """Have so many frames run out of the board's own memory."""

    kind: ClassVar[int] = Kind.BENCHMARK
    seq: int
    frames: int

    def body(self) -> bytes:
        return struct.pack("<H", self.frames)

    @classmethod
    def parse(cls, seq: int, body: bytes) -> Self:
        _demand(len(body) == 2)
        return cls(seq, *struct.unpack("<H", body))


@dataclass(frozen=True, slots=True)
class Counters(_Block):
    """Asks for a block of the counters."""

    kind: ClassVar[int] = Kind.COUNTERS
    seq: int
    block: int = 0


@dataclass(frozen=True, slots=True)
class Reset:
    """Begin anew, with images only or with all."""

    kind: ClassVar[int] = Kind.RESET
    seq: int
    scope: Scope = Scope.IMAGES

    def body(self) -> bytes:
        return bytes([self.scope])

    @classmethod
    def parse(cls, seq: int, body: bytes) -> Self:
        _demand(len(body) == 1)
        return cls(seq, _one_of(Scope, body[0]))


Request = Identify | Image | Ask | Load | Check | Benchmark | Counters | Reset


@dataclass(frozen=True, slots=True)
class Identity(_Data):
    """A block of the identity record."""

    kind: ClassVar[int] = Kind.IDENTIFY | REPLY
    seq: int
    block: int
    data: bytes


@dataclass(frozen=True, slots=True)
class ImageState:
    """Where image `seq` is, and which of its blocks are missing: bit k of the bits, the lowest of the first byte
    first, is block k."""

    kind: ClassVar[int] = Kind.IMAGE | REPLY
    seq: int
    state: Place
    bits: bytes

    @property
    def missing(self) -> tuple[int, ...]:
        """The numbers of the blocks that are not there."""
        return tuple(k for k in range(8 * len(self.bits)) if self.bits[k // 8] >> k % 8 & 1)

    def body(self) -> bytes:
        return bytes([self.state]) + self.bits

    @classmethod
    def parse(cls, seq: int, body: bytes) -> Self:
        _demand(2 <= len(body) <= 33)
        return cls(seq, _one_of(Place, body[0]), body[1:])


@dataclass(frozen=True, slots=True)
class Result(_Data):
    """A block of the result of image `seq`."""

    kind: ClassVar[int] = Kind.RESULT | REPLY
    seq: int
    block: int
    data: bytes


class _Weights:
    seq: int
    state: Weights
    following: int
    crc32: int

    def body(self) -> bytes:
        return struct.pack("<BHI", self.state, self.following, self.crc32)

    @classmethod
    def parse(cls, seq: int, body: bytes) -> Self:
        state, following, crc32 = _unpacked("<BHI", body)
        return cls(seq, _one_of(Weights, state), following, crc32)  # type: ignore[call-arg]


@dataclass(frozen=True, slots=True)
class Loaded(_Weights):
    """How the weights stand: the block that comes next, and the CRC-32 that the last check has read."""

    kind: ClassVar[int] = Kind.LOAD | REPLY
    seq: int
    state: Weights
    following: int
    crc32: int


@dataclass(frozen=True, slots=True)
class Checked(_Weights):
    """The same, after a check."""

    kind: ClassVar[int] = Kind.CHECK | REPLY
    seq: int
    state: Weights
    following: int
    crc32: int


@dataclass(frozen=True, slots=True)
class Benched:
    """How a benchmark stands: frames whose results are still to come, cycles until now or in all."""

    kind: ClassVar[int] = Kind.BENCHMARK | REPLY
    seq: int
    state: Bench
    left: int
    cycles: int

    def body(self) -> bytes:
        return struct.pack("<BHI", self.state, self.left, self.cycles)

    @classmethod
    def parse(cls, seq: int, body: bytes) -> Self:
        state, left, cycles = _unpacked("<BHI", body)
        return cls(seq, _one_of(Bench, state), left, cycles)


@dataclass(frozen=True, slots=True)
class Counted(_Data):
    """A block of the counters: those of COUNTERS in format.py come first, then the stalls of each stage."""

    kind: ClassVar[int] = Kind.COUNTERS | REPLY
    seq: int
    block: int
    data: bytes

    @property
    def values(self) -> tuple[int, ...]:
        return struct.unpack(f"<{len(self.data) // 4}I", self.data)

    @classmethod
    def parse(cls, seq: int, body: bytes) -> Self:
        _demand(1 < len(body) <= 1 + BLOCK and len(body) % 4 == 1)
        return cls(seq, body[0], body[1:])


@dataclass(frozen=True, slots=True)
class ResetDone:
    """The board has begun anew."""

    kind: ClassVar[int] = Kind.RESET | REPLY
    seq: int
    scope: Scope

    def body(self) -> bytes:
        return bytes([self.scope])

    @classmethod
    def parse(cls, seq: int, body: bytes) -> Self:
        _demand(len(body) == 1)
        return cls(seq, _one_of(Scope, body[0]))


@dataclass(frozen=True, slots=True)
class Refused:
    """The request `seq` of kind `of` was not carried out."""

    kind: ClassVar[int] = Kind.REFUSED | REPLY
    seq: int
    of: int
    code: Code

    def body(self) -> bytes:
        return bytes([self.of, self.code])

    @classmethod
    def parse(cls, seq: int, body: bytes) -> Self:
        _demand(len(body) == 2)
        return cls(seq, body[0], _one_of(Code, body[1]))


Reply = Identity | ImageState | Result | Loaded | Checked | Benched | Counted | ResetDone | Refused

REQUESTS: Mapping[int, Callable[[int, bytes], Request]] = {
    cls.kind: cls.parse  # type: ignore[attr-defined]
    for cls in (Identify, Image, Ask, Load, Check, Benchmark, Counters, Reset)
}
REPLIES: Mapping[int, Callable[[int, bytes], Reply]] = {
    cls.kind: cls.parse  # type: ignore[attr-defined]
    for cls in (Identity, ImageState, Result, Loaded, Checked, Benched, Counted, ResetDone, Refused)
}


def _demand(holds: bool) -> None:
    if not holds:
        raise Malformed("a body of another length than its kind has")


def _unpacked(form: str, body: bytes) -> tuple:
    _demand(len(body) == struct.calcsize(form))
    return struct.unpack(form, body)


def _one_of(values, value: int):
    try:
        return values(value)
    except ValueError:
        raise Malformed(f"{value} is no {values.__name__}") from None


def to_bytes(packet: Packet) -> bytes:
    """A request or a reply as it travels, delimiters on both sides."""
    plain = struct.pack("<BH", packet.kind, packet.seq) + packet.body()
    return frame(plain + struct.pack("<I", binascii.crc32(plain)))


def request_of(packet: bytes) -> Request:
    """What `packets` has found, as a request. Malformed if it is none."""
    return _parsed(REQUESTS, packet)


def reply_of(packet: bytes) -> Reply:
    """What `packets` has found, as a reply. Malformed if it is none."""
    return _parsed(REPLIES, packet)


def _parsed(table: Mapping, packet: bytes):
    kind, seq = struct.unpack_from("<BH", packet)
    if kind not in table:
        raise Malformed(f"{kind:#04x} is no kind of packet")
    return table[kind](seq, packet[HEAD:])


def frame(data: bytes) -> bytes:
    """Any bytes in COBS, between two delimiters."""
    return bytes([DELIMITER]) + cobs(data) + bytes([DELIMITER])


def cobs(data: bytes) -> bytes:
    """The same bytes without a zero: each run up to a zero, or of 254, has its length and one more in front."""
    out = bytearray()
    for piece in data.split(b"\0"):
        while len(piece) >= RUN:
            out += bytes([RUN + 1]) + piece[:RUN]
            piece = piece[RUN:]
        out += bytes([len(piece) + 1]) + piece
    return bytes(out)


def uncobs(coded: bytes) -> bytes:
    """The inverse. Malformed where a zero is among them, or a run is longer than what there is."""
    out = bytearray()
    at, last = 0, RUN + 1
    while at < len(coded):
        if last <= RUN:
            out.append(0)
        last = coded[at]
        run = coded[at + 1 : at + last]
        if last == 0 or len(run) != last - 1 or 0 in run:
            raise Malformed("this is not COBS")
        out += run
        at += last
    return bytes(out)


class Reader:
    """Packets out of a line, whatever else is on it: what is not whole, or fails its CRC, is counted as noise.

    One bad byte costs the packet that it is in, or two where it was the only delimiter between them.
    """

    def __init__(self) -> None:
        self.noise = 0
        self._held = bytearray()
        self._long = False

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The whole packets that end in these bytes, each with kind, number and body, without its CRC."""
        *ends, rest = data.split(bytes([DELIMITER]))
        for piece in ends:
            self._take(piece)
            coded, self._held = bytes(self._held), bytearray()
            broken, self._long = self._long, False
            packet = None if broken else checked(coded)
            if packet is not None:
                yield packet
            elif coded or broken:
                self.noise += 1
        self._take(rest)

    def _take(self, piece: bytes) -> None:
        self._held += piece
        if len(self._held) > LONGEST_CODED:
            self._held.clear()
            self._long = True


def checked(coded: bytes) -> bytes | None:
    """What a frame holds, if it is whole: at least kind and number, and its CRC right."""
    try:
        data = uncobs(coded)
    except Malformed:
        return None
    plain, crc = data[:-CHECK], data[-CHECK:]
    if len(plain) < HEAD or struct.pack("<I", binascii.crc32(plain)) != crc:
        return None
    return plain
