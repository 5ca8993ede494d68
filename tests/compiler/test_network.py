"""Whole networks in simulation: equal to the interpreter, with stalls and without, at the speed that was predicted."""

import random
import re

import numpy as np
import pytest
from amaranth.sim import Simulator

from binloom.compiler.design.timing import predict
from binloom.compiler.ir.builder import GraphBuilder
from binloom.compiler.ir.graph import Graph
from binloom.compiler.ir.ops import Fill, Padding
from binloom.hw.axi import AxiStream
from binloom.hw.branches.add import Add
from binloom.hw.element import Element
from binloom.hw.elementwise.affine import Affine
from binloom.hw.network import Netlist, Network, Stage
from binloom.hw.order.rewire import Rewire
from binloom.hw.stream import Map
from tests.compiler.bench import check_network, planned, random_frames, run_network, signs, small_graph
from tests.hw.bench import ENGINES, check_block


def grouped(seed: int = 3) -> Graph:
    """A convolution in groups of several channels, then a depthwise one, over bits with zeros around."""
    rng = np.random.default_rng(seed)
    b = GraphBuilder("grouped")
    x = b.threshold(b.input((5, 4, 8), -9, 9), rng.integers(-5, 5, 8), name="sign")
    x = b.conv(x, signs(rng, 3, 3, 2, 8), groups=4, padding="same", name="conv")
    x = b.threshold(x, rng.integers(-5, 5, 8), name="sign2")
    return b.output(b.depthwise(x, signs(rng, 2, 2, 8, 3), padding="same", name="depthwise"))


def every_op(seed: int = 4) -> Graph:
    """Each op of the table once."""
    rng = np.random.default_rng(seed)
    b = GraphBuilder("every_op")
    x = b.conv(b.input((6, 6, 3), 0, 15), rng.integers(-3, 3, (3, 3, 3, 4)), padding="same", name="conv")
    x = b.affine(x, rng.integers(-5, 5, 4), rng.integers(-9, 9, 4), 2, name="affine")
    x = b.clip(b.piecewise(x, 1, [0, 1, -1, 2], name="relu"), -100, 100, name="clip")
    small = b.sum_pool(x, (2, 2), rows=[1, 2, 1], name="mean")
    large = b.max_pool(x, (3, 3), (2, 2), padding="same", minimum=[0, 1, 0, 1], name="pool")
    x = b.concat(small, b.add(small, large, name="sum"), name="cat")
    x = b.threshold(b.pad(x, Padding(1, 0, 0, 1, Fill.PLUS_ONE), name="pad"), rng.integers(-20, 20, 8), name="sign")
    b.output(x, name="bits")
    x = b.dense(b.flatten(x, name="flat"), signs(rng, 128, 6), bias=rng.integers(-9, 9, 6), name="dense")
    return b.output(b.argmax(x, 3, name="best"), name="classes")


def wide_border() -> Graph:
    """A border wider than the kernel, and one of -1 around bits."""
    rng = np.random.default_rng(5)
    b = GraphBuilder("wide_border")
    x = b.conv(b.input((3, 4, 1), -9, 9), signs(rng, 2, 2, 1, 2), padding=Padding(2, 1, 0, 3), name="conv")
    x = b.threshold(x, 0, name="sign")
    border = Padding(1, 1, 1, 1, Fill.MINUS_ONE)
    return b.output(b.conv(x, signs(rng, 3, 3, 2, 2), padding=border, stride=(2, 1), name="conv2"))


def smallest() -> Graph:
    """One pixel, one channel, one output."""
    b = GraphBuilder("smallest")
    return b.output(b.dense(b.input((1, 1, 1)), [[-3]], bias=[5], name="dense"))


def straight_through() -> Graph:
    """No op at all."""
    b = GraphBuilder("through")
    return b.output(b.reshape(b.input((2, 3, 4)), (4, 3, 2), name="shape"))


def only_wires() -> Graph:
    """Not even a register."""
    b = GraphBuilder("wires")
    return b.output(b.flatten(b.input((2, 3, 4)), name="flat"))


