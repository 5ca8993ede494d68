"""What the cost model is fitted to: each component a kind and a few numbers, from which its block is made again."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from binloom.hw import add, affine, clip, concat, pad, piecewise, pool, sum_pool, threshold, topk
from binloom.hw.adapt import LaneAdapter
from binloom.hw.array import MatrixArray
from binloom.hw.element import BIT, Element
from binloom.hw.fifo import Fifo
from binloom.hw.fork import Fork
from binloom.hw.skid import Skid
from binloom.hw.stream import Map
from binloom.hw.window import Window
from binloom.hw.windows import NO_PADDING, WindowPadding

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
    storage: str = "logic", masked: bool = False, bias: bool = False, pixels: int = 64,
) -> MatrixArray:  # fmt: skip
    """Random weights of -1 and +1, or of -limit to limit."""
    rng = np.random.default_rng(7)
    weights = rng.choice([-1, 1], shape) if limit == 1 else rng.integers(-limit, limit, shape, endpoint=True)
    number = element(width)
    segments, n, m = shape
    biases = rng.integers(-limit * 20, limit * 20, segments * m) if bias else None
    ends = np.stack([weights * number.lo, weights * number.hi])
    low, high = np.minimum(ends.min(axis=0), 0), np.maximum(ends.max(axis=0), 0)
    low, high = (side.sum(axis=1).ravel() + (0 if biases is None else biases) for side in (low, high))
    return MatrixArray(
        Map(1, pixels, segments * n, parallel * simd, number, masked), weights, simd=simd, pe=pe,
        o_element=Element(int(low.min()), int(high.max())), bias=biases, storage=storage, parallel=parallel,
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


def adapter(width: int, channels: int, lanes: int, to: int, masked: bool = False) -> LaneAdapter:
    return LaneAdapter(Map(8, 8, channels, lanes, element(width), masked), to)


def fifo(width: int, lanes: int, depth: int) -> Fifo:
    return Fifo(Map(8, 8, lanes, lanes, element(width)), depth)


def skid(width: int, lanes: int) -> Skid:
    return Skid(Map(8, 8, lanes, lanes, element(width)))


def fork(width: int, lanes: int, ways: int) -> Fork:
    return Fork(Map(8, 8, lanes, lanes, element(width)), ways)


def border(width: int, size: tuple[int, int], channels: int, lanes: int, around: int, fill: int = 0) -> pad.Pad:
    return pad.Pad(Map(*size, channels, lanes, element(width)), WindowPadding(around, around, around, around, fill))


def adds(width: int, lanes: int, inputs: int = 2) -> add.Add:
    number = element(width)
    map = Map(8, 8, lanes, lanes, number)
    return add.Add([map] * inputs, Element(number.lo * inputs, number.hi * inputs))


def concats(width: int, lanes: int, inputs: int = 2) -> concat.Concat:
    map = Map(8, 8, 2 * lanes, lanes, element(width))
    return concat.Concat([map] * inputs, map.element)


def top(width: int, channels: int, lanes: int, k: int = 1) -> topk.TopK:
    return topk.TopK(Map(1, 1, channels, lanes, element(width)), k)


KINDS: Mapping[str, Callable[..., Any]] = {
    made.__name__: made
    for made in (
        array, window, max_pool, sums, thresholds, affines, piecewise_affine, clips, adapter, fifo, skid, fork, border,
        adds, concats, top,
    )
}  # fmt: skip


def block(spec: Spec) -> Any:
    """The block of a component."""
    options = {name: tuple(value) if isinstance(value, list) else value for name, value in spec.items()}
    return KINDS[options.pop("kind")](**options)


def components(family: str) -> Iterator[dict[str, Any]]:
    """What is swept for a family: realistic ranges, each number varied with the others in the middle."""
    small = family != "ecp5"

    def made(kind: str, **options: Any) -> dict[str, Any]:
        return {"kind": kind, **options}

    for width, lanes in ((1, 64), (1, 9), (8, 16), (13, 4)):
        yield made("skid", width=width, lanes=lanes)
        yield made("fork", width=width, lanes=lanes, ways=2)
    for width, lanes, depth in ((1, 64, 1), (8, 8, 2), (1, 8, 5), (8, 8, 10), (8, 16, 40), (1, 128, 100), (8, 4, 600)):
        yield made("fifo", width=width, lanes=lanes, depth=depth)
    for width, channels, lanes, to in (
        (1, 64, 64, 8), (1, 64, 8, 64), (1, 576, 576, 36), (8, 32, 32, 4), (8, 32, 1, 16), (12, 16, 16, 2),
        (1, 128, 1, 128), (1, 512, 64, 512), (8, 12, 4, 6), (1, 1152, 1152, 128), (10, 64, 16, 1),
    ):  # fmt: skip
        yield made("adapter", width=width, channels=channels, lanes=lanes, to=to)
    yield made("adapter", width=1, channels=576, lanes=576, to=72, masked=True)
    for width, lanes in ((8, 16), (1, 32), (12, 8)):
        yield made("adds", width=width, lanes=lanes)
        yield made("concats", width=width, lanes=lanes)
    yield made("adds", width=10, lanes=4, inputs=3)
    for width, channels, lanes in ((8, 10, 1), (12, 10, 10), (10, 10, 2), (14, 100, 4)):
        yield made("top", width=width, channels=channels, lanes=lanes)
    yield made("top", width=10, channels=100, lanes=5, k=3)
    for width, channels, lanes in (
        (8, 16, 16), (10, 64, 64), (12, 64, 8), (11, 128, 4), (9, 256, 1), (14, 40, 20), (11, 64, 16), (8, 512, 2),
    ):  # fmt: skip
        yield made("thresholds", width=width, channels=channels, lanes=lanes)
    for width, channels, lanes, bits in ((12, 10, 1, 12), (8, 16, 16, 6), (10, 64, 4, 8), (14, 10, 10, 10)):
        yield made("affines", width=width, channels=channels, lanes=lanes, bits=bits)
    for width, channels, lanes, relu in ((12, 40, 40, True), (10, 16, 16, False), (9, 32, 4, False), (14, 20, 2, True)):
        yield made("piecewise_affine", width=width, channels=channels, lanes=lanes, relu=relu)
    for width, lanes, to in ((12, 16, 8), (10, 4, 8), (16, 8, 8)):
        yield made("clips", width=width, lanes=lanes, to=to)
    for width, size, channels, lanes, around in ((8, (14, 14), 16, 4, 1), (1, (28, 28), 64, 64, 2)):
        yield made("border", width=width, size=size, channels=channels, lanes=lanes, around=around)
    for width, size, channels, lanes, options in (
        (1, (32, 32), 64, 64, {}),
        (1, (28, 28), 64, 16, {"border": 1, "fill": 0}),
        (1, (14, 14), 128, 128, {"border": 1}),
        (1, (14, 14), 128, 16, {"border": 1}),
        (1, (12, 12), 256, 256, {}),
        (1, (10, 10), 128, 32, {}),
        (-8, (32, 32), 3, 3, {}),
        (-8, (28, 28), 1, 1, {"border": 1, "fill": 0}),
        (12, (28, 28), 40, 40, {"border": 1, "fill": 0}),
        (12, (28, 28), 40, 4, {"border": 1, "fill": 0}),
        (15, (14, 14), 40, 8, {}),
        (1, (7, 7), 128, 4, {"border": 1}),
        (1, (16, 16), 32, 32, {"kernel": 5}),
        (-8, (28, 28), 1, 1, {"kernel": 5, "stride": 2}),
        (1, (14, 14), 64, 64, {"stride": 2, "border": 1, "fill": 1}),
        (8, (20, 20), 16, 2, {"border": 1, "fill": 0, "stride": 2}),
    ):
        yield made("window", width=width, size=size, channels=channels, lanes=lanes, **options)
    for width, size, channels, lanes, options in (
        (1, (28, 28), 64, 64, {}),
        (1, (28, 28), 64, 8, {"flips": True}),
        (1, (10, 10), 128, 128, {"flips": True}),
        (1, (14, 14), 128, 16, {}),
        (10, (28, 28), 16, 16, {}),
        (12, (26, 26), 40, 10, {}),
        (15, (13, 13), 40, 40, {"kernel": 3, "stride": 2}),
        (12, (28, 28), 40, 8, {"kernel": 3, "stride": 2, "border": 1}),
        (10, (14, 14), 32, 2, {"flips": True}),
        (8, (7, 7), 64, 64, {"kernel": 7, "stride": 7}),
        (12, (28, 28), 40, 1, {}),
        (11, (14, 14), 128, 4, {}),
    ):
        yield made("max_pool", width=width, size=size, channels=channels, lanes=lanes, **options)
    for width, size, channels, lanes, kernel in (
        (8, (7, 7), 64, 64, (7, 7)), (1, (8, 8), 32, 8, (2, 2)), (10, (14, 14), 16, 16, (2, 2)),
        (1, (7, 7), 128, 1, (7, 7)),
    ):  # fmt: skip
        yield made("sums", width=width, size=size, channels=channels, lanes=lanes, kernel=kernel)
    yield from _arrays(made, small)


def _arrays(made: Callable[..., dict[str, Any]], small: bool) -> Iterator[dict[str, Any]]:
    # Bits, run-time weights: (n, m, simd, pe).
    for n, m, simd, pe in (
        (576, 64, 64, 1), (576, 64, 64, 4), (576, 64, 36, 8), (576, 64, 16, 16), (1152, 128, 128, 8),
        (1152, 128, 288, 4),
        (1152, 128, 576, 2), (576, 128, 192, 8), (2304, 256, 96, 4), (144, 32, 12, 8), (576, 64, 8, 32),
        (256, 64, 4, 16),
        (1152, 128, 24, 16), (512, 512, 32, 4), (256, 10, 256, 2), (512, 10, 8, 1), (784, 64, 28, 4),
        (1152, 64, 128, 1),
        (576, 64, 9, 2), (1152, 128, 72, 16), (576, 64, 144, 8), (1152, 128, 384, 8),
    ):  # fmt: skip
        storage = "rom" if n * m // (simd * pe) >= 64 else "logic"
        if not small or simd * pe <= 512:
            yield made("array", width=1, shape=(1, n, m), simd=simd, pe=pe, storage=storage)
    for n, m, simd, pe in ((144, 32, 144, 8), (144, 32, 144, 2), (288, 64, 72, 16), (64, 16, 64, 1), (72, 16, 24, 16)):
        yield made("array", width=1, shape=(1, n, m), simd=simd, pe=pe, storage="logic")
    for n, m, simd, pe in (
        (576, 64, 64, 8),
        (1152, 128, 144, 4),
        (1152, 128, 32, 16),
        (288, 32, 288, 2),
        (576, 64, 16, 4),
    ):
        storage = "rom" if n * m // (simd * pe) >= 64 else "logic"
        yield made("array", width=1, shape=(1, n, m), simd=simd, pe=pe, storage=storage, masked=True)
    yield made("array", width=1, shape=(64, 9, 1), simd=9, pe=1, storage="logic")
    yield made("array", width=1, shape=(64, 9, 1), simd=9, pe=1, parallel=16, storage="logic")
    # Bits, built-in weights.
    for n, m in (
        (9, 16),
        (36, 16),
        (64, 10),
        (72, 32),
        (144, 16),
        (144, 32),
        (144, 64),
        (288, 16),
        (27, 64),
        (256, 10),
    ):
        if not small or n * m <= 2400:
            yield made("array", width=1, shape=(1, n, m), simd=n, pe=m)
    yield made("array", width=1, shape=(1, 64, 2), simd=64, pe=2)
    yield made("array", width=1, shape=(1, 144, 16), simd=144, pe=16, masked=True)
    yield made("array", width=1, shape=(16, 9, 1), simd=9, pe=1, parallel=16)
    # Numbers, weights of -1 and +1.
    for width, n, m, simd, pe in (
        (-8, 27, 64, 9, 4), (-8, 27, 64, 27, 8), (-8, 9, 40, 9, 4), (-8, 9, 40, 3, 10), (-8, 9, 128, 9, 16),
        (12, 360, 40, 36, 2),
        (-8, 27, 64, 3, 16), (8, 144, 32, 16, 4), (-8, 25, 16, 5, 4), (-8, 784, 64, 16, 4), (-8, 9, 64, 1, 8),
    ):  # fmt: skip
        yield made(
            "array",
            width=width,
            shape=(1, n, m),
            simd=simd,
            pe=pe,
            storage="logic" if n * m // (simd * pe) < 64 else "rom",
        )
    for width, n, m in ((-8, 9, 40), (-8, 9, 16), (-8, 27, 32), (-8, 27, 64), (-8, 25, 6), (-8, 9, 128), (-4, 36, 16)):
        yield made("array", width=width, shape=(1, n, m), simd=n, pe=m)
    for width, parallel in ((12, 40), (12, 10), (12, 4), (15, 8), (12, 1), (10, 16)):
        yield made(
            "array",
            width=width,
            shape=(40 if parallel < 16 or parallel == 40 else 32, 9, 1),
            simd=9,
            pe=1,
            parallel=parallel,
        )
    yield made("array", width=8, shape=(16, 9, 2), simd=9, pe=2, parallel=16)
    yield made("array", width=12, shape=(40, 9, 1), simd=3, pe=1)
    # Bits, numbers for weights.
    for n, m, simd, pe, limit in (
        (1960, 10, 40, 1, 200),
        (512, 10, 8, 10, 127),
        (256, 10, 16, 2, 127),
        (640, 10, 4, 5, 500),
        (128, 10, 32, 10, 60),
    ):
        storage = "rom" if n * m // (simd * pe) >= 64 else "logic"
        yield made("array", width=1, shape=(1, n, m), simd=simd, pe=pe, limit=limit, storage=storage, bias=True)
    yield made("array", width=1, shape=(1, 64, 10), simd=64, pe=10, limit=60)
    # Numbers and numbers.
    for width, n, m, simd, pe, limit in (
        (-8, 784, 32, 4, 4, 127), (8, 256, 10, 8, 2, 127), (12, 160, 10, 4, 1, 500), (-8, 27, 16, 9, 4, 127),
        (-4, 64, 10, 16, 2, 7),
        (8, 144, 16, 3, 8, 127), (15, 7840, 10, 8, 1, 255), (-8, 25, 6, 25, 1, 127),
    ):  # fmt: skip
        storage = "rom" if n * m // (simd * pe) >= 64 else "logic"
        yield made("array", width=width, shape=(1, n, m), simd=simd, pe=pe, limit=limit, storage=storage, bias=True)
    yield made("array", width=-8, shape=(1, 9, 8), simd=9, pe=8, limit=127)
    yield made("array", width=-8, shape=(1, 25, 6), simd=25, pe=6, limit=30)


def clocked(spec: Spec, family: str) -> bool:
    """Whether the clock model rests on this component."""
    return False
