"""Plans in planes, by dice: a region of a graph, a number of planes, and folds that keep every rule."""

from random import Random

from binloom.compiler.design.design import with_depths
from binloom.compiler.design.fold import Fold, Plan
from binloom.compiler.design.planes import Region
from binloom.compiler.ir.graph import Graph, Node
from binloom.compiler.ir.ops import Conv
from binloom.compiler.plan.default import default_plan


def planes_plan(graph: Graph, region: Region, planes: int, random: Random, cycles: int | None = None) -> Plan:
    """The default plan, but that a region goes in so many planes, with random folds."""
    plan = default_plan(graph, cycles)
    folds = {**plan.folds, **{name: _fold(graph, graph[name], planes, random) for name in region.nodes}}
    return with_depths(graph, Plan(folds, {}, plan.cycles))


def _fold(graph: Graph, node: Node, planes: int, random: Random) -> Fold:
    (source,) = graph.inputs_of(node)
    channels = source.tensor.shape[2]
    if not isinstance(node.op, Conv):
        whole = channels if source.tensor.shape[:2] == (1, 1) else channels // planes
        return Fold(lanes=_divisor(whole, random), planes=planes)
    taps, group = node.op.kernel[0] * node.op.kernel[1], channels // node.op.groups
    groups = max(node.op.groups, planes)
    outputs, parallel = node.tensor.shape[2] // groups, _divisor(groups // planes, random)
    storage = random.choice(["logic", "rom"])
    if parallel > 1:
        return Fold(parallel * group, taps * group, outputs, parallel, storage, planes=planes)
    lanes = _divisor(group, random)
    return Fold(lanes, _divisor(taps * lanes, random), _divisor(outputs, random), 1, storage, planes=planes)


def _divisor(n: int, random: Random) -> int:
    return random.choice([d for d in range(1, n + 1) if n % d == 0])
