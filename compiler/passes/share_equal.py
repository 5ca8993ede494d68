"""The same op over the same inputs, once.

x -> Threshold(b) -> y, x -> Threshold(b) -> z      becomes      x -> Threshold(b) -> y and z
"""

from dataclasses import fields

import numpy as np

from binloom.compiler.ir.graph import Graph
from binloom.compiler.ir.ops import Input, Op, Output
from binloom.compiler.passes.rewrite import Rewrite


def share_equal(graph: Graph) -> Graph:
    r = Rewrite(graph)
    seen: dict[tuple[object, ...], str] = {}
    for node in graph:
        key = (identity(node.op), tuple(r.at[name] for name in node.inputs))
        if key in seen and not isinstance(node.op, Input | Output):
            r.drop(node, seen[key])
        else:
            seen[key] = r.keep(node)
    return r.graph()


def identity(op: Op) -> tuple[object, ...]:
    """What makes two ops the same: their class and all that they hold."""
    return (type(op), *(_hashable(getattr(op, field.name)) for field in fields(op)))


def _hashable(value: object) -> object:
    if isinstance(value, np.ndarray):
        held = tuple(value.reshape(-1)) if value.dtype == object else value.tobytes()
        return value.shape, value.dtype.str, held
    return value
