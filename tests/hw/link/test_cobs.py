"""Packets found on a line and made for it, against the host's codec."""

import random

import pytest

from binloom.boards import protocol
from binloom.hw.link.cobs import CobsDecoder
from binloom.sim.pysim import simulate

END, BAD = 1 << 8, 1 << 9


def tokens(data: bytes) -> list[int]:
    """What the decoder says of a packet."""
    return [*data, END]


def said(payloads: list[int]) -> list[int]:
    """Without what means nothing: the byte of an end, and whether a byte is bad."""
    return [token & (END | BAD if token & END else 0xFF) for token in payloads]


@pytest.mark.parametrize("stall", [0.0, 0.4])
def test_packets_off_a_line(stall):
    rng = random.Random(1)
    packets = [rng.randbytes(size) for size in (1, 5, 253, 254, 255, 400)]
    packets += [b"\0", b"\0\0\0", b"a\0", b"\0a", b"x" * 254, b"x" * 254 + b"\0", b"x" * 300 + b"\0y"]
    line = b"".join(map(protocol.frame, packets))
    wanted = [token for packet in packets for token in tokens(packet)]
    got = simulate(CobsDecoder(), {"i": list(line)}, {"o": len(wanted)}, stall=stall, seed=2)
    assert said(got.payloads["o"]) == wanted


def test_a_packet_that_is_cut_off_is_bad_and_the_next_is_not():
    line = b"\0" + protocol.cobs(b"abcdef")[:-2] + protocol.frame(b"xyz")
    got = simulate(CobsDecoder(), {"i": list(line)}, {"o": 4 + 1 + 4}).payloads["o"]
    assert bytes(token & 0xFF for token in got[:4]) == b"abcd"
    assert said(got)[4:] == [END | BAD, *tokens(b"xyz")]


def test_a_byte_a_cycle():
    got = simulate(CobsDecoder(), {"i": list(protocol.frame(bytes(range(1, 100))))}, {"o": 99})
    assert got.cycles["o"] == list(range(got.cycles["o"][0], got.cycles["o"][0] + 99))
