"""Networks in planes in Verilator: equal to golden, as fast as predicted, and a difference found where it is."""

from random import Random

import numpy as np
import pytest

from binloom.compiler.build import Build
from binloom.compiler.compile import compile_graph
from binloom.compiler.design.planes import regions
from binloom.compiler.ir import interpret
from binloom.compiler.ir.builder import GraphBuilder
from binloom.compiler.ir.graph import Graph
from binloom.sim.images import random_images
from binloom.sim.verify import verify
from tests.compiler.bench import signs
from tests.compiler.planes import planes_plan


def net(bound: int = 0) -> Graph:
    """Colours to twelve channels, bits between two convolutions at borders, a pool, a dense layer."""
    rng = np.random.default_rng(4)
    b = GraphBuilder("net")
    x = b.depthwise(b.input((9, 8, 3)), signs(rng, 3, 3, 3, 4), stride=(1, 2), padding="same", name="conv1")
    x = b.threshold(x, [*rng.integers(-300, 300, 11), bound], rng.random(12) < 0.5, name="sign")
    x = b.max_pool(b.depthwise(x, signs(rng, 3, 3, 12, 1), padding="same", name="conv2"), (2, 2), name="pool")
    return b.output(b.dense(b.flatten(x, name="flat"), signs(rng, 4 * 2 * 12, 4), name="dense"))


IMAGES = random_images(net(), 20, seed=3)


@pytest.fixture(scope="module")
def build(tmp_path_factory) -> Build:
    plan = planes_plan(net(), regions(net())[0], 6, Random(1))
    return compile_graph(net(), tmp_path_factory.mktemp("planes") / "build", plan=plan)


def test_equal_and_as_fast_as_predicted(build: Build) -> None:
    result = verify(net(), build.manifest, build.verilog.read_text(), IMAGES)
    assert result.equal, result
    predicted, measured = result.predicted, result.measured
    assert abs(measured.latency - predicted.latency) <= 0.03 * measured.latency
    assert abs(measured.cycles_per_frame - predicted.cycles_per_frame) <= 0.03 * measured.cycles_per_frame


def test_a_build_tells_which_streams_are_in_planes(build: Build) -> None:
    ops = {op["name"]: op for op in Build.load(build.dir).manifest["ops"]}
    assert {name: op["stream"]["planes"] for name, op in ops.items()} == {
        "image": 1, "conv1": 6, "sign": 6, "conv2": 6, "pool": 6, "flat": 6, "dense": 1, "logits": 1,
    }  # fmt: skip
    assert [block["kind"] for block in ops["conv1"]["blocks"]].count("Replay") == 1


def test_the_first_difference_has_op_frame_pixel_and_channel(build: Build) -> None:
    """The design has another bound than the model: its sign departs, in the channel of that bound."""
    model = net(bound=150)
    traces = [interpret.trace(graph, IMAGES) for graph in (model, net())]
    result = verify(model, build.manifest, build.verilog.read_text(), IMAGES)
    found = result.mismatch
    assert found is not None
    assert (found.op, found.channel) == ("sign", 11)
    place = (found.frame, found.y, found.x, 11)
    assert (found.got, found.expected) == (traces[1]["sign"][place], traces[0]["sign"][place])
    assert found.got != found.expected
