"""What a board says: a class for each kind of answer."""

import struct
from dataclasses import dataclass
from typing import ClassVar, Self

from binloom.boards.protocol.packet import Data, demand, one_of, unpacked
from binloom.hw.link.format import BLOCK, REPLY, Bench, Code, Kind, Place, Scope, Weights


@dataclass(frozen=True, slots=True)
class Identity(Data):
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
        demand(2 <= len(body) <= 33)
        return cls(seq, one_of(Place, body[0]), body[1:])


@dataclass(frozen=True, slots=True)
class Result(Data):
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
        state, following, crc32 = unpacked("<BHI", body)
        return cls(seq, one_of(Weights, state), following, crc32)  # type: ignore[call-arg]


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
        state, left, cycles = unpacked("<BHI", body)
        return cls(seq, one_of(Bench, state), left, cycles)


@dataclass(frozen=True, slots=True)
class Counted(Data):
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
        demand(1 < len(body) <= 1 + BLOCK and len(body) % 4 == 1)
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
        demand(len(body) == 1)
        return cls(seq, one_of(Scope, body[0]))


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
        demand(len(body) == 2)
        return cls(seq, body[0], one_of(Code, body[1]))


Reply = Identity | ImageState | Result | Loaded | Checked | Benched | Counted | ResetDone | Refused
