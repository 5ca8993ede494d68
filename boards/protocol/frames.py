"""Frames on a line: any bytes in COBS, and out of a line whatever is whole, with its CRC right."""

import binascii
import struct
from collections.abc import Iterator

from binloom.boards.protocol.packet import Malformed
from binloom.hw.link.format import CHECK, DELIMITER, HEAD, LONGEST, RUN

LONGEST_CODED = LONGEST + 2  # bytes of a packet in COBS


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