def constants() -> Graph:
    """Pools over tensors that can have but one value: zeros, as after a dead ReLU, and bits that are all the same."""
    b = GraphBuilder("constants")
    image = b.input((4, 4, 1))
    zero = b.clip(image, 0, 0, name="zero")
    plus, minus = b.threshold(image, 0, name="plus"), b.threshold(image, 256, name="minus")
    b.output(b.sum_pool(plus, (3, 3), (1, 1), rows=[2, 1, 1, 2], padding="same", name="cut"), name="scaled")
    windows = [b.sum_pool(x, (2, 2), name=f"window{n}") for n, x in enumerate((zero, plus, minus))]
    b.output(b.concat(*windows, name="windows"), name="means")
    whole = [b.sum_pool(x, (4, 4), name=f"whole{n}") for n, x in enumerate((zero, plus, minus))]
    return b.output(b.dense(b.concat(*whole, name="whole"), [[1, 2], [3, 4], [5, 7]], name="dense"))


def prime() -> Graph:
    """Channel counts that nothing divides."""
    rng = np.random.default_rng(6)
    b = GraphBuilder("prime")
    x = b.conv(b.input((5, 3, 7), -2, 9), signs(rng, 3, 3, 7, 11), padding="same", name="conv")
    x = b.conv(b.threshold(x, 1, name="sign"), signs(rng, 1, 1, 11, 5), name="mix")
    return b.output(b.flatten(b.max_pool(x, (2, 3), name="pool"), name="flat"))


MADE = (small_graph, grouped, every_op, wide_border, smallest, straight_through, only_wires, constants, prime)
GRAPHS = {g.__name__: g for g in MADE}


@pytest.mark.parametrize("cycles", [16, 100, 1500])
@pytest.mark.parametrize("name", GRAPHS)
def test_network_equals_interpreter(name: str, cycles: int) -> None:
    graph = GRAPHS[name]()
    made = planned(graph, cycles)
    check_network(graph, made, frames=3, stall=0.3 if cycles == 100 else 0.0)


@pytest.mark.parametrize("cycles", [80, 700])
@pytest.mark.parametrize("name", ["small_graph", "grouped", "every_op", "prime"])
def test_predicted_timing_is_measured(name: str, cycles: int) -> None:
    graph = GRAPHS[name]()
    made = planned(graph, cycles)
    said = predict(made.netlist, made.units)
    frames = 5
    run = run_network(made, random_frames(graph, frames, 1))
    (source,) = made.netlist.inputs
    for port, map in made.netlist.output_maps.items():
        out = np.array(run.cycles[port]).reshape(frames, map.beats)
        first, last = out[0, [0, -1]] - run.accepted[source][0]
        interval = out[-1, -1] - out[-2, -1]
        told = (
            f"{port}: predicted {said.first[port]}, {said.last[port]}, {said.cycles}; got {first}, {last}, {interval}"
        )
        assert abs(said.first[port] - first) <= 4 + 0.1 * first, told
        assert abs(said.last[port] - last) <= 4 + 0.1 * last, told
        assert abs(said.cycles - interval) <= 4 + 0.1 * interval, told


MAP = Map(2, 2, 4, 2, Element(-4, 3))


def stage(name: str, *inputs: str, map: Map = MAP) -> Stage:
    return Stage(name, Rewire(map, map), inputs)


@pytest.mark.parametrize(
    ("stages", "outputs", "message"),
    [
        ([stage("a", "x"), stage("a", "x")], {"y": "a"}, "names of inputs and stages must be unique, got 'a' twice"),
        ([stage("a", "b")], {"y": "a"}, "a: reads 'b', which is no input and no stage before it"),
        ([stage("a", "x", "x")], {"y": "a"}, "a: block has 1 inputs, got 2"),
        ([stage("a", "x", map=Map(2, 2, 4, 4, Element(-4, 3)))], {"y": "a"}, "a: reads 'x', a stream of "),
        ([stage("a", "x")], {"y": "b"}, "output y: shows 'b', which is no input and no stage"),
        ([stage("a", "x")], {"a": "a"}, "output a: an input or a stage has that name already"),
        (
            [stage("a b", "x")],
            {"y": "a b"},
            "a name must be letters, digits and underscores, a letter first, got 'a b'",
        ),
        ([stage("a", "x"), stage("b", "x")], {"y": "a"}, "every stream must be read, got none that reads b"),
        ([Stage("a", Rewire(MAP, MAP), ("x",), (-1,))], {"y": "a"}, "a: one depth >= 0 an input port, got (-1,)"),
    ],
)
def test_netlist_rules(stages: list[Stage], outputs: dict[str, str], message: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(message)}"):
        Netlist("net", {"x": MAP}, stages, outputs)


