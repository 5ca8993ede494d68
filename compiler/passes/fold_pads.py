"""A border of its own taken into the convolution that reads it.

    x -> Pad(1, 1, 1, 1) -> Conv(no padding) -> y        becomes        x -> Conv(padding 1, 1, 1, 1) -> y

where the convolution has no border of another kind already, and the sum stays narrower than the kernel.
"""

from dataclasses import replace

from binloom.compiler.ir.graph import Graph, Node
from binloom.compiler.ir.ops import Conv, Fill, OvsfConv, Pad, Padding, Scale
from binloom.compiler.passes.rewrite import Rewrite, bit_nodes


def fold_pads(graph: Graph) -> Graph:
    bits = bit_nodes(graph)
    r = Rewrite(graph)
    for node in graph:
        source = r.new(r.at[node.inputs[0]]) if node.inputs else None
        if source is None or not isinstance(source.op, Pad) or not isinstance(node.op, Conv | OvsfConv | Pad):
            r.keep(node)
            continue
        both = joined(source.op.padding, node.op.padding)
        if both is None or (isinstance(node.op, Conv | OvsfConv) and not narrow(node.op, both)):
            r.keep(node)
            continue
        before = r.new(source.inputs[0])
        # Bits made numbers only for the border's sake: the convolution's own border of zeros does not need it.
        if isinstance(node.op, Conv | OvsfConv) and both.fill is Fill.ZERO and is_bits_made_numbers(before, bits):
            before = r.new(before.inputs[0])
        r.keep(node, op=replace(node.op, padding=both), inputs=[before.name])
    return r.graph()


def is_bits_made_numbers(node: Node, bits: set[str]) -> bool:
    op = node.op
    return isinstance(op, Scale) and node.inputs[0] in bits and bool((op.mul == 1).all() and (op.add == 0).all())


def joined(outer: Padding, inner: Padding) -> Padding | None:
    """Two borders, one around the other, as one, if they hold the same."""
    if not inner.any:
        return outer
    if not outer.any:
        return inner
    if outer.fill is not inner.fill:
        return None
    return Padding(
        outer.top + inner.top,
        outer.bottom + inner.bottom,
        outer.left + inner.left,
        outer.right + inner.right,
        outer.fill,
    )


def narrow(op: Conv | OvsfConv, padding: Padding) -> bool:
    reach = [(size - 1) * dilation for size, dilation in zip(op.kernel, op.dilation, strict=True)]
    return padding.top + padding.bottom <= reach[0] and padding.left + padding.right <= reach[1]
