"""Weights out of a flash: the reader against a model of one, and who wins where a host loads as well."""

import pytest
from amaranth.sim import Simulator

from binloom.boards.protocol import Check, Checked, Image, Load, Refused, Reset, ResetDone, Result
from binloom.hw.element import BIT
from binloom.hw.link import flash as flash_module
from binloom.hw.link.flash import FlashReader
from binloom.hw.link.format import Code, Kind, Scope, Weights
from binloom.hw.link.linked import Linked
from binloom.hw.network import Netlist
from binloom.hw.stream import Map
from binloom.sim.images import random_images
from tests.hw.link.bench import image_of, link, load_of, network, results_of, talk

AT = 0x40302
WAKING = 300  # cycles for which a flash is deaf after it has been woken: 3 us of 100 MHz
ERASED = 0xFF


class Flash:
    """What a data sheet says of a flash, asleep at first: it takes a bit when `sck` rises and gives one when it has
    fallen. Anything that it would not understand is an error. `asked` are the commands that it has had."""

    def __init__(self, at: int, data: bytes) -> None:
        self.at, self.data = at, data
        self.asked: list[bytes] = []

    def byte(self, at: int) -> int:
        return self.data[at - self.at] if self.at <= at < self.at + len(self.data) else ERASED

    def on(self, pins):
        """A testbench that has it on these pins."""

        async def run(ctx):
            awake_at, now, before, bits, given = None, 0, (1, 0), "", 1
            while True:
                ctx.set(pins.cipo, given)
                *_, cs_n, sck, copi = await ctx.tick().sample(pins.cs_n, pins.sck, pins.copi)
                now += 1
                if cs_n:
                    if not before[0]:
                        assert len(bits) >= 8
                        command = int(bits[:32], 2).to_bytes(min(4, len(bits) // 8), "big")
                        self.asked.append(command)
                        awake_at = now + WAKING if command == b"\xab" else awake_at
                    bits = ""
                elif sck and not before[1]:
                    assert bits or awake_at is None or now > awake_at, "it is not awake yet"
                    bits += str(copi)
                elif before[1] and not sck and len(bits) >= 32:
                    assert bits[:8] == "00000011"
                    assert awake_at is not None
                    place, bit = divmod(len(bits) - 32, 8)
                    given = self.byte(int(bits[8:32], 2) + place) >> 7 - bit & 1
                before = (cs_n, sck)

        return run


def read(size: int, flash: Flash, stall=(1,)) -> tuple[bytes, list[int], int]:
    """What a reader gives to one who takes in the cycles that `stall` says, the bytes of each block, and the cycles."""
    dut, came, ends, cycles = FlashReader(flash.at, size), [], [], 0

    async def sink(ctx):
        nonlocal cycles
        while ctx.get(dut.busy):
            ctx.set(dut.o.ready, stall[cycles % len(stall)])
            *_, valid, ready, byte, end = await ctx.tick().sample(
                dut.o.valid, dut.o.ready, dut.o.payload, dut.block_end
            )
            cycles += 1
            if valid and ready:
                came.append(byte)
            if end:
                ends.append(len(came) - sum(ends))
        ctx.set(dut.o.ready, 1)
        for _ in range(100):
            *_, valid, cs_n, sck = await ctx.tick().sample(dut.o.valid, dut.pins.cs_n, dut.pins.sck)
            assert (valid, cs_n, sck) == (0, 1, 0)

    simulator = Simulator(dut)
    simulator.add_clock(1e-6)
    simulator.add_testbench(flash.on(dut.pins), background=True)
    simulator.add_testbench(sink)
    simulator.run()
    return bytes(came), ends, cycles


@pytest.mark.parametrize(("ends", "stall"), [([256], (1,)), ([256, 44], (0,) * 50 + (1,)), ([2], (1,))])
def test_it_reads_what_the_flash_holds(ends, stall):
    size = sum(ends)
    data = bytes((index * 37 + 11) % 251 for index in range(size))
    flash = Flash(AT, data + b"what is behind")
    *told, cycles = read(size, flash, stall)
    assert told == [data, ends]
    if stall == (1,):
        assert cycles == 8352 + 33 * size
    assert flash.asked == [b"\xab", b"\x03" + AT.to_bytes(3, "big")]


def test_where_it_cannot_read():
    with pytest.raises(ValueError, match=r"^2 bytes from 0xffffff on are not within 24 bits of address$"):
        FlashReader(0xFFFFFF, 2)
    map = Map(2, 2, 1, 1, BIT)
    with pytest.raises(ValueError, match=r"^a network whose weights are built in reads none from a flash$"):
        Linked(Netlist("none", {"x": map}, [], {"o": "x"}), b"", flash_at=AT)


@pytest.fixture(scope="module")
def loaded():
    return network(storage="ram")


@pytest.fixture
def brief(monkeypatch):
    """No longer a rest than the flash needs here: less to simulate."""
    monkeypatch.setattr(flash_module, "REST", 512)


async def settled(host) -> Weights:
    """How the weights stand once the flash has been read: until then a host is told to wait."""
    while (reply := await host.ask(Check(1))) == Refused(1, Kind.CHECK, Code.BUSY):
        await host.ctx.tick().repeat(1000)
    assert isinstance(reply, Checked)
    return reply.state


def test_a_board_starts_by_itself_and_again_after_a_reset(loaded, brief):
    graph, netlist = loaded
    images, load = random_images(graph, 1, seed=4), load_of(netlist)
    image, result = image_of(netlist, images[0]), results_of(graph, netlist, images)[0]
    dut, flash = link(netlist, flash_at=AT), Flash(AT, load)

    async def script(host):
        assert await host.ask(Image(0, 0, image)) == Refused(0, Kind.IMAGE, Code.WEIGHTS)
        assert await host.ask(Load(2, 0, load[:256])) == Refused(2, Kind.LOAD, Code.BUSY)
        assert await settled(host) == Weights.GOOD
        assert (host.ctx.get(dut.ready), host.ctx.get(dut.trouble)) == (1, 0)
        await host.say(Image(0, 0, image))
        assert (await host.hear(2))[1] == Result(0, 0, result)
        assert await host.ask(Reset(3, Scope.ALL)) == ResetDone(3, Scope.ALL)
        assert not host.ctx.get(dut.ready)
        assert await settled(host) == Weights.GOOD
        assert (await host.load(spoilt(load))).state == Weights.BAD  # what a host loads takes the place of it

    assert talk(dut, script, (1,), flash.on(dut.flash)) == []
    assert flash.asked == [b"\xab", b"\x03" + AT.to_bytes(3, "big")] * 2


def spoilt(load: bytes) -> bytes:
    return load[:300] + bytes([load[300] ^ 4]) + load[301:]


@pytest.mark.parametrize(
    "held",
    [
        pytest.param(lambda load: b"", id="erased"),
        pytest.param(lambda load: bytes(len(load)), id="zeros", marks=pytest.mark.slow),
        pytest.param(spoilt, id="a bit is wrong", marks=pytest.mark.slow),
        pytest.param(lambda load: load[1:] + load[:1], id="another place", marks=pytest.mark.slow),
    ],
)
def test_a_host_mends_what_a_flash_has_not(loaded, brief, held):
    graph, netlist = loaded
    images, load = random_images(graph, 1, seed=5), load_of(netlist)
    image = image_of(netlist, images[0])
    dut, flash = link(netlist, flash_at=AT), Flash(AT, held(load))

    async def script(host):
        assert await settled(host) == Weights.BAD
        assert (host.ctx.get(dut.ready), host.ctx.get(dut.trouble)) == (0, 1)
        assert await host.ask(Image(0, 0, image)) == Refused(0, Kind.IMAGE, Code.WEIGHTS)
        assert (await host.load(load)).state == Weights.GOOD
        await host.say(Image(0, 0, image))
        assert (await host.hear(2))[1] == Result(0, 0, results_of(graph, netlist, images)[0])

    assert talk(dut, script, (1,), flash.on(dut.flash)) == []
