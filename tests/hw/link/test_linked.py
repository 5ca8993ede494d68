"""A whole network behind its link, packet by packet, against the interpreter."""

from dataclasses import dataclass

import numpy as np
import pytest
from amaranth.hdl import Cat

from binloom.boards.protocol import (
    Ask,
    Benched,
    Benchmark,
    Counters,
    Identify,
    Identity,
    Image,
    ImageState,
    Refused,
    Reset,
    ResetDone,
    Result,
    to_bytes,
)
from binloom.compiler.design.design import design
from binloom.compiler.design.timing import predict
from binloom.compiler.plan.default import default_plan
from binloom.hw.branches.add import Add
from binloom.hw.element import BIT, Element
from binloom.hw.elementwise.clip import Clip
from binloom.hw.link.format import Bench, Code, Kind, Place, Scope
from binloom.hw.link.linked import Linked
from binloom.hw.network import Netlist, Stage
from binloom.hw.stream import Map
from binloom.sim.images import random_images
from tests.hw.link import verilated
from tests.hw.link.bench import image_of, link, network, results_of, talk


@pytest.mark.parametrize("output", ["logits", "both"])
def test_images_in_results_out(output):
    graph, netlist = network(output)
    images = random_images(graph, 2, seed=6)
    wanted = results_of(graph, netlist, images)

    async def script(host):
        for k, image in enumerate(images):
            await host.say(Image(0xFFFF + k & 0xFFFF, 0, image_of(netlist, image)))
            state, result = await host.hear(2)
            assert state == ImageState(0xFFFF + k & 0xFFFF, Place.WHOLE, b"\0")
            assert result == Result(0xFFFF + k & 0xFFFF, 0, wanted[k])

    assert talk(link(netlist), script) == []


def test_two_images_on_their_way():
    graph, netlist = network()
    images = random_images(graph, 2, seed=7)
    wanted = results_of(graph, netlist, images)

    async def script(host):
        await host.say(*(Image(k, 0, image_of(netlist, image)) for k, image in enumerate(images)))
        await host.hear(2)

    assert talk(link(netlist), script) == [Result(k, 0, each) for k, each in enumerate(wanted)]


def tall() -> Linked:
    """A link for images of two blocks, 256 and 44 bytes, and results of 300 bytes, two blocks as well."""
    map = Map(15, 20, 1, 1, Element(0, 255))
    return link(Netlist("tall", {"x": map}, [Stage("limit", Clip(map, 0, 1), ("x",))], {"y": "limit"}), RECORD)


RECORD = bytes(np.random.default_rng(1).integers(0, 256, 300, np.uint8))
LONG = 5120  # cycles in which all is answered


def picture(seed: int) -> bytes:
    return bytes(np.random.default_rng(seed).integers(0, 4, 300, np.uint8))


def sent(seq: int, data: bytes, order=(0, 1)) -> list[Image]:
    return [Image(seq, block, data[256 * block :][:256]) for block in order]


def given(seq: int, data: bytes) -> list[Result]:
    limited = bytes(min(byte, 1) for byte in data)
    return [Result(seq, block, limited[256 * block :][:256]) for block in (0, 1)]


def results(heard) -> list[Result]:
    return [reply for reply in heard if isinstance(reply, Result)]


def test_only_what_is_missing_is_sent_again():
    data = picture(1)
    first, second = sent(5, data)
    told = [Ask(5), second, second, Ask(5)]
    heard = verilated.heard(tall(), *(each for request in told for each in (request, LONG)), first, LONG)
    half = ImageState(5, Place.FILLING, b"\1")
    missing = ImageState(5, Place.UNKNOWN, b"\3")
    assert heard == [missing, half, half, half, ImageState(5, Place.WHOLE, b"\0"), *given(5, data)]


def test_nothing_is_done_twice():
    """Blocks, and questions, of an image that is done are answered with its result; no frame runs again."""
    data = picture(2)
    again = [*sent(9, data), Ask(9, 1), Ask(9, 0), Counters(1)]
    *heard, counted = verilated.heard(tall(), *sent(9, data), LONG, *(each for one in again for each in (one, LONG)))
    assert results(heard) == 3 * given(9, data) + given(9, data)[::-1]
    assert counted.values[0] == 1


def test_blocks_of_two_images_mixed():
    data = {seq: picture(seq) for seq in (2, 3)}
    a, b = (sent(seq, data[seq], (1, 0)) for seq in (2, 3))
    heard = verilated.heard(tall(), a[0], b[0], b[1], a[1])
    assert results(heard) == given(3, data[3]) + given(2, data[2])


