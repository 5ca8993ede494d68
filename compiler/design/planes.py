"""Which parts of a graph can run in planes: channel by channel over a stored image, and in how many planes.

A depthwise convolution makes each of its channels out of one: a chain of such convolutions and of pools and
functions of single elements can take one channel, or a few, through all of its pixels and then take the next. What it
keeps of an image at any time is then a plane's share of line buffers and of adders.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from binloom.compiler.ir.graph import Graph, Node
from binloom.compiler.ir.ops import (
    Affine,
    Clip,
    Conv,
    Dense,
    Knee,
    MaxPool,
    Pad,
    PiecewiseAffine,
    Reshape,
    SumPool,
    Threshold,
)

ELEMENTWISE = (Affine, Clip, Knee, PiecewiseAffine, Threshold)
THROUGH = (Conv, MaxPool, SumPool, Pad, *ELEMENTWISE)


@dataclass(frozen=True, slots=True)
class Region:
    """Names of nodes, each of which reads the one before, and the numbers of planes in which they can run.

    The first is a Conv; it keeps the map that it reads. The last gives a vector, in an order that each reader, a Dense,
    makes up for, or in its own. Regions may overlap (one within another's tail): a plan takes one of them.
    """

    nodes: tuple[str, ...]
    counts: tuple[int, ...]


def regions(graph: Graph) -> list[Region]:
    """All regions, in the graph's order, by their first nodes."""
    found = []
    for node in graph:
        chain = _chain(graph, node) if isinstance(node.op, Conv) and not _vector(graph.inputs_of(node)[0]) else []
        if counts := tuple(_counts(chain)):
            found.append(Region(tuple(member.name for member in chain), counts))
    return found


def _chain(graph: Graph, node: Node) -> list[Node]:
    """From a Conv to the vector behind it; empty where something on the way cannot go in planes."""
    chain = [node]
    while not _vector(chain[-1]):
        readers = graph.users[chain[-1].name]
        if len(readers) != 1 or not (isinstance(readers[0].op, THROUGH) or _flattens(readers[0])):
            return []
        chain.append(readers[0])
    if not isinstance(chain[-1].op, Reshape):
        return chain  # one pixel: its channels come in order
    while not all(isinstance(reader.op, Dense) for reader in graph.users[chain[-1].name]):
        readers = graph.users[chain[-1].name]
        if len(readers) != 1 or not isinstance(readers[0].op, ELEMENTWISE):
            return []
        chain.append(readers[0])
    return chain


def _counts(chain: list[Node]) -> Iterator[int]:
    """How many planes the convolutions of a chain allow: each plane whole groups, but the first may share a group."""
    if not chain:
        return
    first: Conv = chain[0].op  # type: ignore[assignment]
    later = [node.op.groups for node in chain[1:] if isinstance(node.op, Conv)]
    outputs = first.weights.shape[-1]
    for count in range(2, outputs + 1):
        shared = first.groups % count == 0 or (count % first.groups == 0 and outputs % count == 0)
        if shared and all(groups % count == 0 for groups in later):
            yield count


def _vector(node: Node) -> bool:
    return node.tensor.shape[:2] == (1, 1)


def _flattens(node: Node) -> bool:
    return isinstance(node.op, Reshape) and _vector(node)
