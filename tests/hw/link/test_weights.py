"""Weights over a link: loaded in blocks, read back, found out when they have changed, and mended."""

import pytest
from amaranth.lib.memory import Memory

from binloom.boards.protocol import Check, Checked, Image, Load, Loaded, Refused, Reset, ResetDone, Result
from binloom.hw.arrays.loaded import LoadedStore
from binloom.hw.link.format import SUM_CYCLES, Code, Kind, Scope, Weights
from binloom.sim.images import random_images
from tests.hw.link.bench import image_of, link, load_of, network, results_of, talk


@pytest.fixture(scope="module")
def loaded():
    graph, netlist = network(storage="ram")
    return graph, netlist


def crc_of(dut) -> int:
    return dut.parts.loading.crc32


def test_images_wait_for_the_weights(loaded):
    graph, netlist = loaded
    images = random_images(graph, 1, seed=1)
    image, load = image_of(netlist, images[0]), load_of(netlist)
    dut = link(netlist)

    async def script(host):
        assert await host.ask(Image(0, 0, image)) == Refused(0, Kind.IMAGE, Code.WEIGHTS)
        assert await host.ask(Check(1)) == Refused(1, Kind.CHECK, Code.WEIGHTS)
        assert not host.ctx.get(dut.ready)
        assert await host.ask(Load(2, 1, load[256:])) == Loaded(2, Weights.MISSING, 0, 0)
        assert await host.ask(Load(3, 0, load[:256])) == Loaded(3, Weights.MISSING, 1, 0)
        assert await host.ask(Load(4, 0, load[:256])) == Loaded(4, Weights.MISSING, 1, 0)
        assert await host.ask(Load(5, 1, load[256:-1])) == Refused(5, Kind.LOAD, Code.LENGTH)
        assert await host.ask(Load(5, 2, load[256:])) == Refused(5, Kind.LOAD, Code.LENGTH)
        assert await host.ask(Load(6, 1, load[256:])) == Loaded(6, Weights.GOOD, 0, crc_of(dut))
        assert host.ctx.get(dut.ready)
        assert not host.ctx.get(dut.trouble)
        await host.say(Image(0, 0, image))
        assert (await host.hear(2))[1] == Result(0, 0, results_of(graph, netlist, images)[0])
        assert await host.ask(Check(7)) == Checked(7, Weights.GOOD, 0, crc_of(dut))
        assert await host.ask(Reset(8, Scope.IMAGES)) == ResetDone(8, Scope.IMAGES)
        assert host.ctx.get(dut.ready)
        assert await host.ask(Reset(9, Scope.ALL)) == ResetDone(9, Scope.ALL)
        assert await host.ask(Image(1, 0, image)) == Refused(1, Kind.IMAGE, Code.WEIGHTS)
        assert (await host.load(load)).state == Weights.GOOD

    assert talk(dut, script) == []


def test_a_check_takes_no_longer_than_is_said(loaded):
    _, netlist = loaded
    load = load_of(netlist)
    dut = link(netlist)
    checked = []

    async def count(ctx):
        async for *_, checking in ctx.tick().sample(dut.parts.loading.checking):
            checked.append(checking)

    async def script(host):
        assert (await host.load(load)).state == Weights.GOOD
        one = sum(checked)
        assert 0 < one <= SUM_CYCLES * len(load) // 2
        assert (await host.ask(Check(9))).state == Weights.GOOD
        assert sum(checked) == 2 * one

    assert talk(dut, script, (1,), count) == []


def test_a_wrong_load_is_found_and_mended(loaded):
    graph, netlist = loaded
    images = random_images(graph, 1, seed=2)
    load = load_of(netlist)
    wrong = bytearray(load)
    wrong[300] ^= 1
    dut = link(netlist)

    async def script(host):
        reply = await host.load(bytes(wrong))
        assert (reply.state, reply.following) == (Weights.BAD, 0)
        assert host.ctx.get(dut.trouble)
        assert (await host.load(load)).state == Weights.GOOD
        await host.say(Image(0, 0, image_of(netlist, images[0])))
        assert (await host.hear(2))[1] == Result(0, 0, results_of(graph, netlist, images)[0])

    assert talk(dut, script) == []


def test_a_memory_that_lost_a_bit_is_found_and_mended(loaded, monkeypatch):
    graph, netlist = loaded
    images = random_images(graph, 1, seed=3)
    image, load = image_of(netlist, images[0]), load_of(netlist)
    memories: list[Memory] = []
    elaborate = LoadedStore.elaborate

    def remembered(self, platform):
        m = elaborate(self, platform)
        memories.append(m.submodules.piece_0)
        return m

    monkeypatch.setattr(LoadedStore, "elaborate", remembered)
    dut = link(netlist)

    async def script(host):
        assert (await host.load(load)).state == Weights.GOOD
        cell = memories[0].data[7]
        host.ctx.set(cell, host.ctx.get(cell) ^ 4)
        assert host.ctx.get(dut.ready)
        reply = await host.ask(Check(1))
        assert (reply.state, reply.crc32 != crc_of(dut)) == (Weights.BAD, True)
        assert (host.ctx.get(dut.ready), host.ctx.get(dut.trouble)) == (0, 1)
        assert await host.ask(Image(0, 0, image)) == Refused(0, Kind.IMAGE, Code.WEIGHTS)
        assert (await host.load(load)).state == Weights.GOOD
        assert (host.ctx.get(dut.ready), host.ctx.get(dut.trouble)) == (1, 0)
        await host.say(Image(0, 0, image))
        assert (await host.hear(2))[1] == Result(0, 0, results_of(graph, netlist, images)[0])

    assert talk(dut, script) == []
