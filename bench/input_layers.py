"""Input layers of one size, each another way of 28 x 28 grey pixels to 32 maps of bits: graphs for `units.py`.

All weights are random, and all bounds near the middle of what they meet, so that no logic folds away.
"""

from collections.abc import Callable, Mapping

import numpy as np

from binloom.compiler.ir.builder import GraphBuilder
from binloom.compiler.ir.graph import Graph

SIZE, MAPS, LEVELS = (28, 28), 32, 32
CYCLES = 8 * SIZE[0] * SIZE[1]  # a frame: a plane of a pixel at a time


def signed(b: GraphBuilder, x: str, rng: np.random.Generator, reach: int, *, name: str) -> str:
    channels = b.shape(x)[2]
    return b.threshold(x, rng.integers(-reach, reach + 1, channels), rng.random(channels) < 0.5, name=name)


def bits(rng: np.random.Generator, *shape: int) -> np.ndarray:
    return rng.choice(np.array([-1, 1]), shape)


def planes(count: int) -> Graph:
    """The bit-plane input of the thesis: filters and an int8 BatchNormalization a plane, summed with their weights."""
    rng, b = np.random.default_rng(1), GraphBuilder("planes")
    x = b.bit_planes(b.input((*SIZE, 1)), count, name="bits")
    x = b.depthwise(x, bits(rng, 3, 3, count, MAPS), padding="same", name="filters")
    # R of 15 bits and a shift, as Algorithm 2 makes them; sums of up to 9 fill most of 8 bits.
    ratio = rng.integers(8_000, 24_000, count * MAPS) * rng.choice([-1, 1], count * MAPS)
    x = b.affine(x, ratio, rng.integers(-(2**16), 2**16, count * MAPS), 11, name="norm")
    x = b.shift_add(b.clip(x, -127, 127, name="bytes"), count, MAPS, name="sum")
    return b.output(signed(b, x, rng, 99, name="signs"), "maps")


def whole(limit: int) -> Graph:
    """A convolution over the pixels as they are, with weights of -limit to limit; of 1, none is 0."""
    rng, b = np.random.default_rng(1), GraphBuilder("pixels")
    weights = bits(rng, 3, 3, 1, MAPS) if limit == 1 else rng.integers(-limit, limit + 1, (3, 3, 1, MAPS))
    x = b.conv(b.input((*SIZE, 1)), weights, padding="same", name="filters")
    return b.output(signed(b, x, rng, 99 * limit, name="signs"), "maps")


def over_bits(b: GraphBuilder, x: str, rng: np.random.Generator) -> Graph:
    """A binary convolution over channels of bits."""
    x = b.conv(x, bits(rng, 3, 3, b.shape(x)[2], MAPS), padding="same", name="filters")
    return b.output(signed(b, x, rng, 9, name="signs"), "maps")


def dbid() -> Graph:
    """The bits of a pixel as channels."""
    b = GraphBuilder("dbid")
    return over_bits(b, b.bit_planes(b.input((*SIZE, 1)), name="bits"), np.random.default_rng(1))


def bil() -> Graph:
    """A binary 1 x 1 convolution makes 32 channels of these."""
    rng, b = np.random.default_rng(1), GraphBuilder("bil")
    x = b.conv(b.bit_planes(b.input((*SIZE, 1)), name="bits"), bits(rng, 1, 1, 8, MAPS), name="mix")
    return over_bits(b, signed(b, x, rng, 3, name="mixed"), rng)


def thermometer() -> Graph:
    """As many bits of 32 as the pixel has passed levels."""
    b = GraphBuilder("thermometer")
    x = b.depthwise(b.input((*SIZE, 1)), np.ones((1, 1, 1, LEVELS), np.int64), name="levels")
    x = b.threshold(x, [-(-255 * (2 * k + 1) // (2 * LEVELS)) for k in range(LEVELS)], name="passed")
    return over_bits(b, x, np.random.default_rng(1))


GRAPHS: Mapping[str, Callable[[], Graph]] = {
    "8 bit planes": lambda: planes(8),
    "4 bit planes": lambda: planes(4),
    "int8 kernels": lambda: whole(127),
    "+-1 kernels": lambda: whole(1),
    "DBID": dbid,
    "BIL": bil,
    "thermometer": thermometer,
}
