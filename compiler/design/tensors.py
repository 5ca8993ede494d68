"""What the nodes of a finished graph carry, as streams see it."""

from binloom.compiler.ir.graph import Node
from binloom.hw.element import Element
from binloom.hw.stream import Map


def element_of(node: Node) -> Element:
    """The element of a node's tensor, which every node of an integer graph has."""
    if node.tensor.element is None:
        raise ValueError(f"{node.name}: a plan needs an integer graph, got a node without an element")
    return node.tensor.element


def map_of(node: Node, lanes: int) -> Map:
    """A node's tensor as it travels in so many lanes."""
    return Map(*node.tensor.shape, lanes, element_of(node))
