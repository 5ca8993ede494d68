"""Float kernels that are whole numbers in disguise.

    x -> Conv(-H, +H, ...) -> y      becomes      x -> Conv(-1, +1, ...) -> Scale(H) -> y

and so for one H a filter, for whole numbers, and for whole multiples of one step (fixed point, ternary). What is left
in float64 afterwards has to be quantised.
"""

from dataclasses import replace
from fractions import Fraction

import numpy as np

from binloom.compiler.exact import constant, rationals
from binloom.compiler.ir.graph import Graph
from binloom.compiler.ir.ops import Conv, Dense, Scale
from binloom.compiler.passes.rewrite import Rewrite

# A kernel that needs more bits than these to be exact is better quantised.
WIDEST = 16
LARGEST = (1 << (WIDEST - 1)) - 1


def exact_kernels(graph: Graph) -> Graph:
    r = Rewrite(graph)
    for node in graph:
        op = node.op
        if not isinstance(op, Conv | Dense) or op.weights.dtype.kind != "f":
            r.keep(node)
            continue
        found = exact_form(op.weights)
        if found is None:
            r.keep(node)
            continue
        weights, factor = found
        op = replace(op, weights=weights)
        if all(f == 1 for f in factor):
            r.keep(node, op=op)
            continue
        inner = r.put(op, [r.at[name] for name in node.inputs], f"{node.name}_whole", node.source)
        r.keep(node, op=Scale(factor, constant(0, len(factor))), inputs=[inner])
    return r.graph()


def exact_form(weights: np.ndarray) -> tuple[np.ndarray, np.ndarray] | None:
    """(int64 weights, a Fraction per output) whose product is the float kernel; None where there is no narrow one."""
    outputs = weights.shape[-1]
    magnitude = np.abs(weights).reshape(-1, outputs)
    levels = magnitude[0]
    if np.all(magnitude == levels) and np.all(levels > 0):
        return np.where(weights > 0, 1, -1).astype(np.int64), rationals(levels)
    for step in steps(magnitude):
        whole = np.rint(weights / step)
        if np.abs(whole).max() <= LARGEST and same_float32(whole * step, weights):
            return whole.astype(np.int64), constant(Fraction(step), outputs)
    return None


def same_float32(a: np.ndarray, b: np.ndarray) -> bool:
    """Whether two arrays are equal in the precision that the file has."""
    return np.array_equal(a.astype(np.float32), b.astype(np.float32))


def steps(magnitude: np.ndarray) -> list[float]:
    """What the weights might be whole multiples of: 1, the smallest of them, or a power of two small enough."""
    if not magnitude.any():
        return [1.0]
    smallest, largest = float(magnitude[magnitude > 0].min()), float(magnitude.max())
    return [1.0, smallest, float(np.ldexp(1.0, int(np.frexp(largest)[1]) - (WIDEST - 1)))]
