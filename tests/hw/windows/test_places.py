"""Geometry against plain loops over coordinates, then random geometries through every block that sweeps windows."""

import random

import numpy as np
import pytest

from binloom.hw.element import BIT, Element
from binloom.hw.pools.pool import MaxPool
from binloom.hw.pools.sum_pool import SumPool
from binloom.hw.stream import Map
from binloom.hw.windows.places import Geometry, WindowPadding
from binloom.hw.windows.window import Window
from tests.hw.bench import check_block, measure

SEEDS = range(20)


def random_geometry(rng: random.Random, *, dilated: bool) -> Geometry:
    """One that is allowed; small images, so that windows are often larger than they are."""
    while True:
        kernel = rng.randint(1, 5), rng.randint(1, 5)
        dilation = (rng.randint(1, 3), rng.randint(1, 3)) if dilated and rng.random() < 0.5 else (1, 1)
        reach = [(k - 1) * d for k, d in zip(kernel, dilation, strict=True)]
        top, left = rng.randint(0, reach[0]), rng.randint(0, reach[1])
        bottom, right = rng.randint(0, reach[0] - top), rng.randint(0, reach[1] - left)
        size = rng.randint(1, 6), rng.randint(1, 6)
        if size[0] + top + bottom > reach[0] and size[1] + left + right > reach[1]:
            stride = rng.randint(1, 3), rng.randint(1, 3)
            return Geometry(*size, kernel, stride, dilation, WindowPadding(top, bottom, left, right))


def by_loops(geo: Geometry, frame: np.ndarray, fill: int) -> np.ndarray:
    taps = np.full((geo.out_height, geo.out_width, *geo.kernel, frame.shape[2]), fill)
    for oy, ox, ky, kx in np.ndindex(taps.shape[:4]):
        y = oy * geo.stride[0] + ky * geo.dilation[0] - geo.padding.top
        x = ox * geo.stride[1] + kx * geo.dilation[1] - geo.padding.left
        if 0 <= y < geo.height and 0 <= x < geo.width:
            taps[oy, ox, ky, kx] = frame[y, x]
    return taps


@pytest.mark.parametrize("seed", SEEDS)
def test_extract_is_what_loops_give(seed):
    geo = random_geometry(random.Random(seed), dilated=True)
    frame = np.arange(geo.height * geo.width * 2).reshape(geo.height, geo.width, 2)
    assert np.array_equal(geo.extract(frame[None], -7)[0], by_loops(geo, frame, -7))


@pytest.mark.parametrize("seed", SEEDS)
def test_random_windows(seed):
    rng = random.Random(seed)
    geo = random_geometry(rng, dilated=True)
    lanes, groups, element = rng.randint(1, 3), rng.randint(1, 3), rng.choice([BIT, Element(-3, 9)])
    pad = geo.padding
    padding = WindowPadding(pad.top, pad.bottom, pad.left, pad.right, rng.choice([0, 1]))
    i_map = Map(geo.height, geo.width, lanes * groups, lanes, element)
    block = Window(i_map, geo.kernel, geo.stride, geo.dilation, padding)
    check_block(block, seed=seed)
    measure(block, seed=seed)


@pytest.mark.parametrize("seed", SEEDS)
def test_random_pools(seed):
    rng = random.Random(seed)
    geo = random_geometry(rng, dilated=False)
    lanes, groups, element = rng.randint(1, 3), rng.randint(1, 3), rng.choice([BIT, Element(-3, 9)])
    i_map = Map(geo.height, geo.width, lanes * groups, lanes, element)
    minimum = np.array([rng.random() < 0.5 for _ in range(lanes * groups)])
    rows = np.array([rng.randint(1, 3) for _ in range(geo.out_height)])
    cols = np.array([rng.choice([1, 2]) for _ in range(geo.out_width)])
    wide = Element(-(1 << 12), 1 << 12)
    for block in (
        MaxPool(i_map, geo.kernel, geo.stride, geo.padding, minimum),
        SumPool(i_map, geo.kernel, geo.stride, geo.padding, rows, cols, wide),
    ):
        check_block(block, seed=seed)
        measure(block, seed=seed)
