"""What every pass writes with: the graph anew, node after node, under names that stay what they were."""

from collections.abc import Collection, Sequence
from dataclasses import replace

from binloom.compiler.ir.graph import Graph, Node, Tensor
from binloom.compiler.ir.ops import BitPlanes, Concat, Fill, MaxPool, Op, Pad, Reshape, Sign, Threshold
from binloom.compiler.ir.shapes import shape_of


class Rewrite:
    """Nodes are kept, replaced or dropped in topological order; `at` says where an old node's value is found now."""

    def __init__(self, graph: Graph) -> None:
        self.old = graph
        self.nodes: list[Node] = []
        self.at: dict[str, str] = {}
        self._new: dict[str, Node] = {}
        self._taken = {node.name.lower() for node in graph}

    def keep(self, node: Node, op: Op | None = None, inputs: Sequence[str] | None = None) -> str:
        """The old node under its own name, perhaps with another op or (new) inputs."""
        read = tuple(self.at[name] for name in node.inputs) if inputs is None else tuple(inputs)
        self._append(node.name, op or node.op, read, node.source)
        self.at[node.name] = node.name
        return node.name

    def put(self, op: Op, inputs: Sequence[str], name: str, source: str, instead: bool = False) -> str:
        """A node that was not there, under this name or one like it; `instead` of an old node, whose name it takes."""
        if instead and name not in self._new:
            self._append(name, op, tuple(inputs), source)
            return name
        unique, count = name, 1
        while unique.lower() in self._taken:
            count += 1
            unique = f"{name}_{count}"
        self._taken.add(unique.lower())
        self._append(unique, op, tuple(inputs), source)
        return unique

    def drop(self, node: Node, instead: str) -> None:
        """The old node goes; its readers find this new node instead."""
        self.at[node.name] = instead

    def amend(self, name: str, op: Op) -> None:
        """Another op for a node already written, of the same shape."""
        place = next(i for i, node in enumerate(self.nodes) if node.name == name)
        self.nodes[place] = self._new[name] = replace(self._new[name], op=op)

    def new(self, name: str) -> Node:
        return self._new[name]

    def graph(self) -> Graph:
        """What was written, less what no output depends on."""
        return without_dead(replace(self.old, nodes=tuple(self.nodes)))

    def _append(self, name: str, op: Op, inputs: tuple[str, ...], source: str) -> None:
        shape = shape_of(op, [self._new[read].tensor.shape for read in inputs])
        node = Node(name, op, inputs, Tensor(shape), source)
        self.nodes.append(node)
        self._new[name] = node


def without_dead(graph: Graph) -> Graph:
    """The graph less the nodes that no output depends on; the input stays."""
    wanted = {node.name for node in (*graph.outputs, *graph.inputs)}
    kept = []
    for node in reversed(graph.nodes):
        if node.name in wanted:
            wanted.update(node.inputs)
            kept.append(node)
    return replace(graph, nodes=tuple(reversed(kept)))


def bit_nodes(graph: Graph) -> set[str]:
    """Names of the nodes whose values are bits."""
    found: set[str] = set()
    for node in graph:
        if gives_bits(node, found):
            found.add(node.name)
    return found


def gives_bits(node: Node, bits: Collection[str]) -> bool:
    """Whether a node's values are bits where those of the nodes named in `bits` are."""
    passes_on = isinstance(node.op, MaxPool | Reshape | Concat) or (
        isinstance(node.op, Pad) and node.op.padding.fill is not Fill.ZERO
    )
    return isinstance(node.op, Sign | Threshold | BitPlanes) or (
        passes_on and all(name in bits for name in node.inputs)
    )
