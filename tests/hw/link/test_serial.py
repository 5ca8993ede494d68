"""A whole network behind its two wires, against the interpreter: bytes of images in, bytes of results out."""

from dataclasses import replace

import numpy as np
import pytest
from amaranth.sim import Simulator

from binloom.compiler.compile import with_outputs
from binloom.compiler.design.design import design
from binloom.compiler.emit.ports import ports_of
from binloom.compiler.ir import interpret
from binloom.compiler.plan.default import default_plan
from binloom.hw.add import Add
from binloom.hw.element import BIT, Element
from binloom.hw.link.elements import to_bytes
from binloom.hw.link.serial import SerialNetwork, Session
from binloom.hw.network import Netlist, Stage
from binloom.hw.stream import Map
from binloom.sim.images import random_images
from tests.hw.link.test_uart import levels, received
from tests.sim.nets import tiny

DIVISOR = 4
BREAK = [0] * (11 * DIVISOR) + [1] * DIVISOR


def network(output: str, storage: str = "logic"):
    graph = with_outputs(tiny(), output)
    plan = default_plan(graph, 400)
    folds = {**plan.folds, "dense": replace(plan.folds["dense"], storage=storage)}
    return graph, design(graph, replace(plan, folds=folds)).netlist


def run(netlist, wire: list[int], count: int) -> tuple[bytes, list[tuple[int, int]]]:
    """The first `count` bytes that come back, and what `ready` and `lost` were."""
    dut, seen, lamps = SerialNetwork(netlist, DIVISOR), [], []

    async def bench(ctx):
        levels = iter(wire)
        quiet = 0
        while quiet < 3000:
            ctx.set(dut.rx, next(levels, 1))
            *_, level, ready, lost = await ctx.tick().sample(dut.tx, dut.ready, dut.lost)
            quiet = 0 if level == 0 or len(seen) < len(wire) else quiet + 1
            seen.append(level)
            lamps.append((ready, lost))

    simulator = Simulator(dut)
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    simulator.run()
    got = received(DIVISOR, seen + [1] * 40)[0]
    assert len(got) == count
    return got, lamps


def expected(graph, netlist, images) -> bytes:
    found = interpret.run(graph, images)
    parts = []
    for index in range(len(images)):
        for port in ports_of(netlist).outputs:
            parts.append(to_bytes(port.map, np.ravel(found[port.name][index])))
    return b"".join(parts)


def pixels(netlist, images) -> bytes:
    (map,) = netlist.inputs.values()
    return to_bytes(map, np.ravel(images))


@pytest.mark.parametrize("output", ["logits", "both"])
def test_images_in_results_out(output):
    graph, netlist = network(output)
    images = random_images(graph, 4, seed=6)
    wanted = expected(graph, netlist, images)
    got, lamps = run(netlist, levels(pixels(netlist, images), DIVISOR), len(wanted))
    assert got == wanted
    assert set(lamps) == {(1, 0)}


def test_a_break_begins_anew():
    """Half an image is forgotten, and so is what was lost before."""
    graph, netlist = network("logits")
    images = random_images(graph, 2, seed=7)
    data = pixels(netlist, images)
    wire = levels(data[:17], DIVISOR) + BREAK + levels(data, DIVISOR)
    wanted = expected(graph, netlist, images)
    got, lamps = run(netlist, wire, len(wanted))
    assert got == wanted
    assert (0, 0) in lamps
    assert lamps[-1] == (1, 0)


def test_weights_come_first():
    """Also after a break: the network has begun anew."""
    graph, netlist = network("logits", "ram")
    images = random_images(graph, 2, seed=8)
    load = netlist.load_image().astype("<u2").tobytes()
    once = levels(load + pixels(netlist, images), DIVISOR)
    wanted = expected(graph, netlist, images)
    pause = [1] * (20 * DIVISOR * len(wanted))
    got, lamps = run(netlist, once + pause + BREAK + once, 2 * len(wanted))
    assert got == 2 * wanted
    ready = [ready for ready, _ in lamps]
    start = ready.index(1)
    assert len(load) * 10 * DIVISOR - 40 < start < len(load) * 10 * DIVISOR + 40
    again = start + ready[start:].index(0)
    assert ready[again : again + 10 * DIVISOR * len(load)].count(1) == 0
    assert not any(lost for _, lost in lamps)


def test_what_a_serial_line_cannot_carry():
    map = Map(2, 2, 1, 1, BIT)
    stages = [Stage("sum", Add([map, map], Element(-2, 2)), ("x", "y"))]
    with pytest.raises(ValueError, match=r"^a serial line feeds a network of one input, got x, y$"):
        Session(Netlist("two", {"x": map, "y": map}, stages, {"o": "sum"}))
    with pytest.raises(ValueError, match=r"^outputs that take turns on a serial line must be vectors, got a map"):
        Session(Netlist("maps", {"x": map}, [], {"a": "x", "b": "x"}))
