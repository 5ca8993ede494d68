"""Builds whose weights come at boot: what lies in the folder, and every driver that sends it."""

from dataclasses import replace

import numpy as np
import pytest

from binloom.compiler.build import Build
from binloom.compiler.compile import CompileOptions, compile_graph
from binloom.compiler.design.design import design
from binloom.compiler.design.fold import Fold, Plan
from binloom.compiler.emit.load import FILE, checksum
from binloom.compiler.errors import InputError
from binloom.compiler.ir.builder import GraphBuilder
from binloom.compiler.ir.graph import Graph
from binloom.compiler.plan.default import default_plan
from binloom.compiler.targets.boards import device
from binloom.sim import netlist
from binloom.sim.cocotb_bench import verify_by_bench, write_bench
from binloom.sim.harness import Harness
from binloom.sim.images import random_images
from binloom.sim.verify import verify
from binloom.toolchain.find import yosys
from tests.compiler.bench import check_network
from tests.sim.nets import tiny

GRAPH = tiny()
IMAGES = random_images(GRAPH, 6, seed=3)
CYCLES = 4000  # so few products at once that no layer's weights are constants


def loaded_plan(graph: Graph, nodes: tuple[str, ...] = ("conv1", "conv2", "dense")) -> Plan:
    plan = default_plan(graph, CYCLES)
    folds = {name: replace(fold, storage="ram") if name in nodes else fold for name, fold in plan.folds.items()}
    return replace(plan, folds=folds)


@pytest.fixture(scope="module", params=["plain", "axi"])
def build(request, tmp_path_factory) -> Build:
    folder = tmp_path_factory.mktemp("load") / "build"
    compile_graph(
        GRAPH, folder, CompileOptions(ports=request.param), plan=loaded_plan(GRAPH), extra_writers=[write_bench]
    )
    return Build.load(folder)


