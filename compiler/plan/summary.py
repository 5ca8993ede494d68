"""A plan in words: a row an op, the whole beside what the device has, and how fast it is."""

from collections.abc import Iterator
from math import inf

from binloom.compiler.design.design import units_of
from binloom.compiler.design.timing import cycles_of
from binloom.compiler.ir.graph import Node
from binloom.compiler.ir.ops import Conv, Dense, OvsfConv
from binloom.compiler.plan.budget import RESOURCES, Budget
from binloom.compiler.plan.planner import Planned
from binloom.compiler.targets.area import Area

COLUMNS = ("op", "fold", "cycles", "LUT", "FF", "block RAM", "DSP", "SPRAM")


def rows(made: Planned) -> Iterator[tuple[tuple[str, ...], bool]]:
    """A row an op for COLUMNS, and whether it is the slowest; then what is left for a link where there is to be one,
    the sums, and their shares of the device."""
    slowest = made.design.node_of(made.timing.bottleneck)
    for node in made.design.graph:
        counts = (f"{getattr(made.areas[node.name], what):,}" for what in RESOURCES)
        yield (
            (
                node.name,
                made.plan.folds[node.name].told(isinstance(node.op, Conv | Dense | OvsfConv)),
                f"{cycles(made, node):,}",
                *counts,
            ),
            node.name == slowest,
        )
    if made.aside != Area():
        yield ("the link", "", "", *(f"{getattr(made.aside, what):,}" for what in RESOURCES)), False
    whole = made.area + made.aside
    yield ("all", "", f"{made.timing.cycles:,}", *(f"{getattr(whole, what):,}" for what in RESOURCES)), False
    has, shares = Budget.of(made.device).has, made.shares()
    yield (
        (f"of {made.device.name}", "", "", *(f"{shares[what]:.0%}" if has[what] else "-" for what in RESOURCES)),
        False,
    )


def cycles(made: Planned, node: Node) -> int:
    """Cycles a frame of a node's blocks; of a node without any, the beats of its stream."""
    stages = made.design.stages[node.name]
    return max(
        map(cycles_of, units_of(stages)), default=made.design.netlist.map_of(made.design.streams[node.name]).beats
    )


def sentence(made: Planned) -> str:
    """How fast it is."""
    return (
        f"predicted: {made.timing.cycles:,} cycles a frame (set by {made.design.node_of(made.timing.bottleneck)}), "
        f"{made.clock:.1f} MHz, {made.fps:,.0f} frames a second, latency {1e6 * made.latency:,.1f} us"
    )


def optimal(made: Planned) -> str:
    """How good the search found it to be."""
    if made.gap == inf:
        return "other folds may take less, of which none was found that is in time"
    if made.gap < 1e-6:
        return "by the cost model no other folds that were looked at take less"
    return f"by the cost model other folds take at most {made.gap:.0%} less"


def head(made: Planned, target: str, command: str) -> tuple[str, ...]:
    """The first comment of plan.toml."""
    whole = made.area + made.aside
    taken = ", ".join(
        f"{getattr(whole, what):,} {word} ({share:.0%})"
        for (what, word), share in zip(
            RESOURCES.items(), (made.shares().get(what, 0.0) for what in RESOURCES), strict=True
        )
    )
    return (
        f"Plan of {made.design.graph.name} for {target}: {command}",
        sentence(made),
        f"by the cost model it takes {taken}{', its link among them' if made.aside != Area() else ''}",
        "",
        "Change what you like and apply it: binloom plan DIR --plan plan.toml. FIFO depths may be left out.",
    )


def notes(made: Planned) -> dict[str, str]:
    """Words beside each op in plan.toml."""
    found = {}
    for node in made.design.graph:
        area = made.areas[node.name]
        counts = ", ".join(f"{getattr(area, what):,} {word}" for what, word in RESOURCES.items() if getattr(area, what))
        found[node.name] = f"{type(node.op).__name__}: {cycles(made, node):,} cycles" + (
            f", {counts}" if counts else ""
        )
    return found
