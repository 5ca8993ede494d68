"""Images to verify with: a caller's own, checked, or random ones for want of any."""

import numpy as np

from binloom.compiler.errors import InputError
from binloom.compiler.ir.graph import Graph
from binloom.compiler.ir.ops import Input


def check_images(x: np.ndarray, graph: Graph) -> np.ndarray:
    """The images as (N, height, width, channels), or InputError where they are not what the graph's input takes."""
    op = _input(graph)
    x = np.asarray(x)
    shape = op.shape
    # One channel, or a vector, may go without its axes of one.
    if x.shape[1:] in {shape, shape[:2] if shape[2] == 1 else shape, shape[2:] if shape[:2] == (1, 1) else shape}:
        x = x.reshape(len(x), *shape)
    if x.shape[1:] != shape or not len(x):
        raise InputError(f"images have shape {x.shape}", f"the model takes (N, {', '.join(map(str, shape))})")
    if not np.issubdtype(x.dtype, np.integer):
        raise InputError(f"images must hold whole numbers, got {x.dtype}", "give pixels as they are before scaling")
    low, high = int(x.min()), int(x.max())
    if low < op.lo or high > op.hi:
        raise InputError(f"images lie in {low}..{high}", f"the model takes {op.lo}..{op.hi}")
    return x


def random_images(graph: Graph, count: int, seed: int) -> np.ndarray:
    """Every second image is noise; the others are a noisy patch on a flat ground, which is nearer to a picture."""
    op = _input(graph)
    height, width, _ = op.shape
    rng = np.random.default_rng(seed)
    x = rng.integers(op.lo, op.hi, (count, *op.shape), np.int64, endpoint=True)
    for image in x[1::2]:
        top, left = rng.integers(0, height), rng.integers(0, width)
        patch = np.s_[top : top + height // 2 + 1, left : left + width // 2 + 1]
        noise = image[patch].copy()
        image[:] = rng.integers(op.lo, op.hi, endpoint=True)
        image[patch] = noise
    return x


def _input(graph: Graph) -> Input:
    op = graph.inputs[0].op
    assert isinstance(op, Input)
    return op