def test_another_image_takes_the_slot():
    """One that is half there, or done, is forgotten."""
    data = {seq: picture(seq) for seq in (4, 6, 8)}
    told = [sent(4, data[4])[0], *sent(6, data[6]), LONG, sent(8, data[8])[1], LONG, Ask(6), Ask(4)]
    heard = verilated.heard(tall(), *told)
    assert results(heard) == given(6, data[6])
    unknown = [ImageState(seq, Place.UNKNOWN, b"\3") for seq in (6, 4)]
    assert heard[-3:] == [ImageState(8, Place.FILLING, b"\1"), *unknown]


def test_an_image_in_the_network_keeps_its_slot():
    graph, netlist = network()
    images = random_images(graph, 2, seed=1)
    a, b = (image_of(netlist, image) for image in images)
    wanted = results_of(graph, netlist, images)
    heard = verilated.heard(link(netlist), Image(0, 0, a), Image(2, 0, b), LONG, Image(2, 0, b))
    assert heard == [
        ImageState(0, Place.WHOLE, b"\0"),
        Refused(2, Kind.IMAGE, Code.BUSY),
        Result(0, 0, wanted[0]),
        ImageState(2, Place.WHOLE, b"\0"),
        Result(2, 0, wanted[1]),
    ]


def test_what_a_reset_of_images_forgets():
    """Half an image, a result that is there, and one that would come later."""
    graph, netlist = network()
    images = random_images(graph, 2, seed=1)
    a, b = (image_of(netlist, image) for image in images)
    wanted = results_of(graph, netlist, images)
    told = [Image(1, 0, a), LONG, Image(2, 0, a), Reset(5), Ask(1), LONG, Image(2, 0, b), LONG, Counters(1)]
    *heard, counted = verilated.heard(link(netlist), *told)
    assert heard == [
        ImageState(1, Place.WHOLE, b"\0"),
        Result(1, 0, wanted[0]),
        ImageState(2, Place.WHOLE, b"\0"),
        ResetDone(5, Scope.IMAGES),
        ImageState(1, Place.UNKNOWN, b"\1"),
        ImageState(2, Place.WHOLE, b"\0"),
        Result(2, 0, wanted[1]),
    ]
    assert counted.values[0] == 3


def test_the_identity_in_blocks():
    told = [each for block in range(3) for each in (Identify(block, block), LONG)]
    parts = [Identity(0, 0, RECORD[:256]), Identity(1, 1, RECORD[256:])]
    assert verilated.heard(tall(), *told) == [*parts, Refused(2, Kind.IDENTIFY, Code.BLOCK)]


@dataclass(frozen=True)
class Raw:
    """A packet of any kind."""

    kind: int
    seq: int
    text: bytes

    def body(self) -> bytes:
        return self.text


def test_what_is_refused():
    refused = [
        (0, b"", Code.UNKNOWN),
        (9, b"abc", Code.UNKNOWN),
        (0x81, b"\0", Code.UNKNOWN),
        (Kind.IDENTIFY, b"", Code.LENGTH),
        (Kind.IMAGE, b"", Code.LENGTH),
        (Kind.IMAGE, bytes(256), Code.LENGTH),
        (Kind.IMAGE, b"\1" + bytes(45), Code.LENGTH),
        (Kind.IMAGE, b"\2" + bytes(256), Code.BLOCK),
        (Kind.RESULT, b"\0\0", Code.LENGTH),
        (Kind.RESULT, b"\2", Code.BLOCK),
        (Kind.LOAD, b"\0\0" + bytes(256), Code.BLOCK),
        (Kind.CHECK, b"\0", Code.LENGTH),
        (Kind.BENCHMARK, b"\1", Code.LENGTH),
        (Kind.BENCHMARK, b"\0\0", Code.BLOCK),
        (Kind.COUNTERS, b"\1", Code.BLOCK),
        (Kind.RESET, b"", Code.LENGTH),
        (Kind.RESET, b"\2", Code.BLOCK),
    ]
    told = [each for kind, body, _ in refused for each in (to_bytes(Raw(kind, kind + 1000, body)), 1024)]
    assert verilated.heard(tall(), *told) == [Refused(kind + 1000, kind, code) for kind, _, code in refused]


def test_noise_is_said_and_counted():
    good = to_bytes(Ask(1))
    bad = bytearray(good)
    bad[2] ^= 1
    told = [each for line in (bytes(bad), b"\0\3\1\1\0", good[:-2] + b"\0") for each in (line, LONG)]
    *heard, counted = verilated.heard(tall(), *told, b"\0\0\0", good, LONG, Counters(2))
    assert heard == [Refused(0, 0, Code.NOISE)] * 3 + [ImageState(1, Place.UNKNOWN, b"\3")]
    assert counted.values[:4] == (0, 1, 2, 0)


