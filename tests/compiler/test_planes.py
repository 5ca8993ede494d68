"""Chains in planes: which there are, the rules of their folds, and what comes out of them."""

from dataclasses import replace
from random import Random

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from binloom.compiler.design.design import design
from binloom.compiler.design.fold import Fold, check_plan
from binloom.compiler.design.planes import Region, regions
from binloom.compiler.errors import InputError
from binloom.compiler.ir.builder import GraphBuilder
from binloom.compiler.ir.graph import Graph
from binloom.compiler.ir.ops import Fill, Padding
from tests.compiler.bench import check_network, signs
from tests.compiler.planes import planes_plan
from tests.ir.random_graphs import chains


def mnist_like() -> Graph:
    """One channel to six, two of each of these; pools; a dense layer over what still is in planes."""
    rng = np.random.default_rng(3)
    b = GraphBuilder("mnist_like")
    x = b.depthwise(b.input((9, 10, 1)), signs(rng, 3, 3, 1, 6), padding="same", name="conv1")
    x = b.max_pool(x, (2, 2), name="pool1")
    x = b.depthwise(x, signs(rng, 3, 3, 6, 2), padding="same", name="conv2")
    x = b.flatten(b.max_pool(x, (2, 2), name="pool2"), name="flat")
    return b.output(b.dense(x, rng.integers(-9, 9, (b.shape(x)[2], 4)), name="dense"))


def colours() -> Graph:
    """Three channels to twelve; an odd image, stride, border, thresholds between and behind the flatten."""
    rng = np.random.default_rng(4)
    b = GraphBuilder("colours")
    x = b.depthwise(b.input((7, 9, 3)), signs(rng, 3, 3, 3, 4), stride=(1, 2), padding="same", name="conv1")
    x = b.threshold(x, rng.integers(-300, 300, 12), rng.random(12) < 0.5, name="sign1")
    x = b.depthwise(x, signs(rng, 3, 2, 12, 1), padding=Padding(1, 1, 0, 1, Fill.ZERO), name="conv2")
    x = b.threshold(x, rng.integers(-3, 3, 12), rng.random(12) < 0.5, name="sign2")
    x = b.max_pool(x, (2, 2), (2, 1), minimum=rng.random(12) < 0.5, name="pool")
    x = b.sum_pool(x, (2, 2), (1, 1), padding="same", name="sums")
    x = b.flatten(x, name="flat")
    x = b.threshold(x, rng.integers(-2, 2, b.shape(x)[2]), rng.random(b.shape(x)[2]) < 0.5, name="sign3")
    return b.output(b.dense(x, signs(rng, b.shape(x)[2], 4), name="dense"))


def summed() -> Graph:
    """A plain convolution, its image stored and seen again for each of its outputs; borders; a pool of the whole."""
    rng = np.random.default_rng(5)
    b = GraphBuilder("summed")
    x = b.conv(b.input((5, 6, 2)), signs(rng, 3, 3, 2, 4), bias=rng.integers(-9, 9, 4), name="conv1")
    x = b.affine(x, rng.integers(-5, 5, 4), rng.integers(-9, 9, 4), 2, name="scaled")
    x = b.pad(x, Padding(1, 0, 2, 1, Fill.MINUS_ONE), name="pad")
    x = b.conv(b.clip(x, -90, 99, name="clip"), rng.integers(-3, 3, (2, 2, 2, 4)), groups=2, name="conv2")
    x = b.sum_pool(x, b.shape(x)[:2], (1, 1), name="pool")
    return b.output(b.dense(x, rng.integers(-9, 9, (4, 3)), name="dense"))


GRAPHS = {"mnist_like": mnist_like, "colours": colours, "summed": summed}


