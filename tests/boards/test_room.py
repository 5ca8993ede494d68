"""What a link takes beside a network, and plans that leave room for it."""

from dataclasses import replace
from pathlib import Path

import pytest

from binloom import api
from binloom.boards.board import SPI, UART
from binloom.boards.room import room_for_link
from binloom.compiler.ir.builder import GraphBuilder
from binloom.compiler.plan.refusal import plan_for
from binloom.compiler.plan.wish import Bound, Wish
from binloom.compiler.targets.area import Area
from binloom.compiler.targets.boards import board

ZOO = Path(__file__).parents[2] / "zoo"


@pytest.fixture(scope="module")
def digits():
    return api.integer_graph(ZOO / "mnist_tiny.h5")


def test_block_ram_is_what_synthesis_finds(digits):
    """11 and 3 beside the network in the bitstreams of docs/boards.md; an ECP5 keeps the identity in LUTs."""
    assert room_for_link(digits, board("icebreaker")).bram == 11
    assert room_for_link(digits, board("ulx3s-85f")).bram == 3 + 1


@pytest.mark.parametrize("name", ["icebreaker", "ulx3s-85f", "tangnano9k"])
def test_spi_gathers_its_answers_in_a_block_ram(digits, name):
    chip = board(name)
    serial, spi = (room_for_link(digits, chip, line) for line in (UART, SPI))
    assert spi.bram == serial.bram + 1
    assert spi.lut > serial.lut
    assert room_for_link(digits, chip) == serial


def test_a_larger_image_takes_more(digits):
    b = GraphBuilder("colours")
    x = b.input((32, 32, 3))
    colours = b.output(b.dense(b.flatten(x, name="flat"), [[1, -1]] * 3072, name="dense"))
    for name in ("icebreaker", "ulx3s-85f", "tangnano20k"):
        assert room_for_link(colours, board(name)).bram > room_for_link(digits, board(name)).bram


def test_a_network_that_no_link_feeds():
    b = GraphBuilder("two")
    graph = b.output(b.add(*(b.input((1, 1, 4), name=name) for name in "ab")))
    assert room_for_link(graph, board("icebreaker")) == Area()


def test_a_budget_is_what_is_left():
    chip, link = board("icebreaker"), Area(lut=1000, bram=11)
    left = Wish(fps=1, aside=link).budget(chip)
    assert (left.spend["lut"], left.spend["bram"], left.spend["dsp"]) == (chip.luts - 1000, 19, 8)
    half = Wish(fit=0.5, aside=link, bounds={"bram": Bound(3), "lut": Bound(5000)}).budget(chip)
    assert (half.spend["lut"], half.spend["bram"]) == (chip.luts / 2 - 1000, 3)


def test_weights_go_elsewhere_where_the_link_has_the_block_ram(digits):
    chip = board("icebreaker")
    link = room_for_link(digits, chip)
    made = plan_for(digits, chip, Wish(fps=800, aside=link))
    assert made.plan.folds["dense"].storage == "ram"
    assert made.area.bram + link.bram <= chip.rams[0].count
    assert made.shares()["bram"] == (made.area.bram + link.bram) / chip.rams[0].count
    assert replace(made, aside=Area()).shares()["bram"] < made.shares()["bram"]
