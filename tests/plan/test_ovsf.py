"""The planner's choice between a stored kernel and a transform of each patch, which many filters share."""

import numpy as np
import pytest

from binloom.compiler.ir.builder import GraphBuilder
from binloom.compiler.ir.graph import Graph
from binloom.compiler.plan.planner import Planner
from binloom.compiler.plan.wish import Wish
from binloom.compiler.targets.devices import DEVICES


def layer(filters: int) -> Graph:
    """A quarter of the codes of 4 x 4 x 8, in no order, over numbers."""
    rng = np.random.default_rng(1)
    b = GraphBuilder("net")
    coefficients = rng.integers(-127, 128, (32, filters))
    return b.output(
        b.ovsf(
            b.input((9, 9, 8), -8, 7), coefficients, (4, 4), codes=rng.permutation(128)[:32], length=128, name="flex"
        )
    )


@pytest.mark.parametrize(("filters", "kernel"), [(32, "transformed"), (1, "stored")])
def test_many_filters_share_a_transform_and_one_does_not(filters: int, kernel: str) -> None:
    made = Planner(layer(filters), DEVICES["ecp5-85f"], Wish(fps=1)).at(5000)
    assert made is not None
    assert made.plan.folds["flex"].kernel == kernel
