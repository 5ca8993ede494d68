"""Weights that come at boot: the store, the order of a load, and an array that is loaded again between its frames."""

from collections import Counter

import numpy as np
import pytest
from amaranth.back import verilog

from binloom.compiler.cost import memory
from binloom.compiler.emit.tidy import LOADED
from binloom.compiler.emit.verilog import Platform
from binloom.compiler.implement.synthesis import synthesise
from binloom.compiler.targets.boards import device
from binloom.hw.arrays.array import MatrixArray
from binloom.hw.arrays.loaded import LoadedStore, LoadOrder, load_of, pieces_of
from binloom.hw.element import BIT, Element
from binloom.hw.network import Netlist, Network, Stage
from binloom.hw.stream import Map
from binloom.sim.beats import pack, unpack
from binloom.sim.failures import Stuck
from binloom.sim.verilator import to_verilog
from binloom.toolchain.find import yosys
from tests.hw.bench import ENGINES, on_engines, random_beats

SEVEN = Element(-7, 7)

# element, height, width, segments, n, m, simd, pe, parallel, weights from .. to
ARRAYS = {
    "dense of 12 words of 20 bits": (SEVEN, 1, 1, 1, 12, 5, 1, 5, 1, -8, 7),
    "two pixels, 3 pieces a word": (SEVEN, 1, 2, 1, 6, 4, 3, 3 + 1, 1, -8, 7),
    "groups, so that a beat stays": (SEVEN, 2, 2, 1, 4, 6, 2, 2, 1, -8, 7),
    "segments side by side": (SEVEN, 2, 1, 6, 3, 2, 3, 2, 2, -1, 1),
    "bits": (BIT, 1, 3, 1, 40, 3, 20, 1, 1, None, None),
    "three planes": (SEVEN, 2, 2, 6, 3, 2, 3, 1, 1, -8, 7),
}
PLANES = {"three planes": 3}
QUICK = ["dense of 12 words of 20 bits"]


def weights_of(name: str, seed: int) -> np.ndarray:
    *_, segments, n, m, _, _, _, lo, hi = ARRAYS[name]
    rng = np.random.default_rng(seed)
    shape = (segments, n, m)
    weights = rng.choice([-1, 1], shape) if lo is None else rng.integers(lo, hi, shape, endpoint=True)
    if lo is not None:  # so that every set of weights is as wide
        weights.flat[:2] = lo, hi
    return weights


def array(name: str, seed: int = 1) -> MatrixArray:
    element, height, width, segments, n, _, simd, pe, parallel, lo, hi = ARRAYS[name]
    i_map = Map(height, width, segments * n, parallel * simd, element, planes=PLANES.get(name, 1))
    most = n * max(abs(element.lo), element.hi) * max(abs(lo or 1), abs(hi or 1))
    return MatrixArray(
        i_map,
        weights_of(name, seed),
        simd=simd,
        pe=pe,
        parallel=parallel,
        o_element=Element(-most, most),
        storage="ram",
    )


def network(*blocks: MatrixArray) -> Network:
    """The blocks behind each other."""
    names = [f"array{number}" for number in range(len(blocks))]
    stages = [Stage(name, block, (before,)) for name, before, block in zip(names, ["x", *names], blocks, strict=False)]
    return Network(Netlist("net", {"x": blocks[0].i_map}, stages, {"y": names[-1]}))


def beats_of(block: MatrixArray, frames: int, seed: int) -> np.ndarray:
    return random_beats(block.i_map, frames, np.random.default_rng(seed))


@pytest.mark.parametrize(("name", "engine"), on_engines(ARRAYS, QUICK))
def test_what_was_loaded_is_what_multiplies(name, engine):
    block = array(name)
    net = network(block)
    beats = beats_of(block, 4, seed=2)
    wanted = block.model(beats)
    for stall in (0.0, 0.4):
        run = ENGINES[engine](
            net,
            {"x": pack(block.i_map, beats)},
            {"y": len(wanted)},
            stall=stall,
            seed=3,
            load=block.load_image().tolist(),
        )
        assert (unpack(block.o_map, run.payloads["y"]) == wanted).all()
    # Free running, and timed from the end of the load: what `rom` takes.
    rom = MatrixArray(block.i_map, block.weights, simd=block.simd, pe=block.pe, parallel=block.parallel,
                      o_element=block.o_map.element, storage="rom")  # fmt: skip
    ahead = name not in PLANES  # words of a rom are read a step ahead, but not in planes
    assert (block.latency, block.cycles) == (rom.latency + ahead, rom.cycles)
    free = [
        ENGINES[engine](network(each), {"x": pack(each.i_map, beats)}, {"y": len(wanted)}, load=load).cycles["y"]
        for each, load in ((array(name), block.load_image().tolist()), (rom, []))
    ]
    assert free[0] == free[1]


@pytest.mark.parametrize("name", ARRAYS)
def test_no_frame_begins_before_the_load_has_ended(name):
    """Both are offered from the start, and either may stall: what comes out is as if the load had been first."""
    block = array(name)
    beats = beats_of(block, 3, seed=4)
    wanted = block.model(beats)
    image = block.load_image().tolist()
    for stall in (0.0, 0.5):
        inputs = {"x": pack(block.i_map, beats), "load": image}
        run = ENGINES["pysim"](network(array(name)), inputs, {"y": len(wanted)}, stall=stall, seed=5)
        assert (unpack(block.o_map, run.payloads["y"]) == wanted).all()
        assert run.accepted["x"][0] > run.accepted["load"][-1]
    inputs["load"] = image[:-1]
    with pytest.raises(Stuck):
        ENGINES["pysim"](network(array(name)), inputs, {"y": 1}, limit=2000)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("name", ARRAYS)
