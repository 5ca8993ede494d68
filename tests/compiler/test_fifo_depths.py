"""Networks with branches: computed FIFO depths never hang, one beat less does, and such a plan is refused."""

from dataclasses import replace

import numpy as np
import pytest

from binloom.compiler.design.design import Design, design
from binloom.compiler.design.fifo import least_depths
from binloom.compiler.design.fold import Plan
from binloom.compiler.errors import InputError
from binloom.compiler.ir.builder import GraphBuilder
from binloom.compiler.ir.graph import Graph
from binloom.compiler.ir.ops import Padding
from binloom.compiler.plan.default import default_plan
from binloom.sim.failures import Stuck
from tests.compiler.bench import check_network, planned, random_frames, run_network, signs


def residual() -> Graph:
    """x + conv(x), the skip straight from the fork to the join."""
    rng = np.random.default_rng(1)
    b = GraphBuilder("residual")
    x = b.input((5, 7, 2), -20, 20)
    y = b.conv(x, signs(rng, 3, 3, 2, 2), padding="same", name="conv")
    return b.output(b.add(x, y, name="sum"))


def nested() -> Graph:
    """x + (y + conv(y)), where y = conv(x): a residual on the branch of another."""
    rng = np.random.default_rng(2)
    b = GraphBuilder("nested")
    x = b.input((6, 5, 1), -9, 9)
    y = b.conv(x, signs(rng, 3, 3, 1, 1), padding="same", name="conv1")
    z = b.conv(y, signs(rng, 3, 3, 1, 1), padding="same", name="conv2")
    inner = b.add(y, z, name="inner")
    return b.output(b.add(x, inner, name="outer"))


def strided() -> Graph:
    """Two branches that both shrink the image, at different paces, and bring several beats at once at its end."""
    rng = np.random.default_rng(3)
    b = GraphBuilder("strided")
    x = b.input((8, 8, 2), -9, 9)
    deep = b.conv(x, signs(rng, 5, 5, 2, 4), padding="same", name="conv5")
    deep = b.conv(deep, signs(rng, 3, 3, 4, 4), padding="same", stride=(2, 2), name="conv3")
    flat = b.conv(x, signs(rng, 1, 1, 2, 4), stride=(2, 2), name="project")
    return b.output(b.add(flat, deep, name="sum"))


def dense_block() -> Graph:
    """Concatenation upon concatenation, every stream with several readers."""
    rng = np.random.default_rng(4)
    b = GraphBuilder("dense_block")
    x = b.input((5, 5, 2), -9, 9)
    first = b.conv(x, signs(rng, 3, 3, 2, 2), padding="same", name="conv1")
    both = b.concat(x, first, name="cat1")
    second = b.conv(both, signs(rng, 3, 3, 4, 2), padding="same", name="conv2")
    return b.output(b.concat(both, second, first, name="cat2"))


def global_gate() -> Graph:
    """The skip waits for a whole frame: x beside what a global pool says of all of x."""
    b = GraphBuilder("gate")
    x = b.input((4, 4, 1), 0, 9)
    whole = b.pad(b.sum_pool(x, (4, 4), name="mean"), Padding(bottom=3, right=3), name="spread")
    return b.output(b.add(x, whole, name="sum"))


def two_outputs() -> Graph:
    """An inner stream is an output as well."""
    rng = np.random.default_rng(5)
    b = GraphBuilder("both")
    x = b.input((4, 6, 1), -9, 9)
    y = b.conv(x, signs(rng, 3, 3, 1, 2), padding="same", name="conv")
    b.output(y, name="inner")
    return b.output(b.add(y, b.max_pool(y, (3, 3), (1, 1), padding="same", name="pool"), name="sum"), name="outer")


GRAPHS = {make.__name__: make for make in (residual, nested, strided, dense_block, global_gate, two_outputs)}


def with_depths(graph: Graph, plan: Plan, depths: dict[str, tuple[int, ...]]) -> Design:
    """The design with these FIFOs only, checked or not."""
    return design(graph, replace(plan, depths=depths), checked=False)


@pytest.mark.parametrize("name", GRAPHS)
@pytest.mark.parametrize("cycles", [40, 400])
def test_planned_depths_deliver_every_frame(name: str, cycles: int) -> None:
    graph = GRAPHS[name]()
    made = planned(graph, cycles)
    check_network(graph, made)
    check_network(graph, made, stall=0.4, seed=2)


@pytest.mark.parametrize("name", GRAPHS)
def test_least_depths_are_enough(name: str) -> None:
    graph = GRAPHS[name]()
    plan = default_plan(graph, 60)
    made = with_depths(graph, plan, {})
    check_network(graph, with_depths(graph, plan, least_depths(made.netlist)))


# The joins' inputs that come straight from a fork, where the least depth is exact.
@pytest.mark.parametrize(
    ("make", "join", "index"),
    [
        (residual, "sum", 0),
        (nested, "outer", 0),
        (nested, "inner", 0),
        (global_gate, "sum", 0),
        (dense_block, "cat1", 0),
    ],
)
def test_one_beat_less_hangs_and_is_refused(make, join: str, index: int) -> None:
    graph = make()
    plan = default_plan(graph, 60)
    least = least_depths(with_depths(graph, plan, {}).netlist)
    assert least[join][index] > 0
    shallow = {**least, join: tuple(d - (i == index) for i, d in enumerate(least[join]))}
    with pytest.raises(Stuck):
        run_network(with_depths(graph, plan, shallow), random_frames(graph, 3, 1), limit=5000)
    source = with_depths(graph, plan, {}).netlist
    source = next(stage for stage in source.stages if stage.name == join).inputs[index]
    wanted, given = least[join][index], shallow[join][index]
    message = (
        f"the FIFO from {source} to {join} holds {given} beats and the network would hang; give it at least {wanted}"
    )
    with pytest.raises(InputError) as raised:
        design(graph, replace(plan, depths=shallow))
    assert str(raised.value) == message


def test_the_skip_waits_for_what_the_kernel_needs() -> None:
    """A 3x3 window over rows of 7 needs 7 + 2 pixels; 8 of them wait when the ninth lets its first result out."""
    graph = residual()
    made = with_depths(graph, default_plan(graph, 60), {})
    assert least_depths(made.netlist) == {"sum": (8, 0)}


def test_a_plan_without_fifos_is_refused() -> None:
    graph = residual()
    with pytest.raises(InputError, match="the FIFO from image to sum holds 0 beats"):
        design(graph, replace(default_plan(graph, 60), depths={}))


def test_depths_of_no_block_are_refused() -> None:
    graph = residual()
    plan = default_plan(graph, 60)
    with pytest.raises(InputError, match="FIFO depths for nowhere, which is no block"):
        design(graph, replace(plan, depths={**plan.depths, "nowhere": (3,)}))
