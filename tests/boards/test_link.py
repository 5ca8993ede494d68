"""The link of a build, and the Verilog that simulators and synthesis take."""

import re

import pytest

from binloom import api
from binloom.boards.identity import Identity
from binloom.boards.link import identity_of, link_of
from binloom.boards.top import CORE, core_verilog
from binloom.compiler.design.design import design
from binloom.compiler.design.fold import Plan
from binloom.hw.branches.add import Add
from binloom.hw.element import BIT, Element
from binloom.hw.network import Netlist, Stage
from binloom.hw.stream import Map


def test_what_a_build_says_of_itself(built):
    build = api.load(built)
    netlist = design(build.graph, Plan.from_dict(build.manifest["plan"])).netlist
    told = identity_of(netlist, build.manifest)
    assert Identity.parse(link_of(netlist, build.manifest).engine.record) == told
    (image,) = build.manifest["ports"]["inputs"]
    assert told.input == tuple(image["shape"])
    assert (told.name, told.slots, told.image_bytes, told.load_bytes) == (build.manifest["name"], 2, 36, 0)
    assert told.stages == sum(len(op["blocks"]) for op in build.manifest["ops"])
    text = core_verilog(link_of(netlist, build.manifest), "ecp5")
    streams = ", ".join(f"{way}__{wire}" for way in "io" for wire in ("payload", "valid", "ready"))
    assert f"module {CORE} (clk, rst, {streams}, ready, trouble);" in text
    assert re.search(r"input \[7:0\] i__payload;", text)


def test_what_a_link_cannot_feed():
    map = Map(2, 2, 1, 1, BIT)
    two = Netlist(
        "two", {"x": map, "y": map}, [Stage("sum", Add([map, map], Element(-2, 2)), ("x", "y"))], {"o": "sum"}
    )
    with pytest.raises(ValueError, match=r"^a link feeds a network of one input, got x, y$"):
        identity_of(two, {})