@pytest.mark.parametrize("engine", ENGINES)
def test_rewire_permutes_lanes(engine: str) -> None:
    map = Map(2, 3, 6, 3, Element(-4, 3))
    check_block(Rewire(map, Map(1, 1, 36, 3, map.element), [2, 0, 1]), engine=engine)


@pytest.mark.parametrize(
    ("o_map", "order", "message"),
    [
        (Map(2, 2, 4, 4, MAP.element), None, "a rewiring keeps lanes and beats, got 2 lanes and 8 beats in, 4"),
        (Map(2, 2, 4, 2, Element(0, 3)), None, "a rewiring keeps the element, got i3[-4, 3] in and u2[0, 3] out"),
        (MAP, [0, 0], "order must be a permutation of the 2 lanes, got [0, 0]"),
    ],
)
def test_rewire_rules(o_map: Map, order: list[int] | None, message: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(message)}"):
        Rewire(MAP, o_map, order)


def axi_network() -> Network:
    """Two outputs, one signed in 5 bits and one in 10."""
    map = Map(2, 3, 2, 2, Element(-10, 12))
    scaled = Affine(map, np.array([20, 20]), np.array([0, 1]), 0, Element(-240, 300))
    total = Add([map, scaled.o_map], Element(-300, 400))
    stages = [Stage("scaled", scaled, ("x",)), Stage("total", total, ("x", "scaled"), (4, 0))]
    return Network(Netlist("net", {"x": map}, stages, {"same": "x", "sum": "total"}))


@pytest.mark.parametrize("stall", [0.0, 0.4])
def test_axi_pads_lanes_and_marks_the_last_beat(stall: float) -> None:
    frames = 3
    x = np.random.default_rng(1).integers(-10, 12, (frames * 6, 2), endpoint=True)
    words = [int(a) & 0xFF | (int(b) & 0xFF) << 8 for a, b in x]
    out = simulate_axi(AxiStream(axi_network()), words, {"m_axis_same": 18, "m_axis_sum": 18}, stall)
    assert [word for word, _ in out["m_axis_same"]] == words
    sums = x * 21 + np.array([0, 1])
    assert [word for word, _ in out["m_axis_sum"]] == [int(a) & 0xFFFF | (int(b) & 0xFFFF) << 16 for a, b in sums]
    for beats in out.values():
        assert [last for _, last in beats] == [0, 0, 0, 0, 0, 1] * frames


def simulate_axi(dut: AxiStream, words: list[int], counts: dict[str, int], stall: float) -> dict[str, list]:
    """Drive `s_axis` and collect (tdata, tlast) of the masters."""
    out: dict[str, list] = {name: [] for name in counts}

    async def source(ctx):
        rng = random.Random(1)
        for word in words:
            while rng.random() < stall:
                await ctx.tick()
            ctx.set(dut.s_axis.tdata, word)
            ctx.set(dut.s_axis.tvalid, 1)
            await ctx.tick().until(dut.s_axis.tready)
            ctx.set(dut.s_axis.tvalid, 0)

    def sink(name: str):
        async def process(ctx):
            rng, port = random.Random(name), getattr(dut, name)
            while len(out[name]) < counts[name]:
                ctx.set(port.tready, ready := rng.random() >= stall)
                _, _, valid, word, last = await ctx.tick().sample(port.tvalid, port.tdata, port.tlast)
                if valid and ready:
                    out[name].append((word, last))

        return process

    simulator = Simulator(dut)
    simulator.add_clock(1e-6)
    simulator.add_testbench(source, background=True)
    for name in counts:
        simulator.add_testbench(sink(name))
    simulator.run()
    return out
