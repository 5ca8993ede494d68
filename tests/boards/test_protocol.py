"""The codec: everything there and back, and nothing wrong out of a line that spoils bytes."""

import binascii
import random
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from binloom.boards import protocol
from binloom.boards.identity import Foreign, Identity, model_hash
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
)
from binloom.hw.link.format import LONGEST, Bench, Code, Kind, Place, Scope, Weights

SEQ = st.integers(0, 0xFFFF)
BYTE = st.integers(0, 255)
U16, U32 = st.integers(0, 0xFFFF), st.integers(0, 0xFFFFFFFF)
DATA = st.binary(min_size=1, max_size=256)

REQUESTS = st.one_of(
    st.builds(Identify, SEQ, BYTE),
    st.builds(Image, SEQ, BYTE, DATA),
    st.builds(Ask, SEQ, BYTE),
    st.builds(Load, SEQ, U16, DATA),
    st.builds(Check, SEQ),
    st.builds(Benchmark, SEQ, U16),
    st.builds(Counters, SEQ, BYTE),
    st.builds(Reset, SEQ, st.sampled_from(Scope)),
)
REPLIES = st.one_of(
    st.builds(protocol.Identity, SEQ, BYTE, DATA),
    st.builds(ImageState, SEQ, st.sampled_from(Place), st.binary(min_size=1, max_size=32)),
    st.builds(Result, SEQ, BYTE, DATA),
    st.builds(Loaded, SEQ, st.sampled_from(Weights), U16, U32),
    st.builds(Checked, SEQ, st.sampled_from(Weights), U16, U32),
    st.builds(Benched, SEQ, st.sampled_from(Bench), U16, U32),
    st.builds(Counted, SEQ, BYTE, st.integers(1, 64).flatmap(lambda n: st.binary(min_size=4 * n, max_size=4 * n))),
    st.builds(ResetDone, SEQ, st.sampled_from(Scope)),
    st.builds(Refused, SEQ, BYTE, st.sampled_from(Code)),
)


@given(st.lists(REQUESTS, max_size=5), st.data())
def test_requests_there_and_back(requests, data):
    line = b"".join(map(protocol.to_bytes, requests))
    reader, found, at = Reader(), [], 0
    while at < len(line):
        step = data.draw(st.integers(1, len(line)))
        found += reader.feed(line[at : at + step])
        at += step
    assert [protocol.request_of(packet) for packet in found] == requests
    assert reader.noise == 0


@given(REPLIES)
def test_replies_there_and_back(reply):
    (packet,) = Reader().feed(protocol.to_bytes(reply))
    assert protocol.reply_of(packet) == reply


@given(st.binary(max_size=800))
def test_cobs(data):
    coded = protocol.cobs(data)
    assert 0 not in coded
    assert len(coded) <= len(data) + 1 + len(data) // 254
    assert protocol.uncobs(coded) == data


@pytest.mark.parametrize(
    ("data", "coded"),
    [
        (b"", "01"),
        (b"\0", "0101"),
        (b"\1\2\0\3", "0301020203"),
        (b"\0\0\7", "01010207"),
        (bytes(range(1, 255)), "ff" + bytes(range(1, 255)).hex() + "01"),
    ],
)
def test_cobs_by_hand(data, coded):
    assert protocol.cobs(data).hex() == coded


def test_the_code_behind_a_full_run_may_be_missing():
    assert protocol.uncobs(b"\xff" + b"x" * 254) == b"x" * 254


@pytest.mark.parametrize("coded", ["00", "02", "030000", "0300", "05010203"])
def test_what_is_not_cobs(coded):
    with pytest.raises(Malformed, match=r"^this is not COBS$"):
        protocol.uncobs(bytes.fromhex(coded))


def spoilt(data: bytes, rate: float, rng: random.Random) -> bytes:
    """Bytes flipped, dropped or doubled."""
    out = bytearray()
    for byte in data:
        if rng.random() >= rate:
            out.append(byte)
            continue
        how = rng.randrange(3)
        out += (bytes([byte ^ rng.randrange(1, 256)]), b"", bytes([byte, byte]))[how]
    return bytes(out)


