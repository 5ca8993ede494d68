"""Symmetric quantisation of a float kernel to a number of bits, and what it cost."""

from fractions import Fraction

import numpy as np

from binloom.compiler.exact import constant, rationals
from binloom.compiler.ir.graph import Graph, Node
from binloom.compiler.ir.ops import (
    Concat,
    Conv,
    FixedPoint,
    MaxPool,
    Pad,
    PiecewiseAffine,
    Reshape,
    Scale,
    Sign,
    SumPool,
)


def quantise(weights: np.ndarray, bits: int, per_channel: bool) -> tuple[np.ndarray, np.ndarray, float]:
    """(int64 weights in -L..L with L = 2**(bits-1) - 1, a Fraction per output, largest error as a share of the largest
    weight).

    The step is the largest |weight| / L, of each output or of the whole kernel.
    """
    top = (1 << (bits - 1)) - 1
    outputs = weights.shape[-1]
    peaks = np.abs(weights).reshape(-1, outputs).max(axis=0)
    if not per_channel:
        peaks = np.full(outputs, peaks.max())
    steps = np.where(peaks > 0, peaks / top, 1.0)
    whole = np.clip(np.rint(weights / steps), -top, top)
    largest = float(np.abs(weights).max()) or 1.0
    error = float(np.abs(whole * steps - weights).max()) / largest
    factor = rationals(steps) if per_channel else constant(Fraction(float(steps[0])), outputs)
    return whole.astype(np.int64), factor, error


def tolerates_channels(graph: Graph, node: Node) -> bool:
    """Whether what reads a node can take a factor of its own for each channel without an op more."""
    return all(_takes_channels(graph, user) for user in graph.users[node.name])


def _takes_channels(graph: Graph, user: Node) -> bool:
    op = user.op
    if isinstance(op, Sign | FixedPoint):
        return True
    if hasattr(op, "weights") and op.weights.dtype.kind == "f":
        return True  # its own kernel takes the factors in before it is quantised
    depthwise = isinstance(op, Conv) and op.groups == graph[user.inputs[0]].tensor.shape[2]
    passes_on = depthwise or isinstance(op, Scale | MaxPool | Reshape | SumPool | Pad | Concat | PiecewiseAffine)
    return passes_on and tolerates_channels(graph, user)
