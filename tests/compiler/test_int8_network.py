"""Clips and int8 units in hardware, with multipliers and without: golden, Amaranth's simulator, Verilator."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from binloom.compiler import cost
from binloom.compiler.design.design import Design
from binloom.compiler.design.fold import Fold, check_fold
from binloom.compiler.errors import InputError
from binloom.compiler.int8_norm import Places, int8_norm
from binloom.compiler.ir.builder import GraphBuilder
from binloom.compiler.ir.graph import Graph
from binloom.compiler.ir.interpret import run
from binloom.compiler.ir.ops import Affine
from binloom.compiler.plan.default import default_plan
from binloom.compiler.plan.folds import Rates, folds_of
from binloom.compiler.targets.devices import ECP5
from binloom.hw.elementwise.affine import Affine as AffineBlock
from binloom.hw.elementwise.shift_affine import ShiftAffine
from tests.compiler.bench import check_network, folded, random_frames, signs
from tests.hw.bench import ENGINES

AT = Places(0, 5, 3)


def network(seed: int = 1, size: int = 4, channels: int = 3, at: Places = AT) -> Graph:
    """A clipped sum and its unit; a second one over its signs; the sum of both, clipped."""
    rng = np.random.default_rng(seed)
    b = GraphBuilder("int8_net")
    x = b.conv(b.input((size, size, 2), 0, 255), signs(rng, 3, 3, 2, channels), padding="same", name="conv1")
    stem = unit(b, b.clip(x, -127, 127, name="clip1"), at, rng, "stem")
    y = b.conv(b.threshold(stem, name="sign"), signs(rng, 3, 3, channels, channels), padding="same", name="conv2")
    branch = unit(b, y, at, rng, "branch")
    return b.output(b.clip(b.add(stem, branch, name="both"), -127, 127, name="clip2"))


def unit(b: GraphBuilder, x: str, at: Places, rng: np.random.Generator, name: str) -> str:
    """gamma of all signs, now and then 0 or a power of two; steep enough to saturate on both sides."""
    n = b.shape(x)[2]
    span = 80 * 2.0**-at.output
    gamma = np.where(rng.random(n) < 0.2, 0, np.where(rng.random(n) < 0.2, -2.0, rng.normal(0, span, n)))
    found = int8_norm(gamma, rng.normal(0, span / 4, n), rng.normal(0, 9, n), rng.uniform(20, 900, n), 1e-3, at)
    return b.clip(b.affine(x, found.mul, found.add, found.shift, name=name), -127, 127, name=f"{name}_clip")


def without_multipliers(graph: Graph, cycles: int) -> Design:
    folds = default_plan(graph, cycles).folds
    affines = [node.name for node in graph if isinstance(node.op, Affine)]
    return folded(graph, {name: replace(folds[name], multiply="logic") for name in affines}, cycles)


def test_both_ends_of_int8_occur():
    graph = network()
    found = run(graph, np.concatenate([random_frames(graph, 4, 1), np.zeros((1, 4, 4, 2), int)]))["logits"]
    assert {-127, 127} <= set(found.ravel().tolist())


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("cycles", [16, 200])
def test_hardware_without_multipliers(cycles, engine):
    graph = network()
    made = without_multipliers(graph, cycles)
    blocks = [stage.block for stage in made.netlist.stages if isinstance(stage.block, AffineBlock)]
    assert {type(block) for block in blocks if block.i_map.element.width > 7} == {ShiftAffine}
    assert sum(cost.area(block, ECP5).dsp for block in blocks) == 0
    check_network(graph, made, stall=0.3, simulate=ENGINES[engine])


@pytest.mark.parametrize("engine", ENGINES)
def test_hardware_with_multipliers(engine):
    graph = network()
    check_network(graph, folded(graph, {}, 200), stall=0.3, simulate=ENGINES[engine])


@st.composite
def cases(draw) -> tuple[Graph, Design]:
    unit, inner = draw(st.integers(-2, 6)), draw(st.integers(-3, 3))
    fine = inner + unit
    at = Places(inner, draw(st.integers(max(-1, fine - 15), min(8, fine + 7))), unit)
    graph = network(draw(st.integers(0, 1000)), draw(st.integers(1, 4)), draw(st.integers(1, 4)), at)
    cycles = draw(st.sampled_from([8, 60, 300]))
    return graph, without_multipliers(graph, cycles) if draw(st.booleans()) else folded(graph, {}, cycles)


@given(cases(), st.integers(0, 99))
@settings(max_examples=6)
def test_random_places_and_shapes(case, seed):
    check_network(*case, frames=2, stall=0.3, seed=seed)


@pytest.mark.slow
@given(cases(), st.integers(0, 99), st.sampled_from(sorted(ENGINES)))
@settings(max_examples=25)
def test_many_random_places_and_shapes(case, seed, engine):
    check_network(*case, frames=2, stall=0.3, seed=seed, simulate=ENGINES[engine])


def test_the_planner_may_choose():
    graph = network()
    node = graph["stem"]
    found = folds_of(node, graph.inputs_of(node), Rates((200,)))
    assert {fold.multiply for fold in found} == {"dsp", "logic"}
    clip = graph["stem_clip"]
    assert {fold.multiply for fold in folds_of(clip, graph.inputs_of(clip), Rates((200,)))} == {"dsp"}


def test_only_an_affine_may_do_without_multipliers():
    graph = network()
    node = graph["both"]
    shapes = tuple(source.tensor.shape for source in graph.inputs_of(node))
    with pytest.raises(InputError, match=r"^both: multiply must be 'dsp', being no affine, got 'logic'$"):
        check_fold(node, Fold(multiply="logic"), shapes)
    with pytest.raises(InputError, match=r"^a fold's multiply must be one of dsp, logic, got 'lut'$"):
        Fold(multiply="lut")
