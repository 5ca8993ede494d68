"""A whole network behind its link, packet by packet, against the interpreter."""

import pytest

from binloom.boards.protocol import (
    Image,
    ImageState,
    Result,
)
from binloom.hw.link.format import Place
from binloom.sim.images import random_images
from tests.hw.link.bench import image_of, link, network, results_of, talk


@pytest.mark.parametrize("output", ["logits", "both"])
def test_images_in_results_out(output):
    graph, netlist = network(output)
    images = random_images(graph, 4, seed=6)
    wanted = results_of(graph, netlist, images)

    async def script(host):
        for k, image in enumerate(images):
            await host.say(Image(0xFFFE + k & 0xFFFF, 0, image_of(netlist, image)))
            state, result = await host.hear(2)
            assert state == ImageState(0xFFFE + k & 0xFFFF, Place.WHOLE, b"\0")
            assert result == Result(0xFFFE + k & 0xFFFF, 0, wanted[k])

    assert talk(link(netlist), script) == []


def test_two_images_on_their_way():
    graph, netlist = network()
    images = random_images(graph, 2, seed=7)
    wanted = results_of(graph, netlist, images)

    async def script(host):
        await host.say(*(Image(k, 0, image_of(netlist, image)) for k, image in enumerate(images)))
        await host.hear(2)

    assert talk(link(netlist), script) == [Result(k, 0, each) for k, each in enumerate(wanted)]
