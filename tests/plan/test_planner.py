"""Wishes and what becomes of them."""

import re
import time
from dataclasses import replace

import numpy as np
import pytest

from binloom.compiler.design.fold import Plan
from binloom.compiler.errors import InputError
from binloom.compiler.ir.builder import GraphBuilder
from binloom.compiler.ir.graph import Graph
from binloom.compiler.ir.ops import Conv, Dense
from binloom.compiler.plan.budget import Budget, vector
from binloom.compiler.plan.choices import Space
from binloom.compiler.plan.default import default_plan
from binloom.compiler.plan.folds import MOST_CHAINED, Rates, folds_of
from binloom.compiler.plan.goal import Goal
from binloom.compiler.plan.planner import Planned, measured
from binloom.compiler.plan.refusal import plan_for
from binloom.compiler.plan.search import search
from binloom.compiler.plan.wish import Bound, Wish
from binloom.compiler.plan.workshop import Workshop
from binloom.compiler.targets.boards import board, device
from tests.compiler.bench import check_network, small_graph
from tests.plan import nets

CHIP = device("ecp5-12f")


def planned(graph: Graph, chip=CHIP, **wish) -> Planned:
    return plan_for(graph, chip, Wish(**{"clock": 100, **wish}))


def worth(made: Planned) -> float:
    return float(Goal(Budget.of(made.device).limits).value(vector(made.area)[None])[0])


@pytest.mark.parametrize("net", [small_graph, nets.depthwise, nets.residual])
def test_more_frames_never_cost_less(net) -> None:
    """Of what is searched for, the blocks; FIFOs and cuts between them follow from these."""
    graph, shop, goal = net(), Workshop(CHIP), Goal(Budget.of(CHIP).limits)
    spaces = [Space(graph, shop, Rates((cycles,)), exact=True) for cycles in (40, 60, 100, 300, 1_000, 9_000)]
    found = [search(space, goal) for space in spaces]
    values = [plan.value for plan in found if plan is not None]
    assert len(values) >= 4
    assert values == sorted(values, reverse=True)


@pytest.mark.parametrize("rate", [1_000, 100_000, 900_000])
def test_what_is_asked_for_is_reached(rate: int) -> None:
    assert planned(small_graph(), fps=rate).fps >= rate


@pytest.mark.parametrize("net", [small_graph, nets.depthwise, nets.residual, nets.heavy])
@pytest.mark.parametrize("wish", [{"fps": 200_000}, {"fit": 0.05}, {"smallest": True}, {"latency": 3e-6}])
def test_planned_networks_equal_golden(net, wish: dict) -> None:
    """The same frames as ever, with random stalls on both sides."""
    graph = net()
    made = planned(graph, **wish)
    check_network(graph, made.design, stall=0.3, seed=3)


@pytest.mark.parametrize("share", [0.03, 0.05, 0.2])
def test_what_fits_fits_and_nothing_faster_does(share: float) -> None:
    graph = small_graph()
    made = planned(graph, fit=share)
    assert max(made.shares().values()) <= share
    bounds = {what: Bound(share, True) for what in ("lut", "ff", "bram", "dsp")}
    with pytest.raises(InputError):
        planned(graph, fps=1.1 * made.fps, bounds=bounds)


def test_a_bound_is_kept_and_costs_something_else() -> None:
    graph = nets.heavy()
    free = planned(graph, fps=500_000)
    bound = planned(graph, fps=500_000, bounds={"lut": Bound(free.area.lut - 20)})
    assert bound.area.lut <= free.area.lut - 20
    assert max(bound.area.ff, bound.area.bram, bound.area.dsp) > 0
    assert worth(bound) > worth(free)


def test_the_smallest_has_the_fewest_luts() -> None:
    graph = small_graph()
    smallest = planned(graph, smallest=True)
    for other in (planned(graph, fps=10), planned(graph, fps=10_000), measured(graph, default_plan(graph), CHIP, 100)):
        assert smallest.area.lut <= other.area.lut
    quick = planned(graph, smallest=True, fps=100_000)
    assert quick.fps >= 100_000
    assert quick.area.lut >= smallest.area.lut


def test_a_bound_on_the_latency_speeds_up_what_holds_up_the_rest() -> None:
    """The least for a rate is balanced, and slow to answer."""
    graph = nets.deep(6, channels=8, size=8)
    balanced = planned(graph, fps=20_000)
    limit = 0.6 * balanced.latency
    prompt = planned(graph, fps=20_000, latency=limit)
    assert prompt.latency <= limit < balanced.latency
    assert prompt.fps >= 20_000
    assert worth(prompt) > worth(balanced)


