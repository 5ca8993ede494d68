"""What the cost model is fitted to: each component a kind and a few numbers, from which its block is made again."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np

from binloom.hw import topk
from binloom.hw.arrays.array import MatrixArray
from binloom.hw.arrays.border import Axis, zeros
from binloom.hw.branches import add, concat
from binloom.hw.branches.fifo import Fifo
from binloom.hw.branches.fork import Fork
from binloom.hw.element import BIT, Element
from binloom.hw.elementwise import affine, clip, piecewise, threshold
from binloom.hw.elementwise.knee import Knee
from binloom.hw.elementwise.lookup import Lookup
from binloom.hw.elementwise.shift_add import ShiftAdd
from binloom.hw.elementwise.shift_affine import ShiftAffine
from binloom.hw.frames.equalise import Equalise
from binloom.hw.frames.standardise import Standardise
from binloom.hw.order.adapt import LaneAdapter
from binloom.hw.order.collect import Collect
from binloom.hw.order.gather import Gather
from binloom.hw.order.replay import Replay
from binloom.hw.order.scatter import Scatter
from binloom.hw.ovsf.array import GeneratedArray
from binloom.hw.ovsf.kernel import Recipe
from binloom.hw.ovsf.transform import Transform
from binloom.hw.pools import pool, sum_pool
from binloom.hw.skid import Skid
from binloom.hw.stream import Map
from binloom.hw.windows import pad
from binloom.hw.windows.places import NO_PADDING, WindowPadding
from binloom.hw.windows.window import Window

Spec = Mapping[str, Any]  # "kind", and what the function of that name takes

BYTE, PIXEL = Element(-128, 127), Element(0, 255)


def signed(width: int) -> Element:
    return Element(-(1 << width - 1), (1 << width - 1) - 1)


def element(width: int) -> Element:
    """Bits for 1, numbers with a sign for more, without one for less than none."""
    if width == 1:
        return BIT
    return signed(width) if width > 0 else Element(0, (1 << -width) - 1)


def array(
    width: int, shape: tuple[int, int, int], simd: int, pe: int, parallel: int = 1, limit: int = 1,
    storage: str = "logic", bias: bool = False, beside: int = 1, planes: int = 1, border: bool = False,
) -> MatrixArray:  # fmt: skip
    """Random weights of -1 and +1, or of -limit to limit; with `border` of 3x3 kernels over 8x8 and zeros around."""
    rng = np.random.default_rng(7)
    weights = rng.choice([-1, 1], shape) if limit == 1 else rng.integers(-limit, limit, shape, endpoint=True)
    number = element(width)
    segments, n, m = shape
    biases = rng.integers(-limit * 20, limit * 20, segments * m) if bias else None
    ends = np.stack([weights * number.lo, weights * number.hi])
    low, high = np.minimum(ends.min(axis=0), 0), np.maximum(ends.max(axis=0), 0)
    low, high = (side.sum(axis=1).ravel() + (0 if biases is None else biases) for side in (low, high))
    side = Axis(8, 8, 3, 1, 1, 1)
    around = zeros(side, side, weights.reshape(3, 3, -1, m)) if border else None
    return MatrixArray(
        Map(1, 64 // beside, beside * segments * n, beside * parallel * simd, number, planes=planes), weights, around,
        simd=simd, pe=pe,
        o_element=Element(int(low.min()), int(high.max())), bias=biases, storage=storage, parallel=parallel,
        pixels=beside,
    )  # fmt: skip


def window(
    width: int, size: tuple[int, int], channels: int, lanes: int, kernel: int = 3, stride: int = 1, border: int = 0,
    fill: int | None = None,
) -> Window:  # fmt: skip
    padding = WindowPadding(border, border, border, border, fill)
    return Window(Map(*size, channels, lanes, element(width)), (kernel, kernel), (stride, stride), padding=padding)


def max_pool(
    width: int, size: tuple[int, int], channels: int, lanes: int, kernel: int = 2, stride: int = 2, border: int = 0,
    flips: bool = False,
) -> pool.MaxPool:  # fmt: skip
    padding = WindowPadding(border, border, border, border, None) if border else NO_PADDING
    minimum = np.random.default_rng(3).random(channels) < 0.5 if flips else None
    map = Map(*size, channels, lanes, element(width))
    return pool.MaxPool(map, (kernel, kernel), (stride, stride), padding, minimum)


def sums(
    width: int, size: tuple[int, int], channels: int, lanes: int, kernel: tuple[int, int], stride: int = 2
) -> sum_pool.SumPool:
    number = element(width)
    map = Map(*size, channels, lanes, number)
    rows, cols = ((extent - taps) // stride + 1 for extent, taps in zip(size, kernel, strict=True))
    count = kernel[0] * kernel[1]
    ones = np.ones(rows, np.int64), np.ones(cols, np.int64)
    return sum_pool.SumPool(
        map, kernel, (stride, stride), NO_PADDING, *ones, Element(count * number.lo, count * number.hi)
    )


def thresholds(width: int, channels: int, lanes: int) -> threshold.Threshold:
    rng, number = np.random.default_rng(5), element(width)
    bound = rng.normal((number.lo + number.hi) / 2, (number.hi - number.lo) / 8, channels).round().astype(np.int64)
    return threshold.Threshold(Map(8, 8, channels, lanes, number), bound, rng.random(channels) < 0.5)


def affines(width: int, channels: int, lanes: int, bits: int = 8, shift: int = 8) -> affine.Affine:
    rng, number = np.random.default_rng(5), element(width)
    mul, plus = rng.integers(1, 1 << bits - 1, channels), rng.integers(-(1 << bits), 1 << bits, channels)
    ends = np.stack([(number.lo * mul + plus) >> shift, (number.hi * mul + plus) >> shift])
    result = Element(int(ends.min()), int(ends.max()))
    return affine.Affine(Map(8, 8, channels, lanes, number), mul, plus, shift, result)


def piecewise_affine(width: int, channels: int, lanes: int, relu: bool = False) -> piecewise.PiecewiseAffine:
    rng, number = np.random.default_rng(5), element(width)
    pos, neg = np.ones(channels, np.int64), np.zeros(channels, np.int64)
    if not relu:
        pos, neg = rng.integers(1, 64, channels), rng.integers(-64, 64, channels)
    ends = np.stack([number.lo * pos, number.hi * pos, number.lo * neg, number.hi * neg])
    return piecewise.PiecewiseAffine(
        Map(8, 8, channels, lanes, number), pos, neg, Element(int(min(0, ends.min())), int(ends.max()))
    )


def clips(width: int, lanes: int, to: int) -> clip.Clip:
    number = signed(to)
    return clip.Clip(Map(8, 8, lanes, lanes, element(width)), number.lo + 1, number.hi)


def adapter(width: int, channels: int, lanes: int, to: int) -> LaneAdapter:
    return LaneAdapter(Map(8, 8, channels, lanes, element(width)), to)


def fifo(width: int, lanes: int, depth: int) -> Fifo:
    return Fifo(Map(8, 8, lanes, lanes, element(width)), depth)


def skid(width: int, lanes: int) -> Skid:
    return Skid(Map(8, 8, lanes, lanes, element(width)))


def fork(width: int, lanes: int, ways: int) -> Fork:
    return Fork(Map(8, 8, lanes, lanes, element(width)), ways)


def border(width: int, size: tuple[int, int], channels: int, lanes: int, around: int, fill: int = 0) -> pad.Pad:
    return pad.Pad(Map(*size, channels, lanes, element(width)), WindowPadding(around, around, around, around, fill))


def gathers(width: int, channels: int, lanes: int, pixels: int) -> Gather:
    return Gather(Map(8, 8, channels, lanes, element(width)), pixels)


def scatters(width: int, channels: int, lanes: int, to: int, pixels: int) -> Scatter:
    o_map = Map(8, 8, channels, to, element(width))
    return Scatter(Map(1, 64 // pixels, pixels * channels, pixels * lanes, o_map.element), o_map)


def replays(width: int, size: tuple[int, int], channels: int, lanes: int, run: int, copies: int = 1) -> Replay:
    return Replay(Map(*size, channels, lanes, element(width)), run, copies)


def adds(width: int, lanes: int, inputs: int = 2) -> add.Add:
    number = element(width)
    map = Map(8, 8, lanes, lanes, number)
    return add.Add([map] * inputs, Element(number.lo * inputs, number.hi * inputs))


def concats(width: int, lanes: int, inputs: int = 2) -> concat.Concat:
    map = Map(8, 8, 2 * lanes, lanes, element(width))
    return concat.Concat([map] * inputs, map.element)


def top(width: int, channels: int, lanes: int, k: int = 1) -> topk.TopK:
    return topk.TopK(Map(1, 1, channels, lanes, element(width)), k)


def transforms(width: int, elements: int, lanes: int, codes: int) -> Transform:
    """Of codes in no order, but for all and for a quarter, which are the first."""
    kept = np.arange(codes) if codes * 4 in (elements, elements * 4) else np.random.default_rng(5).permutation(elements)
    places = np.arange(elements).reshape(-1, lanes)
    return Transform(Map(8, 8, elements, lanes, element(width)), places, kept[:codes], elements)


def generates(
    width: int, elements: int, simd: int, codes: int, outputs: int, pe: int, step: int = 1, stored: int = 0
) -> GeneratedArray:
    """Of codes in no order and coefficients of eight bits, kept in block RAM."""
    rng, number = np.random.default_rng(5), element(width)
    coefficients, chosen = rng.integers(-127, 128, (codes, outputs)), rng.permutation(elements)[:codes]
    places = np.arange(elements).reshape(-1, simd)
    recipe = Recipe(coefficients, chosen, places, elements, pe, step, stored, "rom")
    ends = np.stack([recipe.kernel * number.lo, recipe.kernel * number.hi])
    result = Element(int(ends.min(axis=0).sum(axis=1).min()), int(ends.max(axis=0).sum(axis=1).max()))
    map = Map(8, 8, recipe.rows * elements, simd, number, planes=recipe.rows)
    return GeneratedArray(map, recipe, o_element=result)


def collects(width: int, size: tuple[int, int], planes: int, lanes: int) -> Collect:
    return Collect(Map(*size, planes * lanes, lanes, element(width), planes=planes))


def lookups(width: int, channels: int, lanes: int, to: int) -> Lookup:
    """Batch normalisations of sums, as tables."""
    rng, number, result = np.random.default_rng(5), element(width), signed(to)
    mul, plus = rng.uniform(-(1 << to), 1 << to, (2, channels, 1)) / [[[1 << width - 1]], [[4]]]
    values = mul * np.arange(number.lo, number.hi + 1) + plus
    table = np.clip(np.floor(values), result.lo, result.hi).astype(np.int64)
    return Lookup(Map(8, 8, channels, lanes, number), table, result)


def shift_affines(width: int, channels: int, lanes: int, bits: int = 8, shift: int = 8) -> ShiftAffine:
    made = affines(width, channels, lanes, bits, shift)
    return ShiftAffine(made.i_map, made.constants["mul"], made.constants["add"], shift, made.o_map.element)


def shift_adds(width: int, planes: int, filters: int, lanes: int) -> ShiftAdd:
    number, weights = element(width), (1 << planes) - 1
    map = Map(8, 8, planes * filters, lanes, number)
    return ShiftAdd(map, planes, filters, Element(number.lo * weights, number.hi * weights))


def knees(width: int, channels: int, lanes: int, bits: int = 8) -> Knee:
    rng, number = np.random.default_rng(5), element(width)
    slopes, adds = rng.integers(1, 1 << bits - 1, (2, channels)), rng.integers(-(1 << width), 1 << width, (2, channels))
    turn = rng.integers(number.lo // 2, number.hi // 2, channels)
    made = partial(Knee, Map(8, 8, channels, lanes, number), turn, *slopes, *adds, bits - 2)
    return made(signed(width + 4))


def equalises(size: tuple[int, int]) -> Equalise:
    return Equalise(Map(*size, 1, 1, PIXEL))


def standardises(size: tuple[int, int], places: int = 5, bits: int = 8) -> Standardise:
    return Standardise(Map(*size, 1, 1, PIXEL), places, bits)


KINDS: Mapping[str, Callable[..., Any]] = {
    made.__name__: made
    for made in (
        array, window, max_pool, sums, thresholds, affines, piecewise_affine, clips, adapter, fifo, skid, fork, border,
        adds, concats, top, gathers, scatters, replays, transforms, generates, collects,
        lookups, shift_affines, shift_adds, knees, equalises, standardises,
    )
}  # fmt: skip


def block(spec: Spec) -> Any:
    """The block of a component."""
    options = {name: tuple(value) if isinstance(value, list) else value for name, value in spec.items()}
    return KINDS[options.pop("kind")](**options)
