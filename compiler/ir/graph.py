"""The graph: frozen nodes in topological order, each an op, the names of its inputs and, once inferred, its tensor."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from binloom.compiler.ir.ops import Input, Op, Output, Shape
from binloom.hw.element import Element


@dataclass(frozen=True, slots=True)
class Tensor:
    """Shape and element of a node's result. `element` is None where nobody has inferred it yet (`infer.py`)."""

    shape: Shape
    element: Element | None = None

    def __str__(self) -> str:
        return "x".join(map(str, self.shape)) + (f" {self.element}" if self.element else "")


@dataclass(frozen=True, slots=True)
class Node:
    """One op under a name that is also a Verilog identifier (letters, digits, underscores)."""

    name: str
    op: Op
    inputs: tuple[str, ...]
    tensor: Tensor
    source: str = ""  # the layer it comes from


@dataclass(frozen=True)
class Graph:
    """Nodes in topological order. `meta` holds plain JSON values: input scale, class names, the model's hash, notes."""

    name: str
    nodes: tuple[Node, ...]
    meta: Mapping[str, object] = field(default_factory=dict)

    @cached_property
    def by_name(self) -> dict[str, Node]:
        return {node.name: node for node in self.nodes}

    @cached_property
    def users(self) -> dict[str, list[Node]]:
        """For each node's name, the nodes that read it, in order."""
        users: dict[str, list[Node]] = {node.name: [] for node in self.nodes}
        for node in self.nodes:
            for name in node.inputs:
                users[name].append(node)
        return users

    def __iter__(self) -> Iterator[Node]:
        return iter(self.nodes)

    def __getitem__(self, name: str) -> Node:
        return self.by_name[name]

    def inputs_of(self, node: Node) -> tuple[Node, ...]:
        return tuple(self.by_name[name] for name in node.inputs)

    @property
    def inputs(self) -> tuple[Node, ...]:
        return tuple(node for node in self.nodes if isinstance(node.op, Input))

    @property
    def outputs(self) -> tuple[Node, ...]:
        return tuple(node for node in self.nodes if isinstance(node.op, Output))

    def note(self, text: str) -> "Graph":
        """The same graph with one more line for the user, such as the change of accuracy by a quantisation."""
        notes = list(self.meta.get("notes", ()))  # type: ignore[call-overload]
        return replace(self, meta={**self.meta, "notes": [*notes, text]})