def test_the_shortest_latency_beats_every_bound_that_is_met() -> None:
    graph = nets.deep(4, channels=8, size=8)
    shortest = planned(graph, shortest=True)
    assert max(shortest.shares().values()) <= 0.8
    assert shortest.latency <= planned(graph, fit=0.8).latency
    bounds = {what: Bound(0.8, True) for what in ("lut", "ff")}
    with pytest.raises(InputError, match="cannot be had"):
        planned(graph, latency=0.5 * shortest.latency, bounds=bounds)


def test_the_shortest_latency_is_no_longer_than_that_of_the_fastest() -> None:
    graph = nets.forked()
    assert planned(graph, shortest=True).latency <= planned(graph, fit=0.8).latency


def test_a_latency_that_can_be_had_is_had() -> None:
    """Every bound that the shortest latency meets, and not only those from which the search finds its way."""
    graph = nets.forked()
    shortest = planned(graph, shortest=True).latency
    for times in (1.001, 1.02):
        assert planned(graph, latency=times * shortest).latency <= times * shortest


def test_the_clock_of_the_model_is_taken_where_none_is_given() -> None:
    made = plan_for(small_graph(), CHIP, Wish(fps=50_000))
    assert made.fps >= 50_000
    assert made.clock != 100
    assert made.fps == pytest.approx(1e6 * made.clock / made.timing.cycles)


@pytest.mark.parametrize(
    ("wish", "message"),
    [
        (
            {"fps": 1e8},
            r"100,000,000 frames a second cannot be had, for image takes 36 cycles a frame in its fastest fold, "
            r"at 100.0 MHz; the most are [\d,]+ \(--fps \d+\)",
        ),
        (
            {"fps": 100_000, "bounds": {"lut": Bound(200)}},
            r"no plan fits, however slow: it takes \d+ of the 200 LUTs there are to spend, \d+ of them for \w+; "
            r"spend more of the device, or give a larger device, or a smaller network",
        ),
        (
            {"fps": 1_000_000, "bounds": {"lut": Bound(400)}},
            r"1,000,000 frames a second cannot be had, for it takes [\d,]+ of the 400 LUTs there are to spend, "
            r"[\d,]+ of them for \w+; the most are [\d,]+ \(--fps \d+\)",
        ),
        (
            {"fps": 1_000, "latency": 1e-8},
            r"a latency of 0.01 us at 1,000 frames a second cannot be had, for .*; the shortest is [\d.]+ us "
            r"\(--latency [\d.]+us\)",
        ),
    ],
)
def test_what_cannot_be_had_is_answered_with_the_nearest(wish: dict, message: str) -> None:
    with pytest.raises(InputError) as raised:
        planned(small_graph(), **wish)
    assert re.fullmatch(message, str(raised.value)), str(raised.value)


def test_a_clock_that_stands_in_the_way_is_told_and_can_be_counted_on() -> None:
    """Of a network whose image alone takes 36 cycles."""
    rate = 1.15e6 * plan_for(small_graph(), CHIP, Wish(fit=1)).clock / 36
    with pytest.raises(InputError) as raised:
        plan_for(small_graph(), CHIP, Wish(fps=rate))
    told = re.fullmatch(
        r"[\d,]+ frames a second cannot be had, for image takes 36 cycles a frame in its fastest fold, which asks for "
        r"a clock of ([\d.]+) MHz where [\d.]+ are expected; the most are [\d,]+ \(--fps \d+\), or count on the clock "
        r"that `binloom build` has reached \(--clock ([\d.]+)\)",
        str(raised.value),
    )
    assert told, str(raised.value)
    assert told[1] == told[2]
    assert plan_for(small_graph(), CHIP, Wish(fps=rate, clock=float(told[2]))).fps >= rate


def test_the_nearest_can_be_had() -> None:
    graph, bounds = small_graph(), {"lut": Bound(400)}
    with pytest.raises(InputError) as raised:
        planned(graph, fps=1_000_000, bounds=bounds)
    nearest = int(str(raised.value).rpartition("--fps ")[2].rstrip(")"))
    assert planned(graph, fps=nearest, bounds=bounds).fps >= nearest


