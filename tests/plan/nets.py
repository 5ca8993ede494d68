"""Small networks to plan for."""

import numpy as np

from binloom.compiler.ir.builder import GraphBuilder
from binloom.compiler.ir.graph import Graph


def signs(rng: np.random.Generator, *shape: int) -> np.ndarray:
    return rng.choice([-1, 1], shape)


def chain(seed: int = 1, *, channels: int = 2, pooled: bool = True) -> Graph:
    """Convolution, threshold, pool, dense."""
    rng = np.random.default_rng(seed)
    b = GraphBuilder("chain")
    x = b.conv(b.input((5, 5, 2), -8, 7), signs(rng, 2, 2, 2, channels), name="conv")
    x = b.threshold(x, rng.integers(-9, 9, channels), rng.integers(0, 2, channels), name="sign")
    if pooled:
        x = b.max_pool(x, (2, 2), name="pool")
    x = b.flatten(x, name="flat")
    return b.output(b.dense(x, rng.integers(-9, 9, (b.shape(x)[2], 3)), name="dense"))


def depthwise(seed: int = 1) -> Graph:
    """A depthwise convolution of integers, then one of bits over all channels."""
    rng = np.random.default_rng(seed)
    b = GraphBuilder("depthwise")
    x = b.conv(b.input((4, 4, 2), -8, 7), signs(rng, 3, 3, 1, 4), groups=2, padding="same", name="each")
    x = b.threshold(x, [0, 1, -1, 2], [False, True, False, False], name="sign")
    return b.output(b.conv(x, signs(rng, 2, 2, 4, 2), name="all"))


def residual(seed: int = 1) -> Graph:
    """Two branches that meet again."""
    rng = np.random.default_rng(seed)
    b = GraphBuilder("residual")
    x = b.conv(b.input((3, 3, 1), -8, 7), signs(rng, 2, 2, 1, 2), padding="same", name="first")
    y = b.conv(x, signs(rng, 2, 2, 2, 2), padding="same", name="second")
    return b.output(b.add(x, y, name="sum"))


def forked(seed: int = 1) -> Graph:
    """A convolution of bits whose sums are added to those that its bits were made of."""
    rng = np.random.default_rng(seed)
    b = GraphBuilder("forked")
    x = b.conv(b.input((6, 6, 2)), signs(rng, 3, 3, 2, 4), padding="same", name="first")
    y = b.threshold(x, rng.integers(-99, 99, 4), np.zeros(4, bool), name="sign")
    x = b.add(x, b.conv(y, signs(rng, 3, 3, 4, 4), padding="same", name="second"), name="sum")
    x = b.threshold(x, rng.integers(-99, 99, 4), np.zeros(4, bool), name="bits")
    return b.output(b.dense(b.flatten(x, name="flat"), rng.integers(-9, 9, (144, 3)), name="dense"))


def heavy(seed: int = 1) -> Graph:
    """Two dense layers of integers, the first with enough weights for a block of RAM."""
    rng = np.random.default_rng(seed)
    b = GraphBuilder("heavy")
    x = b.dense(b.input((1, 1, 24)), rng.integers(-99, 99, (24, 6)), name="dense1")
    x = b.threshold(x, rng.integers(-99, 99, 6), np.zeros(6, bool), name="sign")
    return b.output(b.dense(x, rng.integers(-99, 99, (6, 4)), name="dense2"))


def deep(layers: int = 20, channels: int = 64, size: int = 16) -> Graph:
    """So many convolutions of bits, with thresholds between them, two pools on the way, and a dense layer."""
    rng = np.random.default_rng(1)
    b = GraphBuilder("deep")
    x = b.conv(b.input((size, size, 3)), signs(rng, 3, 3, 3, channels), padding="same", name="conv1")
    for layer in range(2, layers):
        x = b.threshold(x, rng.integers(-9, 9, channels), np.zeros(channels, bool), name=f"sign{layer}")
        if layer in (layers // 3, 2 * layers // 3):
            x = b.max_pool(x, (2, 2), name=f"pool{layer}")
        x = b.conv(x, signs(rng, 3, 3, channels, channels), padding="same", name=f"conv{layer}")
    x = b.threshold(x, rng.integers(-9, 9, channels), np.zeros(channels, bool), name=f"sign{layers}")
    x = b.flatten(x, name="flat")
    return b.output(b.dense(x, signs(rng, b.shape(x)[2], 10), name=f"dense{layers}"))
