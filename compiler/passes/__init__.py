"""The passes: from the real graph to the integer one, each a pure function Graph -> Graph, in the order below.

To add one: a file with one function, its line in PASSES, a test in tests/passes named for the rewrite.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from binloom.compiler.errors import InputError
from binloom.compiler.ir.defect import GraphError
from binloom.compiler.ir.graph import Graph
from binloom.compiler.ir.rules import accumulators_fit, check
from binloom.compiler.passes.drop_identities import drop_identities
from binloom.compiler.passes.exact_kernels import exact_kernels
from binloom.compiler.passes.exchange_pool_threshold import exchange_pool_threshold
from binloom.compiler.passes.fold_activations import fold_activations
from binloom.compiler.passes.fold_affine_threshold import fold_affine_threshold
from binloom.compiler.passes.fold_pads import fold_pads
from binloom.compiler.passes.fold_threshold import fold_threshold
from binloom.compiler.passes.hoist_signs import hoist_signs
from binloom.compiler.passes.infer_widths import infer_widths
from binloom.compiler.passes.merge_affines import merge_affines
from binloom.compiler.passes.merge_knees import merge_knees
from binloom.compiler.passes.share_equal import share_equal
from binloom.compiler.passes.sink_activations import sink_activations
from binloom.compiler.passes.sink_scales import sink_scales
from binloom.compiler.passes.sum_neighbours import sum_neighbours

Pass = Callable[[Graph], Graph]

PASSES: tuple[Pass, ...] = (
    sink_activations,  # first, so that a sign behind a pool meets the activation
    hoist_signs,
    drop_identities,  # after hoisting: a sign may have come to stand over bits
    fold_activations,  # while slopes are still exact
    fold_pads,
    exact_kernels,  # before the scales, so that no kernel is quantised that need not be
    share_equal,
    sink_scales,
    fold_threshold,  # from here on everything is an integer
    fold_affine_threshold,
    share_equal,
    exchange_pool_threshold,  # after sharing: a pool with two equal thresholds has one reader again
    merge_affines,
    sum_neighbours,
    merge_knees,  # once the affines around a slope are one on each side
    drop_identities,
    infer_widths,
)


@dataclass(frozen=True, slots=True)
class PassOptions:
    """`weight_bits`: how many bits a kernel gets that is neither binary nor whole numbers."""

    weight_bits: int = 8


def run_passes(
    graph: Graph, options: PassOptions | None = None, on_pass: Callable[[str, Graph], None] | None = None
) -> Graph:
    """The integer graph. `on_pass` is shown each pass' name and result, the rules having been checked."""
    options = options or PassOptions()
    if not 2 <= options.weight_bits <= 16:
        raise InputError(f"weight bits must lie between 2 and 16, got {options.weight_bits}", "8 is a good choice")
    graph = replace(graph, meta={**graph.meta, "weight_bits": options.weight_bits})
    for place, each in enumerate(PASSES):
        graph = each(graph)
        demand_rules(graph, integer=each is PASSES[-1], narrowed=place >= PASSES.index(sink_scales))
        if on_pass is not None:
            on_pass(each.__name__, graph)
    return graph


def demand_rules(graph: Graph, integer: bool, narrowed: bool) -> None:
    """`check`, less the rule that every accumulator fits as long as `sink_scales` has not seen to that."""
    try:
        check(graph, integer)
    except GraphError as error:
        if narrowed or error.rule != accumulators_fit.__name__:
            raise


__all__ = ["PASSES", "Pass", "PassOptions", "run_passes"]
