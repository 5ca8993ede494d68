"""The search finds what trying all folds finds."""

import numpy as np
import pytest

from binloom.compiler.ir.graph import Graph
from binloom.compiler.plan.budget import Budget
from binloom.compiler.plan.choices import Space, undominated
from binloom.compiler.plan.folds import Rates
from binloom.compiler.plan.goal import Goal
from binloom.compiler.plan.search import Found, search
from binloom.compiler.plan.workshop import Workshop
from binloom.compiler.targets.boards import device
from tests.plan import nets
from tests.plan.exhaustive import least

CHIPS = ("ecp5-12f", "ice40-hx8k")
GOALS = (None, "lut")


def found(graph: Graph, chip: str, cycles: int, only: str | None = None, storages=("logic",)) -> Found | None:
    target = device(chip)
    space = Space(graph, Workshop(target), Rates((cycles,), storages), exact=True)
    return search(space, Goal(Budget.of(target).limits, only))


@pytest.mark.parametrize("only", GOALS)
@pytest.mark.parametrize("chip", CHIPS)
@pytest.mark.parametrize("cycles", [25, 40, 100, 1000])
@pytest.mark.parametrize("net", ["chain", "flat", "wide", "depthwise"])
def test_no_plan_is_better(net: str, cycles: int, chip: str, only: str | None) -> None:
    graph = {
        "chain": nets.chain(),
        "flat": nets.chain(2, pooled=False),
        "wide": nets.chain(3, channels=4),
        "depthwise": nets.depthwise(),
    }[net]
    same(graph, chip, cycles, only)


def same(graph: Graph, chip: str, cycles: int, only: str | None = None, storages=("logic",)) -> None:
    target = device(chip)
    wanted = least(graph, target, cycles, Goal(Budget.of(target).limits, only), storages)
    plan = found(graph, chip, cycles, only, storages)
    if plan is None:
        assert wanted == np.inf
    else:
        assert plan.proven
        assert plan.value == pytest.approx(wanted, rel=1e-9)


@pytest.mark.parametrize("cycles", [12, 40, 400])
def test_no_plan_is_better_where_streams_meet_again(cycles: int) -> None:
    same(nets.residual(), "ecp5-12f", cycles)


@pytest.mark.parametrize("chip", CHIPS)
@pytest.mark.parametrize("cycles", [50, 300, 3000])
def test_no_plan_is_better_with_weights_in_block_ram(cycles: int, chip: str) -> None:
    same(nets.heavy(), chip, cycles, storages=("logic", "rom"))


def test_undominated_keeps_one_of_equals_and_what_nothing_beats() -> None:
    rows = np.array([[2, 2], [1, 3], [2, 2], [3, 3], [0, 9], [1, 4]])
    assert undominated(rows).tolist() == [0, 1, 4]