def test_the_manifest_says_which_words_are_whose(build):
    loads, image = build.manifest["loads"], build.load_image
    assert len(image) == loads["words"] == len((build.dir / FILE).read_text().split())
    assert FILE in build.manifest["files"]
    assert loads["crc32"] == checksum(image)
    at = 0
    for store in loads["stores"]:
        assert store["first"] == at
        assert store["words"] == store["depth"] * -(-store["bits"] // 16)
        at += store["words"]
        assert store["crc32"] == checksum(image[store["first"] : at])
    assert at == len(image)
    assert [store["op"] for store in loads["stores"]] == ["conv1", "conv2", "dense"]
    # The dense layer takes one weight after the other, for each input those of all outputs.
    weights = GRAPH.by_name["dense"].op.weights.ravel() & 63
    assert image[loads["stores"][2]["first"] :].tolist() == weights.tolist()


def test_the_verilog_leaves_the_memories_empty_and_tells_of_the_load(build):
    text = build.verilog.read_text()
    port = build.manifest["ports"]["load"]
    words = build.manifest["loads"]["words"]
    assert f"// weights {port['payload']}: {words} words of 16 bits, to be sent after each reset" in text
    module = text[text.index("dense_weights (") :]
    module = module[: module.index("endmodule")]
    assert "reg [5:0] piece_0 [449:0];" in module
    assert "initial" not in module
    assert "uninitialised" not in module


def test_the_compiled_bench_sends_it_first(build):
    result = verify(GRAPH, build.manifest, build.verilog.read_text(), IMAGES, load=build.load_image)
    assert result.equal, result
    assert result.measured == result.predicted


def test_wrong_words_are_found_in_their_layer(build):
    for store in build.manifest["loads"]["stores"]:
        image = build.load_image
        image[store["first"] :][: store["words"]] ^= 1
        result = verify(GRAPH, build.manifest, build.verilog.read_text(), IMAGES, load=image)
        assert not result.equal
        assert result.mismatch.op == store["op"], result


def test_the_cocotb_bench_sends_it_first(build):
    result = verify_by_bench(build.dir, GRAPH, build.manifest, IMAGES[:2], load=build.load_image)
    assert result.equal, result
    assert result.measured == result.predicted


@pytest.mark.parametrize("stall", [0.0, 0.4])
def test_in_amaranths_simulator(stall):
    check_network(GRAPH, design(GRAPH, loaded_plan(GRAPH)), frames=2, stall=stall)


def test_no_words_are_missing(build):
    with pytest.raises(ValueError, match=r"^tiny is loaded with 666 words, got 0$"):
        Harness(build.manifest, "")


def test_a_damaged_file_is_refused(build):
    file = build.dir / FILE
    kept = file.read_text()
    file.write_text(kept.replace("0", "1", 1))
    try:
        with pytest.raises(InputError, match=r"weights\.hex is not the file that was compiled"):
            Build.load(build.dir)
    finally:
        file.write_text(kept)


def test_a_port_of_that_name_is_refused():
    b = GraphBuilder("net")
    x = b.input((1, 1, 4), name="load")
    graph = b.output(b.dense(x, np.arange(8).reshape(4, 2), name="dense"))
    folds = {"load": Fold(1), "dense": Fold(1, 1, 1, storage="ram"), "logits": Fold(1)}
    with pytest.raises(InputError, match="two things in the top module would both be 'load'"):
        design(graph, Plan(folds))


def test_weights_that_meet_at_once_are_refused():
    plan = default_plan(GRAPH, CYCLES)
    folds = {**plan.folds, "dense": Fold(45, 45, 10, storage="ram")}
    with pytest.raises(InputError, match="dense: weights that all meet in one cycle are constants, and cannot be in"):
        design(GRAPH, replace(plan, folds=folds))


def test_the_default_plan_needs_no_load():
    assert not design(GRAPH, default_plan(GRAPH, CYCLES)).netlist.loaded


@pytest.mark.skipif(not yosys().found, reason="needs yosys")
@pytest.mark.parametrize("name", ["ecp5-25f", "ice40-hx8k", "ice40-up5k"])
def test_the_netlist_is_loaded_too(name, tmp_path):
    plan = loaded_plan(GRAPH, ("dense",))
    made = compile_graph(GRAPH, tmp_path / "build", plan=plan)
    text = made.verilog.read_text()
    cells = netlist.of_build(GRAPH, made.manifest, device(name))
    result = verify(GRAPH, made.manifest, text, IMAGES[:3], netlist=cells, load=made.load_image)
    assert result.equal, result


def deep() -> Graph:
    """A dense layer of 16,000 weights on 20 x 20 images: 8,000 words of two weights."""
    rng = np.random.default_rng(5)
    b = GraphBuilder("deep")
    x = b.flatten(b.input((20, 20, 1)), name="flat")
    return b.output(b.dense(x, rng.integers(-128, 128, (400, 40)), name="dense"))


@pytest.mark.skipif(not yosys().found, reason="needs yosys")
def test_deep_weights_are_single_port_rams_of_an_ultraplus(tmp_path):
    """The netlist for a UP5K has an SB_SPRAM256KA, which yosys' own model holds empty until the load."""
    graph = deep()
    folds = {"image": Fold(1), "flat": Fold(1), "dense": Fold(1, 1, 2, storage="ram"), "logits": Fold(2)}
    made = compile_graph(graph, tmp_path / "build", plan=Plan(folds))
    cells = netlist.of_build(graph, made.manifest, device("ice40-up5k"))
    assert cells.cells["SB_SPRAM256KA"] == 1
    images = random_images(graph, 3, seed=6)
    verilog = made.verilog.read_text()
    result = verify(graph, made.manifest, verilog, images, netlist=cells, load=made.load_image)
    assert result.equal, result
    assert result.measured == result.predicted
    wrong = made.load_image
    wrong[-1] ^= 0x100
    assert not verify(graph, made.manifest, verilog, images, netlist=cells, load=wrong).equal