@pytest.mark.parametrize(
    ("wish", "message"),
    [
        ({}, "nothing says what the plan is to reach"),
        ({"fps": 10, "fit": 0.5}, "a number of frames a second and the most frames a second that fit cannot both"),
        ({"fit": 0.5, "smallest": True}, "the most frames a second that fit and the smallest plan cannot both be had"),
        ({"shortest": True, "smallest": True}, "the shortest latency and the smallest plan cannot both be had"),
        ({"shortest": True, "latency": 1}, "the shortest latency and a bound on the latency cannot both be had"),
        ({"fit": 1.5}, "the share to fit into must be above 0% and at most 100%, got 150%"),
        ({"fps": -1}, r"frames a second must be a number from 1e-06 to 1e\+12, got -1"),
        ({"fps": float("inf")}, r"frames a second must be a number from 1e-06 to 1e\+12, got inf"),
        ({"fit": 0.5, "clock": 1e-9}, "a clock must be a number of MHz from 0.001 to 100000, got 1e-09"),
        ({"fps": 1, "bounds": {"gates": Bound(1)}}, "'gates' is not one of lut, ff, bram, dsp, spram"),
    ],
)
def test_wishes_that_make_no_sense(wish: dict, message: str) -> None:
    with pytest.raises(InputError, match=message):
        Wish(**wish)


@pytest.mark.parametrize(
    ("text", "bound"), [("5000", Bound(5000)), ("0", Bound(0)), ("40%", Bound(0.4, True)), ("2.5%", Bound(0.025, True))]
)
def test_bounds_as_text(text: str, bound: Bound) -> None:
    assert Bound.of(text) == bound
    assert Bound.of(text).count(1000) == pytest.approx(bound.amount * (1000 if bound.relative else 1))


@pytest.mark.parametrize("text", ["", "-3", "9" * 30, "many", "1e3", "50 %%", "%"])
def test_no_bounds(text: str) -> None:
    with pytest.raises(ValueError, match="is no number and no percentage"):
        Bound.of(text)


@pytest.mark.parametrize("wish", [{"fps": 5_000}, {"fit": 0.8}])
def test_twenty_layers_take_seconds(wish: dict) -> None:
    """Aimed at is 5 s; the bound is generous, since machines differ."""
    graph = nets.deep(20)
    start = time.process_time()
    made = plan_for(graph, board("ulx3s-85f"), Wish(**wish))
    assert made.fps >= 5_000
    assert time.process_time() - start < 10


def test_large_weights_are_loaded_where_block_ram_is_short() -> None:
    b = GraphBuilder("wide_dense")
    rng = np.random.default_rng(1)
    graph = b.output(b.dense(b.input((1, 1, 4096)), rng.integers(-127, 128, (4096, 16)), name="dense"))
    made = plan_for(graph, board("icebreaker"), Wish(fps=100))
    assert made.plan.folds["dense"].storage == "ram"
    assert 0 < made.area.spram <= 4
    assert plan_for(graph, board("ulx3s-85f"), Wish(fps=100)).plan.folds["dense"].storage == "rom"


def test_large_arrays_of_bits_stay_out_of_carry_chains() -> None:
    """They find no ways there; small ones, and those whose weights are built in, do not change."""
    graph = nets.deep(4, channels=64, size=16)
    conv = next(node for node in graph if isinstance(node.op, Conv) and node.op.weights.shape[2] == 64)
    found = folds_of(conv, graph.inputs_of(conv), Rates((400, 40_000)))
    assert {fold.popcount for fold in found} == {"chains", "luts"}
    for fold in found:
        products = fold.simd * fold.pe * fold.parallel
        large = products * fold.pixels >= MOST_CHAINED and products < conv.op.weights.size
        assert (fold.popcount == "luts") == large


def test_a_network_whose_bits_are_counted_in_luts_equals_golden() -> None:
    graph = nets.deep(2, channels=16, size=6)
    plan = default_plan(graph, 2_000)
    folds = {
        name: replace(fold, popcount="luts") if isinstance(graph[name].op, Conv | Dense) else fold
        for name, fold in plan.folds.items()
    }
    made = measured(graph, Plan(folds, {}, plan.cycles), CHIP)
    check_network(graph, made.design, stall=0.3, seed=3)


def test_few_weights_serve_many_pixels_where_their_bandwidth_is_short() -> None:
    graph = nets.deep(4, channels=64, size=16)
    made = plan_for(graph, board("ulx3s-85f"), Wish(fps=20_000, clock=100))
    assert max(fold.pixels for fold in made.plan.folds.values()) > 1