def test_regions() -> None:
    tail = ("conv2", "pool2", "flat")
    assert regions(mnist_like()) == [
        Region(("conv1", "pool1", *tail), (2, 3, 6)),
        Region(tail, (2, 3, 6, 12)),
    ]
    tail = ("conv2", "sign2", "pool", "sums", "flat", "sign3")
    assert regions(colours()) == [
        Region(("conv1", "sign1", *tail), (3, 6, 12)),
        Region(tail, (2, 3, 4, 6, 12)),
    ]
    assert regions(summed()) == [
        Region(("conv1", "scaled", "pad", "clip", "conv2", "pool"), (2,)),
        Region(("conv2", "pool"), (2, 4)),
    ]


def test_no_region_where_a_branch_or_an_output_asks_for_pixels() -> None:
    rng = np.random.default_rng(1)
    b = GraphBuilder("branch")
    x = b.depthwise(b.input((5, 5, 2)), signs(rng, 3, 3, 2, 1), name="conv")
    x = b.conv(b.add(x, b.clip(x, 0, 99)), signs(rng, 3, 3, 2, 4), name="whole")
    assert regions(b.output(b.dense(x, signs(rng, 4, 2)))) == [Region(("whole",), (2, 4))]
    b = GraphBuilder("map")
    assert regions(b.output(b.depthwise(b.input((5, 5, 2)), signs(rng, 3, 3, 2, 1)))) == []


CASES = [
    (name, region, count) for name, make in GRAPHS.items() for region in regions(make()) for count in region.counts
]


@pytest.mark.parametrize(("name", "region", "count"), CASES, ids=[f"{n}-{r.nodes[0]}-{c}" for n, r, c in CASES])
def test_equal_to_golden(name: str, region: Region, count: int) -> None:
    graph = GRAPHS[name]()
    for seed, stall in ((1, 0.0), (2, 0.3)):
        made = design(graph, planes_plan(graph, region, count, Random(seed)))
        check_network(graph, made, stall=stall, seed=seed)


@settings(max_examples=12, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(graph=chains(), stall=st.sampled_from([0.0, 0.3]), random=st.randoms(use_true_random=False))
def test_random_chains_equal_golden(graph: Graph, stall: float, random: Random) -> None:
    known = regions(graph)
    assume(known)
    region = random.choice(known)
    made = design(graph, planes_plan(graph, region, random.choice(region.counts), random))
    check_network(graph, made, stall=stall)


@pytest.mark.parametrize(
    ("name", "changes", "message"),
    [
        ("pool1", {"planes": 3}, "pool1: planes must be those of conv1 (6), got 3"),
        ("flat", {"planes": 1}, "flat: planes must be those of conv1 (6), got 1"),
        ("dense", {"planes": 2}, "dense: planes must be 1, as no region that can go in planes starts here, got 2"),
        ("conv1", {"planes": 4}, "conv1: planes must divide its outputs (6), got 4"),
        ("conv1", {"planes": 1}, "pool1: planes must be 1, as no region that can go in planes starts here, got 6"),
        ("pool1", {"lanes": 2}, "pool1: lanes must divide the channels of a plane (1), got 2"),
        ("conv2", {"pe": 4}, "conv2: pe must divide the outputs of a group (2), got 4"),
        ("conv2", {"pixels": 4}, "conv2: pixels must be 1 in planes (1), got 4"),
        ("conv2", {"parallel": 2}, "conv2: parallel must divide its groups (1), got 2"),
    ],
)
def test_rules(name: str, changes: dict, message: str) -> None:
    graph = mnist_like()
    plan = planes_plan(graph, regions(graph)[0], 6, Random(1))
    folds = {**plan.folds, name: replace(plan.folds[name], **changes)}
    with pytest.raises(InputError) as raised:
        check_plan(graph, replace(plan, folds=folds))
    assert str(raised.value) == message


def test_a_region_has_its_counts() -> None:
    graph = colours()
    plan = planes_plan(graph, regions(graph)[0], 3, Random(1))
    folds = {name: Fold(planes=4) if fold.planes == 3 else fold for name, fold in plan.folds.items()}
    with pytest.raises(InputError, match="conv1: planes must be 1 or one of 3, 6, 12, got 4"):
        check_plan(graph, replace(plan, folds=folds))
