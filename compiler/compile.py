"""From an integer graph to a build: plan, hardware, Verilog, manifest and vectors, all of it or nothing."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from binloom.compiler.build import PLAN, Build, replaced, seal
from binloom.compiler.design.design import Design, design, with_depths
from binloom.compiler.design.fold import Plan
from binloom.compiler.emit.load import write_load
from binloom.compiler.emit.manifest import manifest
from binloom.compiler.emit.others import write_for_others
from binloom.compiler.emit.ports import STYLES, Ports, ports_of
from binloom.compiler.emit.vectors import frames_for, write_vectors
from binloom.compiler.emit.verilog import write_verilog
from binloom.compiler.errors import InputError
from binloom.compiler.ir import serialise
from binloom.compiler.ir.graph import Graph, Node, Tensor
from binloom.compiler.ir.infer import infer
from binloom.compiler.ir.names import is_identifier
from binloom.compiler.ir.ops import ArgMax, Output
from binloom.compiler.ir.rules import check
from binloom.compiler.plan.default import default_plan

__all__ = ["Build", "CompileOptions", "Writer", "compile_graph"]

OUTPUTS = ("logits", "class", "both")

# Writes further files into the folder of a build; is given the manifest, still without its list of files.
Writer = Callable[[Path, dict], None]


@dataclass(frozen=True, slots=True)
class CompileOptions:
    """What can be asked of a compilation.

    ports: "plain" (ready/valid) or "axi" (AXI4-Stream).
    output: what the hardware delivers: "logits", the "class" of the largest of them, or "both".
    cycles: clock cycles a frame to aim at; None picks a sane size.
    name: of the top module; None takes the model's.
    images: whose first frames become test vectors; None takes random ones.
    """

    ports: str = "plain"
    output: str = "logits"
    cycles: int | None = None
    name: str | None = None
    images: np.ndarray | None = None

    def __post_init__(self) -> None:
        for what, given, known in (("ports", self.ports, STYLES), ("output", self.output, OUTPUTS)):
            if given not in known:
                raise InputError(f"{what} must be one of {', '.join(known)}, got {given!r}")
        if self.cycles is not None and self.cycles < 1:
            raise InputError(f"cycles a frame must be at least 1, got {self.cycles}")
        if self.name is not None and not is_identifier(self.name):
            raise InputError(f"{self.name!r} cannot name a Verilog module", "use letters, digits and underscores")


def compile_graph(
    graph: Graph,
    out: Path | str,
    options: CompileOptions | None = None,
    *,
    plan: Plan | None = None,
    extra_writers: Sequence[Writer] = (),
    on_step: Callable[[str], None] | None = None,
) -> Build:
    """Writes a build into `out`, all of it or nothing, by this plan or the default one.

    InputError for what the user can mend.
    """
    options = options or CompileOptions()
    tell = on_step or (lambda step: None)
    out = Path(out).resolve()
    graph = with_outputs(replace(graph, name=options.name or graph.name), options.output)
    tell("planning")
    plan = with_depths(graph, plan or default_plan(graph, options.cycles))
    frames = frames_for(graph, options.images)
    return write_build(out, design(graph, plan), options.ports, frames, extra_writers=extra_writers, on_step=tell)


def write_build(
    out: Path,
    made: Design,
    style: str,
    frames: np.ndarray,
    *,
    extra_writers: Sequence[Writer] = (),
    plan_file: str | None = None,
    on_step: Callable[[str], None] | None = None,
) -> Build:
    """A design as a build with ports of that style and vectors of these frames; beside it plan.toml, where given."""
    tell = on_step or (lambda step: None)
    graph, ports = made.graph, ports_of(made.netlist, style)
    with replaced(out) as folder:
        about = manifest(made, ports)
        serialise.save(graph, folder)
        tell("writing Verilog")
        head = headline(made, ports, about)
        text = write_verilog(made.netlist, ports.style, head)
        (folder / f"{graph.name}.v").write_text(text, encoding="utf-8", newline="\n")
        write_for_others(folder, made, ports, about, len(frames), head)
        write_load(folder, made)
        tell("writing test vectors")
        write_vectors(folder / "vectors", graph, ports, frames)
        for write in extra_writers:
            write(folder, about)
        whole = seal(folder, about)
        if plan_file is not None:
            (folder / PLAN).write_text(plan_file, encoding="utf-8", newline="\n")
    return Build(out, graph, made.plan, whole)


def with_outputs(graph: Graph, output: str) -> Graph:
    """The graph that also, or only, delivers the index of the largest element of each of its vectors."""
    if output == "logits":
        return graph
    nodes: list[Node] = []
    told: dict[str, dict] = dict(graph.meta.get("outputs", {}))  # type: ignore[call-overload]
    for node in graph:
        if not isinstance(node.op, Output):
            nodes.append(node)
            continue
        if node.tensor.shape[:2] != (1, 1):
            raise InputError(f"{node.name} is a map, and has no class", "compile with the output as logits")
        best, port = f"{node.name}_argmax", f"{node.name}_class"
        for name in (best, port):
            if name in graph.by_name:
                raise InputError(f"two nodes would both be {name!r}", "rename the layer")
        told[port] = {"layer": told.get(node.name, {}).get("layer", node.source), "class_of": node.name}
        if output == "class":
            told.pop(node.name, None)
        else:
            nodes.append(node)
        nodes.append(Node(best, ArgMax(), node.inputs, Tensor((1, 1, 1)), node.source))
        nodes.append(Node(port, Output(), (best,), Tensor((1, 1, 1)), node.source))
    graph = infer(Graph(graph.name, tuple(nodes), {**graph.meta, "outputs": told}))
    check(graph, integer=True)
    return graph


def headline(made: Design, ports: Ports, about: dict) -> list[str]:
    """What the Verilog file says of itself."""
    timing = about["timing"]
    return [
        f"{made.graph.name}, made by binloom {about['binloom']}",
        f"model sha256 {about['model']['sha256']}",
        f"{timing['cycles_per_frame']} clock cycles a frame (predicted), set by {timing['bottleneck']}",
    ]
