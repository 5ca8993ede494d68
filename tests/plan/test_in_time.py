"""Bounds of plans that are to answer in time: no plan is lost by them, and few labels are left."""

import numpy as np
import pytest

from binloom.compiler.ir.graph import Graph
from binloom.compiler.plan.ahead import Ahead
from binloom.compiler.plan.budget import Budget
from binloom.compiler.plan.choices import Space
from binloom.compiler.plan.folds import Rates
from binloom.compiler.plan.goal import Goal
from binloom.compiler.plan.in_time import InTime
from binloom.compiler.plan.search import search
from binloom.compiler.plan.workshop import Workshop
from binloom.compiler.targets.boards import device
from tests.plan import nets

CHIP = device("ecp5-12f")
ALL = (1 << 30,)  # labels: none is cut
CYCLES = 400


def timed(graph: Graph) -> Space:
    rates = Rates(tuple(CYCLES >> level for level in range(4)), ("logic",))
    return Space(graph, Workshop(CHIP), rates, timed=True, exact=True)


@pytest.mark.parametrize("only", [None, "lut"])
@pytest.mark.parametrize("net", [nets.chain, nets.residual, nets.depthwise])
def test_no_plan_in_time_is_lost(net, only: str | None, monkeypatch) -> None:
    """With the bounds and without, all labels that may be in time being followed."""
    space, goal = timed(net()), Goal(Budget.of(CHIP).limits, only)
    horizons = (40, 60, 90, 150, 300, 900)
    found = [search(space, goal, horizon, ALL) for horizon in horizons]
    monkeypatch.setattr(InTime, "bound", lambda self, live, total, times: np.empty((len(total), 0)))
    wanted = [search(space, goal, horizon, ALL) for horizon in horizons]
    assert [plan and plan.value for plan in found] == [plan and plan.value for plan in wanted]
    values = [plan.value for plan in found if plan is not None]
    assert len(set(values)) > 1
    assert values == sorted(values, reverse=True)


@pytest.mark.parametrize("share", [0.2, 0.4, 0.8])
def test_no_plan_in_time_is_below_the_bound(share: float) -> None:
    """Nor far above it, where a price for time says what is right."""
    space, goal = timed(nets.chain(3, channels=4)), Goal(Budget.of(CHIP).limits)
    free = search(space, goal, 1e9, ALL)
    soonest = min(horizon for horizon in range(1, 2000, 5) if search(space, goal, horizon, ALL) is not None)
    horizon = soonest / share
    found = search(space, goal, horizon, ALL)
    assert free is not None
    assert found is not None
    assert free.value <= InTime(Ahead(space, goal), horizon).whole <= found.value + 1e-9
