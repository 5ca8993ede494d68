"""Whether a node holds whole pixels, or whole numbers made of them: what some layers have to be given."""

from binloom.compiler.ir.ops import Concat, Equalise, Fill, FixedPoint, Input, MaxPool, Op, Pad, Reshape
from binloom.compiler.layers import Layer
from binloom.compiler.lower.builder import Builder, Value

BYTE = 255


def demand_pixels(b: Builder, layer: Layer, x: Value, bits: int) -> None:
    """Refuses the layer unless x holds whole numbers of 0..2**bits - 1."""
    most = largest(b, x.name)
    if most is None:
        reason = "it takes whole pixels, but what it is given are no longer whole pixels"
        b.refuse(layer, reason, "put it before any Rescaling, and give no input scale")
    elif most >> bits:
        b.refuse(layer, f"it takes numbers of {bits} bits, but pixels reach {most}", f"use bits={most.bit_length()}")


def largest(b: Builder, name: str) -> int | None:
    """The largest pixel, where a node holds pixels as they came in, each perhaps in another place; else None."""
    node = next(node for node in b.nodes if node.name == name)
    if isinstance(node.op, Input):
        return node.op.hi if node.op.lo >= 0 else None
    if isinstance(node.op, Equalise):
        return BYTE
    if isinstance(node.op, FixedPoint) and node.op.step == 1 and node.op.lo >= 0:
        return node.op.hi
    found = [largest(b, read) for read in node.inputs]
    known = [most for most in found if most is not None]
    return max(known) if moves(node.op) and len(known) == len(found) else None


def moves(op: Op) -> bool:
    """Whether all that an op gives are pixels that it was given, or zeros."""
    return isinstance(op, MaxPool | Reshape | Concat) or (isinstance(op, Pad) and op.padding.fill is Fill.ZERO)