def test_a_second_load_comes_between_two_frames(name, seed):
    """Loads with other weights while frames run: each frame meets the weights of one load, and never older ones."""
    block = array(name)
    frames = 12
    beats = beats_of(block, frames, seed)
    images = [array(name, which).load_image().tolist() for which in (1, 2, 3)]
    wanted = [array(name, which).model(beats).reshape(frames, -1) for which in (1, 2, 3)]
    inputs = {"x": pack(block.i_map, beats), "load": [word for image in images for word in image]}
    run = ENGINES["pysim"](network(block), inputs, {"y": frames * block.o_map.beats}, stall=0.6, seed=seed)
    got = unpack(block.o_map, run.payloads["y"]).reshape(frames, -1)
    used = [[bool((got[frame] == each[frame]).all()) for each in wanted] for frame in range(frames)]
    assert all(map(any, used)), "a frame met two sets of weights"
    newest = [max(which for which, same in enumerate(fits) if same) for fits in used]
    assert newest == sorted(newest)
    assert newest[-1] == 2


@pytest.mark.parametrize("engine", ENGINES)
def test_several_stores_are_filled_in_the_order_of_the_stages(engine):
    first = array("two pixels, 3 pieces a word")
    weights = np.random.default_rng(9).integers(-8, 8, (1, 4, 6))
    second = MatrixArray(
        Map(1, 2, 4, 4, first.o_map.element), weights, simd=4, pe=2, o_element=Element(-(2**15), 2**15), storage="ram"
    )
    net = network(first, second)
    image = net.netlist.load_image()
    assert image.tolist() == [*first.load_image(), *second.load_image()]
    assert len(image) == net.netlist.load_map.beats == first.load_words + second.load_words
    beats = beats_of(first, 3, seed=6)
    wanted = second.model(first.model(beats))
    for stall in (0.0, 0.4):
        for again in (1, 2):
            run = ENGINES[engine](
                net,
                {"x": pack(first.i_map, beats)},
                {"y": len(wanted)},
                stall=stall,
                seed=7,
                load=image.tolist() * again,
            )
            assert (unpack(second.o_map, run.payloads["y"]) == wanted).all()


def test_a_wrong_word_is_seen():
    """Each word of the memory is used: whichever of them is wrong, some output is."""
    name = "dense of 12 words of 20 bits"
    block = array(name)
    beats = np.full((block.i_map.beats, block.i_map.lanes), 7)
    wanted = block.model(beats)
    image = block.load_image()
    for place in range(0, len(image), 2):
        wrong = image.copy()
        wrong[place] ^= 1 << place % 16
        run = ENGINES["pysim"](
            network(array(name)), {"x": pack(block.i_map, beats)}, {"y": len(wanted)}, load=wrong.tolist()
        )
        assert (unpack(block.o_map, run.payloads["y"]) != wanted).any(), place


def test_packing():
    assert [pieces_of(width) for width in (1, 16, 17, 45, 63, 64)] == [1, 1, 2, 3, 4, 4]
    assert load_of([0x1_2345, 0xF_0001], 20).tolist() == [0x2345, 1, 1, 0xF]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: LoadedStore(1, 3), "a loaded store holds at least two words, got 1"),
        (lambda: LoadedStore(2, 0), "a word must have at least one bit, got 0"),
        (lambda: LoadOrder(1), "an order is between at least two stores, got 1"),
        (
            lambda: MatrixArray(
                Map(1, 1, 2, 2, SEVEN), np.ones((1, 2, 2)), simd=2, pe=2, o_element=Element(-14, 14), storage="ram"
            ),
            "weights that all meet in one cycle are constants, and cannot be in ram",
        ),
    ],
)
def test_refuses(make, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        make()


@pytest.mark.skipif(not yosys().found, reason="needs yosys")
@pytest.mark.parametrize(("width", "rams"), [(16, 1), (45, 3), (63, 4)])
def test_an_ultraplus_has_a_single_port_ram_for_each_piece(width, rams):
    """Of the Verilog that builds have: its memories have no contents, which such a RAM could not have."""
    verilog = LOADED.sub(r"\1", to_verilog(LoadedStore(11_200, width)))
    netlist = synthesise({"top.v": verilog}, "top", device("ice40-up5k").synth, timeout=300)
    cells = Counter()
    for part in netlist.cells.values():
        cells.update(part)
    assert {kind: count for kind, count in cells.items() if "RAM" in kind} == {"SB_SPRAM256KA": rams}


@pytest.mark.skipif(not yosys().found, reason="needs yosys")
def test_a_piece_of_eight_block_rams_is_worth_a_single_port_ram():
    """Which yosys would not think: block RAM is what the rest of a design needs."""
    platform = Platform("ice40", huge=True)
    store = LoadedStore(4096, 8)
    text = verilog.convert(store, name="top", platform=platform, emit_src=False, strip_internal_attrs=True)
    netlist = synthesise({"top.v": LOADED.sub(r"\1", text)}, "top", device("ice40-up5k").synth, timeout=300)
    cells = Counter()
    for part in netlist.cells.values():
        cells.update(part)
    assert {kind: count for kind, count in cells.items() if "RAM" in kind} == {"SB_SPRAM256KA": 1}
    assert memory.loaded("ice40", 8, 4096) == memory.Placed("spram", 1)
