"""Any bytes at all into a verilated link: it never hangs, never says what is no answer, and then works as before."""

import random

import pytest

from binloom.boards.protocol import (
    Ask,
    Benchmark,
    Check,
    Counters,
    Identify,
    Image,
    Load,
    Request,
    Reset,
    ResetDone,
    Result,
    to_bytes,
)
from binloom.hw.link.format import Scope
from binloom.sim.images import random_images
from tests.hw.link import verilated
from tests.hw.link.bench import image_of, link, load_of, network, results_of
from tests.hw.link.verilated import rest

ANSWER = 30_000  # cycles after which an answer has come


def request(rng: random.Random, image: int) -> Request:
    """Any request; half of the images as long as an image is."""
    seq, block = rng.choice([rng.randrange(4), rng.randrange(1 << 16)]), rng.choice([0, 0, 0, rng.randrange(256)])
    return rng.choice(
        [
            Identify(seq, block),
            Image(seq, block, rng.randbytes(rng.choice([image, rng.randrange(1, 257)]))),
            Ask(seq, block),
            Load(seq, rng.randrange(3), rng.randbytes(rng.choice([256, 194, rng.randrange(1, 257)]))),
            Check(seq),
            Benchmark(seq, rng.choice([0, 1, 3, rng.randrange(1 << 16)])),
            Counters(seq, block),
            Reset(seq, rng.choice([Scope.IMAGES, Scope.IMAGES, Scope.ALL])),
        ]
    )


def junk(rng: random.Random, image: int) -> bytes:
    """Noise, whole packets, and packets with bytes flipped, dropped, doubled, moved or cut off."""
    kind = rng.randrange(4)
    if kind == 0:
        return rng.randbytes(rng.randrange(1, 600))
    if kind == 1:
        return bytes(rng.choices([0, 1, 2, 3, 255, rng.randrange(256)], k=rng.randrange(1, 600)))
    packet = bytearray(to_bytes(request(rng, image)))
    if kind == 2:
        return bytes(packet)
    for _ in range(rng.choice([1, 1, 2, 20])):
        at = rng.randrange(len(packet))
        how = rng.randrange(4)
        if how == 0:
            packet[at] ^= 1 << rng.randrange(8)
        elif how == 1:
            packet.insert(at, packet[at])
        elif how == 2 and len(packet) > 1:
            del packet[at]
        else:
            packet[at:] = packet[at:][: rng.randrange(1, 50)]
    return bytes(packet)


def fuzz(size: int, storage: str) -> None:
    rng = random.Random(size)
    graph, netlist = network(storage=storage)
    dut = link(netlist)
    load = load_of(netlist)
    images = random_images(graph, 4, seed=size)
    told: list[int] = []
    while len(told) < size:
        told += junk(rng, 36)
        told += rest(rng.choice([0, 0, 0, 256, 4096]))
    # From here on a host that knows what it does; it waits long enough for each answer.
    begun = Reset(7, Scope.ALL)
    told += [0, 0, *rest(ANSWER), *to_bytes(begun), *rest(ANSWER)]
    for at in range(0, len(load), 256):
        told += [*to_bytes(Load(at, at // 256, load[at : at + 256])), *rest(ANSWER)]
    for number, image in enumerate(images):
        told += [*to_bytes(Image(number, 0, image_of(netlist, image))), *rest(ANSWER)]
    heard = verilated.run(verilated.build(dut), told)
    assert heard.waits == 0
    assert (heard.ready, heard.trouble) == (True, False)
    last = max(at for at, reply in enumerate(heard.replies) if reply == ResetDone(7, Scope.ALL))
    results = [reply for reply in heard.replies[last:] if isinstance(reply, Result)]
    assert results == [Result(k, 0, each) for k, each in enumerate(results_of(graph, netlist, images))]
    assert len(heard.replies) > size / 2000


def test_twenty_thousand_bytes():
    fuzz(20_000, "logic")


@pytest.mark.slow
@pytest.mark.parametrize("storage", ["logic", "ram"])
def test_a_million_bytes(storage):
    fuzz(1_000_000, storage)
