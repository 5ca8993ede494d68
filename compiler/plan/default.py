"""The default plan: for each op the cheapest fold that keeps up with one common rate.

It knows no device: what is cheap is a rough count of wires and products, one op after the other. `planner.py` chooses
for a device and a wish, all ops together, by the cost model.
"""

from collections.abc import Callable, Iterator, Mapping

import numpy as np

from binloom.compiler.design.blocks import stages_of
from binloom.compiler.design.design import units_of, with_depths
from binloom.compiler.design.fold import Fold, Plan
from binloom.compiler.design.tensors import element_of, map_of
from binloom.compiler.design.timing import cycles_of
from binloom.compiler.ir.graph import Graph, Node
from binloom.compiler.ir.ops import (
    Add,
    Affine,
    Concat,
    Conv,
    Dense,
    Input,
    Knee,
    MaxPool,
    Op,
    OvsfConv,
    PiecewiseAffine,
    Reshape,
    ShiftAdd,
    SumPool,
)
from binloom.compiler.plan.divisors import divisors
from binloom.compiler.plan.patches import part_sizes
from binloom.hw.arrays.matrix import weight_element
from binloom.hw.element import Element
from binloom.hw.elementwise.shift_add import lanes_fit
from binloom.hw.network import Stage
from binloom.hw.stream import Map

MIN_CYCLES = 1024

# Bit products that a design of the default size makes in a cycle, about a mid-sized FPGA full of them.
BIT_PRODUCTS = 32_768

# A pixel of up to this many channels travels in one beat of the input port.
PIXEL_CHANNELS = 4

# Folds to try before asking whether any can be fast enough.
PATIENCE = 8

# Weights go to block RAM where they would fill one, and are deep enough to use it.
ROM_BITS, ROM_DEPTH = 16_384, 64


def default_plan(graph: Graph, cycles: int | None = None) -> Plan:
    """Folds for about that many cycles a frame (default: `default_cycles`), with FIFOs that never hang.

    An op that cannot be that fast gets its fastest fold.
    """
    target = default_cycles(graph) if cycles is None else cycles
    folds: dict[str, Fold] = {}
    streams: dict[str, tuple[str, Map]] = {}
    for node in graph:
        sources = [streams[name] for name in node.inputs]
        if isinstance(node.op, Input):
            folds[node.name] = _input_fold(node, target)
            streams[node.name] = (node.name, map_of(node, folds[node.name].lanes))
            continue
        folds[node.name], stages = _fold(node, sources, target)
        streams[node.name] = (stages[-1].name, stages[-1].block.o_map) if stages else sources[0]
    return with_depths(graph, Plan(folds, {}, target))


