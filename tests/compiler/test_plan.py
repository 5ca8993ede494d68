"""Folds, their rules and the default plan."""

import json
from dataclasses import replace

import numpy as np
import pytest

from binloom.compiler.design.fold import Fold, Plan, check_plan
from binloom.compiler.design.timing import predict
from binloom.compiler.errors import InputError
from binloom.compiler.ir.builder import GraphBuilder
from binloom.compiler.ir.graph import Graph
from binloom.compiler.plan.default import default_cycles, default_plan
from tests.compiler.bench import planned, signs, small_graph


def two_convs() -> Graph:
    """A plain convolution of 4 to 6 channels, a grouped one of 3 groups, a dense layer."""
    rng = np.random.default_rng(1)
    b = GraphBuilder("two_convs")
    x = b.conv(b.input((4, 4, 4)), signs(rng, 3, 3, 4, 6), name="conv")
    x = b.conv(x, signs(rng, 1, 1, 2, 9), groups=3, name="grouped")
    return b.output(b.dense(b.flatten(x, name="flat"), signs(rng, 36, 10), name="dense"))


@pytest.mark.parametrize(
    ("fold", "weighted", "words"),
    [
        (Fold(), False, "1 lane"),
        (Fold(lanes=40, planes=2), False, "40 lanes, 2 planes"),
        (Fold(9, 9, 4), True, "9 x 4 in logic"),
        (Fold(9, 9, 4, 10, "rom", 1, 20), True, "9 x 4 x 10 in rom, 20 planes"),
        (Fold(64, 192, 8, pixels=4, storage="ram"), True, "192 x 8 at 4 pixels in ram"),
    ],
)  # fmt: skip
def test_a_fold_in_words(fold: Fold, weighted: bool, words: str) -> None:
    assert fold.told(weighted) == words.replace(" x ", " \N{MULTIPLICATION SIGN} ")


def with_fold(name: str, **changes: int) -> None:
    graph = two_convs()
    plan = default_plan(graph)
    folds = {**plan.folds, name: replace(plan.folds[name], **changes)}
    check_plan(graph, replace(plan, folds=folds))


@pytest.mark.parametrize(
    ("name", "changes", "message"),
    [
        ("image", {"lanes": 3}, "image: lanes must divide its channels (4), got 3"),
        ("conv", {"lanes": 3}, "conv: lanes must divide its channels (4), got 3"),
        ("conv", {"lanes": 4, "simd": 5}, "conv: simd must divide the inputs of a group's kernel (36), got 5"),
        ("conv", {"pe": 4}, "conv: pe must divide the outputs of a group (6), got 4"),
        ("conv", {"parallel": 2}, "conv: parallel must divide its groups (1), got 2"),
        ("grouped", {"lanes": 3, "parallel": 1}, "grouped: lanes must divide the channels of a group (2), got 3"),
        (
            "grouped",
            {"lanes": 2, "parallel": 3},
            "grouped: lanes must be parallel times the channels of a group (6), got 2",
        ),
        (
            "grouped",
            {"lanes": 6, "parallel": 3, "simd": 1},
            "grouped: simd must be the whole of a group's kernel, groups being side by side (2), got 1",
        ),
        (
            "grouped",
            {"lanes": 6, "parallel": 3, "simd": 2, "pe": 1},
            "grouped: pe must be all outputs of a group, groups being side by side (3), got 1",
        ),
        ("conv", {"pixels": 3}, "conv: pixels must divide its output positions (4), got 3"),
        ("dense", {"pixels": 2}, "dense: pixels must be 1, being no convolution (1), got 2"),
        ("dense", {"lanes": 1, "simd": 2}, "dense: lanes must be simd (2), got 1"),
        ("dense", {"pe": 3}, "dense: pe must divide its outputs (10), got 3"),
        ("flat", {"lanes": 5}, "flat: lanes must divide its channels (9), got 5"),
        ("flat", {"pe": 2}, "flat: pe must be 1, having no weights (1), got 2"),
        ("flat", {"parallel": 2}, "flat: parallel must be 1, having no groups (1), got 2"),
        ("flat", {"popcount": "luts"}, "flat: popcount must be chains, there being no weights of bits, got luts"),
        ("dense", {"popcount": "tree"}, "a fold's popcount must be one of chains, luts, got 'tree'"),
        ("dense", {"storage": "flash"}, "a fold's storage must be one of logic, rom, ram, got 'flash'"),
        ("dense", {"simd": 0}, "a fold's simd must be at least 1, got 0"),
    ],
)
def test_fold_rules(name: str, changes: dict, message: str) -> None:
    with pytest.raises(InputError) as raised:
        with_fold(name, **changes)
    assert str(raised.value) == message


def test_every_node_needs_a_fold_and_no_other() -> None:
    graph = two_convs()
    plan = default_plan(graph)
    folds = dict(plan.folds)
    fold = folds.pop("conv")
    with pytest.raises(InputError, match="the plan has no fold for conv"):
        check_plan(graph, Plan(folds))
    with pytest.raises(InputError, match="a fold for ghost, which is not in the graph"):
        check_plan(graph, Plan({**plan.folds, "ghost": fold}))


def test_a_plan_survives_json() -> None:
    plan = default_plan(small_graph(), 60)
    assert Plan.from_dict(json.loads(json.dumps(plan.to_dict()))) == plan


@pytest.mark.parametrize("cycles", [20, 50, 200, 1000, 5000])
def test_default_plan_keeps_up_where_it_can(cycles: int) -> None:
    """Only an image that takes longer to come in makes a frame longer than asked for."""
    graph = two_convs()
    made = planned(graph, cycles)
    assert predict(made.netlist, made.units).cycles <= max(cycles, 16)


def test_default_plan_is_cheap_when_time_is_long() -> None:
    fast, slow = (default_plan(two_convs(), cycles).folds for cycles in (20, 5000))
    for name in ("conv", "grouped", "dense"):
        products = [folds[name].simd * folds[name].pe * folds[name].parallel for folds in (fast, slow)]
        assert products[0] > products[1], name
    assert slow["conv"].simd * slow["conv"].pe == 1


def test_default_cycles_grow_with_the_work() -> None:
    """One a pixel at least, and more where a device full of logic takes longer."""
    assert default_cycles(small_graph()) == 1024
    b = GraphBuilder("large")
    x = b.conv(b.input((48, 48, 3)), np.ones((3, 3, 3, 64), np.int64), padding="same")
    large = b.output(x)
    assert default_cycles(large) == 48 * 48
    b = GraphBuilder("heavy")
    heavy = b.output(b.dense(b.input((1, 1, 50_000)), np.full((50_000, 100), 127)))
    assert default_cycles(heavy) == -(-50_000 * 100 * 8 * 7 // 32_768)


def test_deep_weights_go_to_block_ram() -> None:
    b = GraphBuilder("deep")
    graph = b.output(b.dense(b.input((1, 1, 4096)), np.full((4096, 8), 100), name="dense"))
    assert default_plan(graph).folds["dense"].storage == "rom"
    assert default_plan(small_graph()).folds["dense"].storage == "logic"
