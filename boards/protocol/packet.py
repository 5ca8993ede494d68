"""What the packets have in common: kind, number and body, and the forms of bodies that several kinds share."""

import struct
from typing import ClassVar, Protocol, Self

from binloom.hw.link.format import BLOCK


class Malformed(ValueError):
    """Bytes that are no packet, or no request or reply of this protocol."""


class Packet(Protocol):
    """A request or a reply: `kind` is its first byte, `seq` the number by which an answer is known."""

    @property
    def kind(self) -> int: ...

    @property
    def seq(self) -> int: ...

    def body(self) -> bytes: ...


class Bare:
    """One without a body."""

    seq: int

    def body(self) -> bytes:
        return b""

    @classmethod
    def parse(cls, seq: int, body: bytes) -> Self:
        demand(not body)
        return cls(seq)  # type: ignore[call-arg]


class Block:
    """One that asks for a block."""

    seq: int
    block: int

    def body(self) -> bytes:
        return bytes([self.block])

    @classmethod
    def parse(cls, seq: int, body: bytes) -> Self:
        demand(len(body) == 1)
        return cls(seq, body[0])  # type: ignore[call-arg]


class Data:
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
        demand(size < len(body) <= size + BLOCK)
        return cls(seq, *struct.unpack_from(cls.number, body), body[size:])  # type: ignore[call-arg]


def demand(holds: bool) -> None:
    if not holds:
        raise Malformed("a body of another length than its kind has")


def unpacked(form: str, body: bytes) -> tuple:
    demand(len(body) == struct.calcsize(form))
    return struct.unpack(form, body)


def one_of(values, value: int):
    try:
        return values(value)
    except ValueError:
        raise Malformed(f"{value} is no {values.__name__}") from None
