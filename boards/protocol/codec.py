"""Packets to bytes and back: kind and number in front, the CRC-32 behind, in COBS between delimiters."""

import binascii
import struct
from collections.abc import Callable, Mapping

from binloom.boards.protocol.frames import frame
from binloom.boards.protocol.packet import Malformed, Packet
from binloom.boards.protocol.replies import (
    Benched,
    Checked,
    Counted,
    Identity,
    ImageState,
    Loaded,
    Refused,
    Reply,
    ResetDone,
    Result,
)
from binloom.boards.protocol.requests import Ask, Benchmark, Check, Counters, Identify, Image, Load, Request, Reset
from binloom.hw.link.format import HEAD

REQUESTS: Mapping[int, Callable[[int, bytes], Request]] = {
    cls.kind: cls.parse  # type: ignore[attr-defined]
    for cls in (Identify, Image, Ask, Load, Check, Benchmark, Counters, Reset)
}
REPLIES: Mapping[int, Callable[[int, bytes], Reply]] = {
    cls.kind: cls.parse  # type: ignore[attr-defined]
    for cls in (Identity, ImageState, Result, Loaded, Checked, Benched, Counted, ResetDone, Refused)
}


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
