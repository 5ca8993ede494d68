"""From a graph and a plan to the network of hardware blocks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from binloom.compiler.design.blocks import stages_of
from binloom.compiler.design.cuts import with_cuts
from binloom.compiler.design.fifo import check_depths, plan_depths
from binloom.compiler.design.fold import Plan, check_plan
from binloom.compiler.design.names import check_names
from binloom.compiler.design.overlap import without_hangs
from binloom.compiler.design.tensors import map_of
from binloom.compiler.errors import InputError
from binloom.compiler.ir.graph import Graph
from binloom.compiler.ir.ops import Input, Output
from binloom.hw.network import LOAD_PORT, Netlist, Stage
from binloom.hw.stream import Map


@dataclass(frozen=True)
class Design:
    """A graph, its plan and the blocks that follow from the two.

    `stages` are the blocks of each node, the last under the node's own name; `streams` says which stream carries a
    node's tensor (an Output's is that of the node it shows).
    """

    graph: Graph
    plan: Plan
    netlist: Netlist
    stages: Mapping[str, tuple[Stage, ...]]
    streams: Mapping[str, str]

    def node_of(self, stage: str) -> str:
        """The node that a stage, or an input, belongs to."""
        return next((name for name, made in self.stages.items() if any(s.name == stage for s in made)), stage)

    @property
    def owners(self) -> dict[str, str]:
        """For each part of the netlist, FIFOs, cuts and forks too, the node that it belongs to."""
        owners = {name: name for name in self.netlist.inputs}
        for node, made in self.stages.items():
            for stage in made:
                owners[stage.name] = owners[f"{stage.name}_cut"] = node
                owners |= {stage.fifo(index): node for index in range(len(stage.ports))}
        return owners | {f"{name}_fork": owner for name, owner in owners.items()}

    @property
    def units(self) -> list[tuple[Stage, ...]]:
        """The stages in runs without a FIFO between them: those of one node, or one by one where streams join."""
        return [unit for made in self.stages.values() for unit in units_of(made)]


def units_of(stages: Sequence[Stage]) -> list[tuple[Stage, ...]]:
    """The stages of one node in runs without a FIFO between them."""
    joins = any(len(stage.inputs) > 1 for stage in stages)
    return [(stage,) for stage in stages] if joins else [tuple(stages)] if stages else []


def with_depths(graph: Graph, plan: Plan) -> Plan:
    """The plan with depths for its FIFOs, where it has none."""
    if plan.depths:
        return plan
    bare = design(graph, plan, checked=False)
    return replace(plan, depths=plan_depths(bare.netlist, bare.units))


def _check_rows(stages: Sequence[Stage], plan: Plan) -> None:
    for stage in stages:
        given, inputs = plan.depths.get(stage.name, ()), len(stage.inputs)
        if given and len(given) != inputs:
            raise InputError(
                f"the plan has {len(given)} FIFO depths for {stage.name}, which has {inputs} "
                f"input{'s' if inputs > 1 else ''}",
                "give one for each input",
            )


def design(graph: Graph, plan: Plan, *, checked: bool = True) -> Design:
    """The blocks of every node under its fold, with the plan's FIFOs.

    InputError where the plan breaks a rule. `checked=False` lets FIFOs be too shallow, for whoever works them out.
    """
    check_plan(graph, plan)
    inputs: dict[str, Map] = {}
    outputs: dict[str, str] = {}
    stages: dict[str, tuple[Stage, ...]] = {}
    shown: dict[str, tuple[str, Map]] = {}
    for node in graph:
        if isinstance(node.op, Input):
            inputs[node.name] = map_of(node, plan.folds[node.name].lanes)
            stages[node.name], shown[node.name] = (), (node.name, inputs[node.name])
            continue
        made = stages_of(node, plan.folds[node.name], [shown[name] for name in node.inputs])
        _check_rows(made, plan)
        stages[node.name] = tuple(replace(stage, depths=plan.depths.get(stage.name, ())) for stage in made)
        shown[node.name] = (made[-1].name, made[-1].block.o_map) if made else shown[node.inputs[0]]
        if isinstance(node.op, Output):
            outputs[node.name] = shown[node.name][0]
    flat = tuple(stage for made in stages.values() for stage in made)
    if unknown := sorted(set(plan.depths) - {stage.name for stage in flat}):
        raise InputError(f"the plan has FIFO depths for {unknown[0]}, which is no block of the network")
    streams, ports = [stage.name for stage in flat], [*inputs, *outputs]
    check_names(graph.name, streams, ports)
    safe = without_hangs(Netlist(graph.name, inputs, flat, outputs))
    stages = {name: tuple(safe[stage.name] for stage in made) for name, made in stages.items()}
    netlist = with_cuts(Netlist(graph.name, inputs, tuple(safe.values()), outputs))
    ports += [LOAD_PORT] if netlist.loaded else []
    check_names(graph.name, streams + netlist.parts, ports)
    if checked:
        check_depths(netlist)
    return Design(graph, plan, netlist, stages, {name: stream for name, (stream, _) in shown.items()})
