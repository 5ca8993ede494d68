"""The folds of one op that are worth trying, for some number of cycles a frame.

An op's cycles are known before any block is made, so what is too slow is never built. Nor is what would lose: of a
convolution's folds that differ in `simd` only, the one with the least that is fast enough takes the least, except that
a whole window needs no adapter in front of the array, and that small arrays are mostly control; and an array most of
which waits all the time is tried only where the whole matrix is built of constants.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import product
from math import ceil, gcd, lcm

from binloom.compiler.design.fold import COUNTED, SHARES, Fold
from binloom.compiler.design.tensors import element_of
from binloom.compiler.ir.graph import Node
from binloom.compiler.ir.ops import Affine, Conv, Dense, Op, OvsfConv, Reshape, ShiftAdd
from binloom.compiler.plan.divisors import divisors
from binloom.compiler.plan.patches import part_sizes
from binloom.hw.arrays.matrix import weight_element
from binloom.hw.elementwise.scaled import MULTIPLY, multiplies
from binloom.hw.elementwise.shift_add import lanes_fit

# Products made in a cycle, for each that would have to be: where more are made, much of the array waits all the time.
WASTE = 4
FEW = 32  # products that are no waste in any case
MOST_CONSTANT = 1 << 16  # products with constants that an FPGA may hold

MADE = 4  # cycles that a row of a generated kernel takes besides its codes

# Bits of weights below which they fill no block of RAM worth the name, and from which lookup tables hold them no more.
LEAST_ROM, MOST_LOGIC = 512, 1 << 18


# Products of bits in a cycle from which on they are counted in lookup tables alone: carry chains of so many inputs lie
# so close together that there are no ways left between them.
MOST_CHAINED = 1_024

# Positions that may share a weight, and the bits of weights from which on that is looked at.
PIXELS, SHARED = range(2, 17), 8_192


@dataclass(frozen=True, slots=True)
class Rates:
    """The cycles a frame to find folds for: at most the first, and others that shorten the latency."""

    cycles: tuple[int, ...]
    storages: tuple[str, ...] = ("logic", "rom")

    @property
    def most(self) -> int:
        return self.cycles[0]


def folds_of(node: Node, sources: tuple[Node, ...], rates: Rates, planes: int = 1) -> list[Fold]:
    """Folds of a node whose array takes no more than `rates.most` cycles a frame; none where it cannot."""
    find = FOLDS.get(type(node.op), _lanes)
    found = dict.fromkeys(fold for cycles in rates.cycles for fold in find(node, sources, cycles, planes))
    return [_counted(node, sources, fold) for fold in found if fold.storage in rates.storages]


def _counted(node: Node, sources: tuple[Node, ...], fold: Fold) -> Fold:
    """The same, in lookup tables where it multiplies bits by bits that change and is too large for carry chains."""
    products = fold.simd * fold.pe * fold.parallel
    if products * fold.pixels < MOST_CHAINED or not isinstance(node.op, Conv | Dense):
        return fold
    bits = element_of(sources[0]).bit and weight_element(node.op.weights).bit
    return replace(fold, popcount=COUNTED) if bits and products < node.op.weights.size else fold


def _lanes(node: Node, sources: tuple[Node, ...], cycles: int, planes: int) -> Iterator[Fold]:
    """Any number of channels side by side; a beat must fit into a plane of a pixel before and after."""
    shapes = [source.tensor.shape for source in sources] or [node.tensor.shape]
    channels = gcd(*(c if (h, w) == (1, 1) else c // planes for h, w, c in shapes))
    if isinstance(node.op, Reshape):
        channels = gcd(channels, node.tensor.shape[2])
    for lanes in divisors(channels):
        if all(h * w * c <= cycles * lanes for h, w, c in shapes):
            yield Fold(lanes=lanes, planes=planes)


def _affine(node: Node, sources: tuple[Node, ...], cycles: int, planes: int) -> Iterator[Fold]:
    """With multipliers and without, where there is something to multiply."""
    op: Affine = node.op  # type: ignore[assignment]
    choice = MULTIPLY if multiplies(element_of(sources[0]), op.mul) else MULTIPLY[:1]
    for fold in _lanes(node, sources, cycles, planes):
        for multiply in choice:
            yield replace(fold, multiply=multiply)


def _shift_add(node: Node, sources: tuple[Node, ...], cycles: int, planes: int) -> Iterator[Fold]:
    op: ShiftAdd = node.op  # type: ignore[assignment]
    for fold in _lanes(node, sources, cycles, planes):
        if lanes_fit(fold.lanes, op.planes, op.filters):
            yield fold


def _dense(node: Node, sources: tuple[Node, ...], cycles: int, planes: int) -> Iterator[Fold]:
    op: Dense = node.op  # type: ignore[assignment]
    inputs, outputs = op.weights.shape
    bits, least = weight_element(op.weights).width, ceil(op.weights.size / cycles)
    for pe in divisors(outputs):
        for simd in divisors(inputs):
            whole = (simd, pe) == (inputs, outputs)
            if least <= simd * pe and _worth(simd * pe, least, whole):
                for storage in _storages(op.weights.size, bits, op.weights.size // (simd * pe)):
                    yield Fold(lanes=simd, simd=simd, pe=pe, storage=storage)


def _conv(node: Node, sources: tuple[Node, ...], cycles: int, planes: int) -> Iterator[Fold]:
    yield from _convolution(node, node.op, cycles, planes)  # type: ignore[arg-type]


def _ovsf(node: Node, sources: tuple[Node, ...], cycles: int, planes: int) -> Iterator[Fold]:
    op: OvsfConv = node.op  # type: ignore[assignment]
    yield from _convolution(node, op.plain, cycles, planes)
    yield from _transformed(node, op, cycles)
    if len(sources) and min(map(_pixels, (node, *sources))) > 1:
        yield from _generated(node, op, cycles)


def _transformed(node: Node, op: OvsfConv, cycles: int) -> Iterator[Fold]:
    """Patches as they come or a part at a time, and the products of codes and coefficients as of a dense layer."""
    height, width, outputs = node.tensor.shape
    inputs, count = op.places.size, len(op.codes)
    bits, size, positions = weight_element(op.coefficients).width, op.coefficients.size, height * width
    least = ceil(positions * size / cycles)
    for lanes in divisors(op.places.shape[2]):
        sizes = [simd for simd in part_sizes(op, lanes) if positions * inputs <= cycles * simd]
        for simd in dict.fromkeys((*sizes[:1], *sizes[-1:], *([inputs] if lanes == op.places.shape[2] else []))):
            for codes, pe in product(divisors(count), divisors(outputs)):
                if least <= codes * pe and _worth(codes * pe, least, False):
                    for storage in _storages(size, bits, size // (codes * pe)):
                        yield Fold(lanes, simd, pe, storage=storage, kernel="transformed", codes=codes)


def _generated(node: Node, op: OvsfConv, cycles: int) -> Iterator[Fold]:
    """A few filters at a time, as long as their kernel can be made while the frame passes."""
    positions, channels = _pixels(node), op.places.shape[2]
    (count, outputs), bits = op.coefficients.shape, weight_element(op.coefficients).width
    for lanes, pe in product(divisors(channels), divisors(outputs)[:-1]):
        rows = outputs // pe
        fast = [simd for simd in part_sizes(op, lanes) if rows * positions * op.places.size <= cycles * simd]
        for simd, share in product(fast[:1], SHARES):
            kept, beats = count * share // 100, op.places.size // simd
            steps = (step for step in divisors(count) if rows * (beats * count // step + MADE) <= cycles)
            step = next((step for step in steps if kept % step == 0), None)
            if step is not None and count * share % 100 == 0:
                for storage in _storages(op.coefficients.size, bits, rows * count // step):
                    if storage != "ram":
                        yield Fold(lanes, simd, pe, storage=storage, kernel="generated", codes=step, share=share)


def _pixels(node: Node) -> int:
    return node.tensor.shape[0] * node.tensor.shape[1]


def _convolution(node: Node, op: Conv, cycles: int, planes: int) -> Iterator[Fold]:
    height, width, channels = node.tensor.shape
    groups = lcm(op.groups, planes)
    taps, group, outputs = op.kernel[0] * op.kernel[1], op.weights.shape[2], channels // groups
    size, bits, least = (
        op.weights.size,
        weight_element(op.weights).width,
        ceil(height * width * op.weights.size / cycles),
    )
    several = planes == 1 and size * bits >= SHARED
    shared = [pixels for pixels in PIXELS if several and height * width % pixels == 0]
    for lanes, pe, pixels in product(divisors(group), divisors(outputs), (1, *shared)):
        fast = [simd for simd in divisors(taps * lanes) if least <= simd * pe * pixels]
        few = [simd for simd in fast if simd * pe * pixels <= FEW]
        for simd in dict.fromkeys((*fast[:1], *few, *fast[-1:])):
            whole = groups == 1 and (simd, pe, pixels) == (taps * group, outputs, 1)
            if _worth(simd * pe * pixels, least, whole):
                for storage in _storages(size, bits, size // (simd * pe)):
                    yield Fold(lanes, simd, pe, 1, storage, pixels, planes)
    for parallel in divisors(groups // planes)[1:]:
        products = taps * group * outputs * parallel
        if least <= products and _worth(products, least, parallel == groups):
            for storage in _storages(size, bits, groups // parallel):
                yield Fold(parallel * group, taps * group, outputs, parallel, storage, 1, planes)


def _worth(products: int, least: int, whole: bool) -> bool:
    return products <= (MOST_CONSTANT if whole else max(FEW, WASTE * least))


def _storages(weights: int, bits: int, words: int) -> Iterator[str]:
    """Constants are logic. Few words are no memory, and very many no logic."""
    if words == 1 or weights * bits <= MOST_LOGIC:
        yield "logic"
    if words > 1 and weights * bits >= LEAST_ROM:
        yield "rom"
        yield "ram"


Find = Callable[[Node, tuple[Node, ...], int, int], Iterator[Fold]]

FOLDS: Mapping[type[Op], Find] = {Affine: _affine, Conv: _conv, Dense: _dense, OvsfConv: _ovsf, ShiftAdd: _shift_add}
