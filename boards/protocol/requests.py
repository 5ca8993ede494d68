"""What a host asks of a board: a class for each kind of request."""

import struct
from dataclasses import dataclass
from typing import ClassVar, Self

from binloom.boards.protocol.packet import Bare, Block, Data, demand, one_of
from binloom.hw.link.format import Kind, Scope


@dataclass(frozen=True, slots=True)
class Identify(Block):
    """Asks for a block of the identity record."""

    kind: ClassVar[int] = Kind.IDENTIFY
    seq: int
    block: int = 0


@dataclass(frozen=True, slots=True)
class Image(Data):
    """A block of the image `seq`."""

    kind: ClassVar[int] = Kind.IMAGE
    seq: int
    block: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Ask(Block):
    """Asks for a block of the result of image `seq`, or where the image is."""

    kind: ClassVar[int] = Kind.RESULT
    seq: int
    block: int = 0


@dataclass(frozen=True, slots=True)
class Load(Data):
    """A block of the weights."""

    kind: ClassVar[int] = Kind.LOAD
    number: ClassVar[str] = "<H"
    seq: int
    block: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Check(Bare):
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
        demand(len(body) == 2)
        return cls(seq, *struct.unpack("<H", body))


@dataclass(frozen=True, slots=True)
class Counters(Block):
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
        demand(len(body) == 1)
        return cls(seq, one_of(Scope, body[0]))


Request = Identify | Image | Ask | Load | Check | Benchmark | Counters | Reset
