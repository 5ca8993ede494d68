"""What `binloom inspect` shows of each layer: its shape, its arithmetic, its memory, or why it cannot be compiled."""

from contextlib import suppress
from dataclasses import dataclass, replace

import numpy as np

from binloom.compiler.errors import InputError
from binloom.compiler.ir.graph import Node
from binloom.compiler.ir.ops import Conv, Dense, Input, Op, OvsfConv, Shape
from binloom.compiler.layers import Layer, LayerGraph
from binloom.compiler.lower.builder import Builder, Refusal, Value
from binloom.compiler.lower.lower import SECOND_INPUT, needed_layers, stored_rank
from binloom.compiler.lower.table import TABLE, lower_layer, why_missing
from binloom.compiler.passes.exact_kernels import exact_form
from binloom.hw.arrays.matrix import weight_element
from binloom.hw.element import Element


@dataclass(frozen=True, slots=True)
class LayerSummary:
    """One row. `shape` is None where it cannot be followed; `weight_bits` is None where there are no weights."""

    name: str
    kind: str
    package: str
    shape: Shape | None
    weights: int
    kernel_weights: int  # of these, what a product takes
    bit_weights: int  # and of those, what counts as -1 and +1
    weight_bits: int | None
    bit_macs: int  # of a bit with a bit
    int_macs: int  # all others
    memory_bits: int  # of the kernels
    problem: str | None  # why it cannot be compiled
    remedy: str | None


def summarise(layers: LayerGraph, weight_bits: int = 8) -> tuple[LayerSummary, ...]:
    """A row a layer, also of a model that cannot be compiled; `weight_bits` is for kernels that must be quantised."""
    b = Builder(layers, lenient=True)
    values: dict[str, Value | None] = {}
    rows = []
    for layer in layers.layers:
        start = len(b.nodes)
        inputs = [values.get(name) for name in layer.inputs]
        values[layer.name] = None if refuse_input(b, layer) else follow(b, layer, inputs)
        rows.append(row(b, layer, values[layer.name], b.nodes[start:], weight_bits))
    return tuple(rows)


def support(layer: Layer) -> str | None:
    """Why a layer cannot be compiled, as far as it shows without its neighbours; None if it can."""
    if layer.kind == "InputLayer":
        return None
    if (layer.package, layer.kind) not in TABLE:
        return why_missing(layer)[0]
    alone = LayerGraph("alone", (replace(layer, inputs=()),), (layer.name,), (64, 64, 8), "", "")
    b = Builder(alone, lenient=True)
    known = [array.shape[2 if array.ndim > 2 else 0] for array in layer.weights.values() if array.ndim]
    channels = (known[0] if known else 8) * int(layer.config.get("groups", 1) or 1)  # type: ignore[call-overload]
    rank = 2 if any(role == "kernel" and array.ndim == 2 for role, array in layer.weights.items()) else 4
    fits = Value("x", (1, 1, channels) if rank == 2 else (64, 64, channels), rank)
    # A shape that the made-up input does not have is no fault of the layer's, whose own faults were noted before.
    with suppress(InputError):
        lower_layer(b, layer, [fits])
    return b.refused[layer.name].reason if layer.name in b.refused else None


def refuse_input(b: Builder, layer: Layer) -> bool:
    """Whether the layer is an input too many. One that no output depends on is in nobody's way."""
    needed = needed_layers(b.layers)
    inputs = [each.name for each in b.layers.layers if each.kind == "InputLayer" and each.name in needed]
    if layer.name not in inputs[1:]:
        return False
    b.refuse(layer, *SECOND_INPUT)
    return True


def follow(b: Builder, layer: Layer, inputs: list[Value | None]) -> Value | None:
    """The layer's result, None where its shape is anyone's guess."""
    if layer.kind == "InputLayer":
        shape = b.layers.input_shape
        return b.emit(Input(shape), [], layer, rank=stored_rank(layer, 2 if shape[:2] == (1, 1) else 4))
    known = [value for value in inputs if value is not None]
    if len(known) < len(inputs):
        reason = support(layer)
        if reason is not None:
            b.refused.setdefault(layer.name, Refusal(layer, reason, ""))
        return None
    try:
        return lower_layer(b, layer, known)
    except Refusal as refusal:
        b.refused.setdefault(layer.name, refusal)
        return None


def row(b: Builder, layer: Layer, value: Value | None, nodes: list[Node], weight_bits: int) -> LayerSummary:
    refusal = b.refused.get(layer.name)
    products = [
        (node, stored)
        for node in nodes
        if (stored := stored_of(node.op)) is not None and (layer.weights or not copies(stored))
    ]
    elements = [compiled_weight(weights) for _, weights in products]
    widths = [weight_bits if element is None else element.width for element in elements]
    macs = {True: 0, False: 0}
    for (node, weights), element in zip(products, elements, strict=True):
        height, across, _ = node.tensor.shape
        of_bits = element is not None and element.bit and b.holds_bits(node.inputs[0])
        taps = node.op.places.size * weights.shape[1] if isinstance(node.op, OvsfConv) else weights.size
        macs[of_bits] += height * across * taps
    if not layer.weights:  # what is computed with is in the layer's definition, and nowhere stored
        products, elements, widths = [], [], []
    sizes = [weights.size for _, weights in products]
    return LayerSummary(
        name=layer.name,
        kind=layer.kind,
        package=layer.package,
        shape=value.shape if value is not None else None,
        weights=sum(int(np.size(array)) for array in layer.weights.values()),
        kernel_weights=sum(sizes),
        bit_weights=sum(size for size, element in zip(sizes, elements, strict=True) if element and element.bit),
        weight_bits=max(widths, default=None),
        bit_macs=macs[True],
        int_macs=macs[False],
        memory_bits=sum(size * width for size, width in zip(sizes, widths, strict=True)),
        problem=refusal.reason if refusal else None,
        remedy=refusal.remedy if refusal else None,
    )


def stored_of(op: Op) -> np.ndarray | None:
    """The weights that an op is given; of a kernel made of codes, its coefficients."""
    return op.coefficients if isinstance(op, OvsfConv) else op.weights if isinstance(op, Conv | Dense) else None


def copies(weights: np.ndarray) -> bool:
    """Whether a kernel only repeats what it reads."""
    return weights.size == weights.shape[-1] and bool((weights == 1).all())


def compiled_weight(weights: np.ndarray) -> Element | None:
    """What a weight of this kernel can be once it is compiled; None where it has to be quantised."""
    if weights.dtype.kind == "f":
        found = exact_form(weights)
        return None if found is None else weight_element(found[0])
    return weight_element(weights)