@pytest.mark.parametrize("rate", [0.001, 0.02])
def test_a_line_that_spoils_bytes(rate):
    """What is found was sent, in its order; and nearly all that no bad byte has touched is found."""
    rng = random.Random(5)
    sent = [Image(k & 0xFFFF, k % 7, rng.randbytes(rng.randrange(1, 257))) for k in range(2000)]
    reader = Reader()
    found = list(map(protocol.request_of, reader.feed(spoilt(b"".join(map(protocol.to_bytes, sent)), rate, rng))))
    places = [sent.index(image) for image in found]
    assert places == sorted(set(places))
    assert len(found) > 0.9 * len(sent) * (1 - rate) ** 140
    assert len(found) + reader.noise >= 0.9 * len(sent)


@given(st.binary(max_size=600), REQUESTS)
def test_any_bytes_before_a_packet(junk, request):
    reader = Reader()
    found = [*reader.feed(junk), *reader.feed(protocol.to_bytes(request))]
    assert protocol.request_of(found[-1]) == request


def test_a_frame_without_an_end_takes_no_memory():
    reader = Reader()
    assert list(reader.feed(b"\1" * 100_000)) == []
    assert list(reader.feed(protocol.to_bytes(Check(4)))) == [b"\x05\x04\x00"]
    assert reader.noise == 1


def test_bodies_of_other_lengths():
    for kind, body in [
        (Kind.IDENTIFY, b""),
        (Kind.IMAGE, b"\0"),
        (Kind.IMAGE, bytes(258)),
        (Kind.LOAD, b"\0\0"),
        (Kind.CHECK, b"\0"),
        (Kind.BENCHMARK, b"\1"),
        (Kind.RESET, b""),
    ]:
        with pytest.raises(Malformed, match=r"^a body of another length than its kind has$"):
            protocol.request_of(struct.pack("<BH", kind, 1) + body)
    with pytest.raises(Malformed, match=r"^0x09 is no kind of packet$"):
        protocol.request_of(b"\x09\0\0")
    with pytest.raises(Malformed, match=r"^2 is no Scope$"):
        protocol.request_of(b"\x08\0\0\2")


def test_a_packet_byte_for_byte():
    plain = bytes([2, 0x34, 0x12, 1, 7, 0, 8])
    crc = struct.pack("<I", binascii.crc32(plain))
    assert protocol.to_bytes(Image(0x1234, 1, b"\7\0\x08")) == b"\0" + protocol.cobs(plain + crc) + b"\0"


def test_the_longest_packet():
    (packet,) = Reader().feed(protocol.to_bytes(Load(0, 0xFFFF, bytes(256))))
    assert len(packet) + 4 == LONGEST


def test_counters():
    assert Counted(1, 0, struct.pack("<3I", 5, 0, 1 << 31)).values == (5, 0, 1 << 31)
    with pytest.raises(Malformed):
        protocol.reply_of(struct.pack("<BH", Kind.COUNTERS | 0x80, 1) + bytes(4))


def test_missing_blocks():
    assert ImageState(1, Place.FILLING, b"\x05\x80").missing == (0, 2, 15)


IDENTITY = Identity(
    "ab" * 32, 2, 255, 3072, 20, 0, 0, 12, "größe", (32, 32, 3), (("logits", (1, 1, 10)),), tuple("0123456789")
)


def test_an_identity_there_and_back():
    record = IDENTITY.record()
    assert Identity.parse(record) == IDENTITY
    assert (IDENTITY.image_blocks, IDENTITY.result_blocks, IDENTITY.load_blocks) == (13, 1, 0)
    assert record[:4] == b"\x01\x02\xff\x00"
    assert int.from_bytes(record[22:24], "little") == len(record)


def test_many_classes_are_a_number():
    names = tuple(f"class {k}" for k in range(1000))
    record = Identity(**{name: getattr(IDENTITY, name) for name in IDENTITY.__slots__} | {"classes": names}).record()
    assert Identity.parse(record).classes == 1000


@pytest.mark.parametrize("record", [b"", b"\2", IDENTITY.record()[:-1], IDENTITY.record()[:20], b"\1" + bytes(60)])
def test_records_of_others(record):
    with pytest.raises(Foreign):
        Identity.parse(record)


def test_the_hash_is_of_the_graph_alone():
    files = {"graph.json": "a" * 64, "graph.npz": "b" * 64, "x.v": "c" * 64}
    assert model_hash({"files": files}) == model_hash({"files": {**files, "x.v": "d" * 64}})
    assert model_hash({"files": files}) != model_hash({"files": {**files, "graph.npz": "a" * 64}})