@pytest.mark.parametrize("output", ["logits", "both"])
def test_a_benchmark_takes_what_the_network_takes(output):
    graph, netlist = network(output)
    made = design(graph, default_plan(graph, 400))
    timing = predict(made.netlist, made.units)
    images = random_images(graph, 1, seed=1)
    image = image_of(netlist, images[0])
    told = [Benchmark(1, 1), LONG, Benchmark(2, 5), LONG, Benchmark(2, 5), LONG, Counters(3), LONG]
    told += [Benchmark(4, 60_000), 1024, Image(0, 0, image), LONG, Benchmark(5, 1), LONG, Benchmark(4, 60_000), LONG]
    told += [Reset(6, Scope.ALL), LONG, Image(0, 0, image)]
    heard = verilated.heard(link(netlist), *told)
    cycles = [max(timing.last.values()) + 1 + (frames - 1) * timing.cycles for frames in (1, 5)]
    done = [Benched(seq, Bench.DONE, 0, took) for seq, took in zip((1, 2), cycles, strict=True)]
    assert [heard[0].state, heard[2].state, heard[6].state, heard[9].state] == [Bench.RUNNING] * 4
    assert [heard[1], heard[3], heard[4]] == [done[0], done[1], done[1]]
    assert heard[5].values[0] == 6
    assert heard[7:9] == [Refused(0, Kind.IMAGE, Code.BUSY), Refused(5, Kind.BENCHMARK, Code.BUSY)]
    assert 50_000 < heard[9].left < 60_000
    wanted = results_of(graph, netlist, images)[0]
    assert heard[10:] == [ResetDone(6, Scope.ALL), ImageState(0, Place.WHOLE, b"\0"), Result(0, 0, wanted)]


def test_a_slow_line_stops_nobody():
    """A line that gives a byte every 20 cycles takes one every 30: acknowledgements are left out, results are not."""
    data = {seq: picture(seq) for seq in range(6)}
    told = [each for seq in data for each in (*sent(seq, data[seq]), 25_600 if seq % 2 else 0)]
    heard = verilated.heard(tall(), *told, gap=20, take=30)
    assert results(heard) == [result for seq in data for result in given(seq, data[seq])]
    assert len(heard) < 6 * 4


def test_nothing_is_lost_at_three_megabaud():
    """Of 12 MHz: a byte every 40 cycles both ways, images without a pause."""
    graph, netlist = network()
    images = random_images(graph, 60, seed=3)
    told = [Image(k, 0, image_of(netlist, image)) for k, image in enumerate(images)]
    *heard, counted = verilated.heard(link(netlist), *told, LONG, Counters(1), gap=40, take=40)
    assert results(heard) == [Result(k, 0, each) for k, each in enumerate(results_of(graph, netlist, images))]
    assert counted.values[:4] == (60, 0, 0, 0)


def test_stalls_are_those_of_the_stages():
    _, netlist = network()
    dut = link(netlist)
    outs = [stage.block.o for stage in netlist.stages]
    counted = [0] * len(outs)

    async def script(host):
        await host.say(Benchmark(1, 3))
        while len(host.heard) < 2:
            *_, wires = await host.ctx.tick().sample(Cat(o.valid & ~o.ready for o in outs))
            for n in range(len(outs)):
                counted[n] += wires >> n & 1
        host.heard.clear()
        values = (await host.ask(Counters(2))).values
        assert len(values) == 4 + len(outs)
        assert list(values[4:]) == counted
        assert any(counted)

    assert talk(dut, script) == []


def test_what_a_link_cannot_feed():
    map = Map(2, 2, 1, 1, BIT)
    stages = [Stage("sum", Add([map, map], Element(-2, 2)), ("x", "y"))]
    with pytest.raises(ValueError, match=r"^a link feeds a network of one input, got x, y$"):
        Linked(Netlist("two", {"x": map, "y": map}, stages, {"o": "sum"}), b"")
    with pytest.raises(ValueError, match=r"^slots must be a power of two from 2 to 16, got 3$"):
        Linked(Netlist("one", {"x": map}, [], {"o": "x"}), b"", slots=3)
    big = Map(300, 300, 1, 1, Element(0, 255))
    with pytest.raises(ValueError, match=r"^an image is of 1 to 256 blocks, got 352$"):
        Linked(Netlist("one", {"x": big}, [], {"o": "x"}), b"")
