"""Images to verify with where the caller has none."""

import numpy as np

from binloom.compiler.errors import InputError
from binloom.compiler.ir.graph import Graph
from binloom.compiler.ir.images import input_of

LIMIT = 600 << 20  # bytes, as of an array in a file


def random_images(graph: Graph, count: int, seed: int) -> np.ndarray:
    """Every second image is noise; the others are a noisy patch on a flat ground, which is nearer to a picture."""
    op = input_of(graph)
    height, width, channels = op.shape
    megabytes = 8 * count * height * width * channels >> 20
    if megabytes > LIMIT >> 20:
        raise InputError(f"{count} random images take {megabytes} MB, more than {LIMIT >> 20}", "use fewer")
    rng = np.random.default_rng(seed)
    x = rng.integers(op.lo, op.hi, (count, *op.shape), np.int64, endpoint=True)
    for image in x[1::2]:
        top, left = rng.integers(0, height), rng.integers(0, width)
        patch = np.s_[top : top + height // 2 + 1, left : left + width // 2 + 1]
        noise = image[patch].copy()
        image[:] = rng.integers(op.lo, op.hi, endpoint=True)
        image[patch] = noise
    return x