def default_cycles(graph: Graph, products: int = BIT_PRODUCTS) -> int:
    """Cycles a frame at which the whole network is of a sane size: one a pixel, and more where there is much to do.

    A sane size is what makes so many products of bits in a cycle.
    """
    pixels = max(node.tensor.shape[0] * node.tensor.shape[1] for node in graph.inputs)
    work = sum(
        _work(product, node, graph.inputs_of(node)[0]) for node in graph if (product := product_of(node.op)) is not None
    )
    return max(MIN_CYCLES, pixels, -(-work // products))


def product_of(op: Op) -> Conv | Dense | None:
    """The matrix product that an op is; None where it is none."""
    return op.plain if isinstance(op, OvsfConv) else op if isinstance(op, Conv | Dense) else None


def _work(op: Conv | Dense, node: Node, source: Node) -> int:
    """Bit products a frame of a Conv or Dense."""
    height, width, channels = node.tensor.shape
    per_output = op.weights.size // op.weights.shape[-1]
    return height * width * channels * per_output * _product_bits(op, element_of(source))


def _product_bits(op: Conv | Dense, element: Element) -> int:
    return element.width * weight_element(op.weights).width


def _input_fold(node: Node, target: int) -> Fold:
    height, width, channels = node.tensor.shape
    if channels <= PIXEL_CHANNELS:
        return Fold(lanes=channels)
    return Fold(lanes=next(n for n in divisors(channels) if n == channels or height * width * channels // n <= target))


def _fold(node: Node, sources: list[tuple[str, Map]], target: int) -> tuple[Fold, list[Stage]]:
    """The cheapest candidate that keeps up; the fastest where none does. With the stages it makes."""

    def tried(fold: Fold) -> tuple[int, Fold, list[Stage]]:
        stages = stages_of(node, fold, sources)
        return max((cycles_of(unit) for unit in units_of(stages)), default=0), fold, stages

    candidates = CANDIDATES.get(type(node.op), _same_lanes)(node, [map for _, map in sources], target)
    folds = [fold for _, fold in sorted(candidates, key=lambda pair: pair[0])]
    best = tried(folds[0])
    for number, fold in enumerate(folds[1:], 1):
        if number == PATIENCE:
            # Maybe none is fast enough, as where the image itself takes longer: then what the widest does must do.
            target = max(target, tried(folds[-1])[0])
        if best[0] <= target:
            break
        best = min(best, tried(fold), key=lambda result: result[0])
    return best[1], best[2]


Candidates = Iterator[tuple[float, Fold]]


def _same_lanes(node: Node, maps: list[Map], target: int) -> Candidates:
    yield 0, Fold(lanes=maps[0].lanes)


def _reshape(node: Node, maps: list[Map], target: int) -> Candidates:
    for lanes in divisors(int(np.gcd(maps[0].channels, node.tensor.shape[2]))):
        yield _adapters(maps, lanes), Fold(lanes=lanes)


def _pool(node: Node, maps: list[Map], target: int) -> Candidates:
    """Registers and comparators of a window, and of the adapter where the lanes change."""
    op: MaxPool | SumPool = node.op  # type: ignore[assignment]
    taps = op.size[0] * op.size[1]
    for lanes in divisors(maps[0].channels):
        yield _adapters(maps, lanes) + taps * lanes, Fold(lanes=lanes)


def _join(node: Node, maps: list[Map], target: int) -> Candidates:
    for lanes in divisors(int(np.gcd.reduce([map.channels for map in maps]))):
        yield _adapters(maps, lanes) + lanes, Fold(lanes=lanes)


def _scaled(node: Node, maps: list[Map], target: int) -> Candidates:
    """A multiplier a lane; one may do for channels that come side by side, in turn."""
    op: Affine | PiecewiseAffine | Knee = node.op  # type: ignore[assignment]
    factors = (op.mul,) if isinstance(op, Affine) else (op.pos, op.neg)
    sizes = np.abs(np.concatenate(factors))
    # Powers of two are wires.
    unit = int(sizes.max()).bit_length() if (sizes & (sizes - 1)).any() else 0
    for lanes in divisors(maps[0].lanes):
        yield _adapters(maps, lanes) + unit * lanes, Fold(lanes=lanes)


def _shift_add(node: Node, maps: list[Map], target: int) -> Candidates:
    op: ShiftAdd = node.op  # type: ignore[assignment]
    for lanes in divisors(maps[0].channels):
        if lanes_fit(lanes, op.planes, op.filters):
            yield _adapters(maps, lanes) + lanes, Fold(lanes=lanes)


def _dense(node: Node, maps: list[Map], target: int) -> Candidates:
    op: Dense = node.op  # type: ignore[assignment]
    inputs, outputs = op.weights.shape
    unit = _product_bits(op, maps[0].element) / maps[0].element.width
    for simd in divisors(inputs):
        for pe in divisors(outputs):
            if inputs * outputs <= target * simd * pe or (simd, pe) == (inputs, outputs):
                storage = _storage(inputs * outputs, simd * pe, weight_element(op.weights).width)
                fold = Fold(lanes=simd, simd=simd, pe=pe, storage=storage)
                yield _adapters(maps, simd) + unit * simd * pe, fold


def _conv(node: Node, maps: list[Map], target: int) -> Candidates:
    yield from _convolution(node, node.op, maps, target)  # type: ignore[arg-type]


def _ovsf(node: Node, maps: list[Map], target: int) -> Candidates:
    """As the convolution of its kernel, or by a transform of each patch: adders, a number a code, products with it."""
    op: OvsfConv = node.op  # type: ignore[assignment]
    yield from _convolution(node, op.plain, maps, target)
    (count, outputs), inputs = op.coefficients.shape, op.places.size
    height, width, _ = node.tensor.shape
    positions, taps, element = height * width, op.kernel[0] * op.kernel[1], maps[0].element.width
    number = element + inputs.bit_length()
    for lanes in divisors(op.places.shape[2]):
        sizes = part_sizes(op, lanes)
        for simd in sizes:
            if positions * inputs > target * simd and simd < sizes[-1]:
                continue
            adders = (
                _adapters(maps, lanes) + taps * lanes + (simd * simd.bit_length() / 2 + 3 * count) * number / element
            )
            for codes in divisors(count):
                for pe in divisors(outputs):
                    if positions * count * outputs <= target * codes * pe or (codes, pe) == (count, outputs):
                        products = codes * pe * number * weight_element(op.coefficients).width / element
                        storage = _storage(op.coefficients.size, codes * pe, weight_element(op.coefficients).width)
                        fold = Fold(lanes, simd, pe, storage=storage, kernel="transformed", codes=codes)
                        yield adders + products, fold


def _convolution(node: Node, op: Conv, maps: list[Map], target: int) -> Candidates:
    height, width, _ = node.tensor.shape
    taps, group = op.kernel[0] * op.kernel[1], op.weights.shape[2]
    outputs = op.weights.shape[3] // op.groups
    work = height * width * op.weights.size
    unit = _product_bits(op, maps[0].element) / maps[0].element.width
    widest = taps * group * outputs * op.groups
    for parallel, lanes, simd, pe in _conv_shapes(taps, group, outputs, op.groups):
        products = simd * pe * parallel
        if work <= target * products or products == widest:
            storage = _storage(op.weights.size, products, weight_element(op.weights).width)
            fold = Fold(lanes, simd, pe, parallel, storage)
            yield _adapters(maps, lanes) + taps * lanes + unit * products, fold


def _conv_shapes(taps: int, group: int, outputs: int, groups: int) -> Iterator[tuple[int, int, int, int]]:
    for lanes in divisors(group):
        for simd in divisors(taps * lanes):
            for pe in divisors(outputs):
                yield 1, lanes, simd, pe
    for parallel in divisors(groups)[1:]:
        yield parallel, parallel * group, taps * group, outputs


CANDIDATES: Mapping[type[Op], Callable[[Node, list[Map], int], Candidates]] = {
    Conv: _conv,
    Dense: _dense,
    OvsfConv: _ovsf,
    Affine: _scaled,
    PiecewiseAffine: _scaled,
    Knee: _scaled,
    MaxPool: _pool,
    SumPool: _pool,
    Add: _join,
    Concat: _join,
    Reshape: _reshape,
    ShiftAdd: _shift_add,
}


def _adapters(maps: list[Map], lanes: int) -> int:
    """Registers that it takes to bring these streams to that many lanes, counted in elements."""
    return sum(max(map.lanes, lanes) for map in maps if map.lanes != lanes)


def _storage(weights: int, products: int, bits: int) -> str:
    return "rom" if weights * bits >= ROM_BITS and weights // products >= ROM_DEPTH else "logic"
