"""What a layer's lowering writes into: a graph under way, and where the layer's refusals go."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import NoReturn

import numpy as np

from binloom.compiler.errors import InputError
from binloom.compiler.int8_norm import Places
from binloom.compiler.ir.defect import GraphError
from binloom.compiler.ir.graph import Node, Tensor
from binloom.compiler.ir.ops import BitPlanes, Concat, Fill, MaxPool, Op, Pad, Reshape, Scale, Shape, Sign
from binloom.compiler.ir.shapes import shape_of
from binloom.compiler.layers import Layer, LayerGraph
from binloom.compiler.lower.names import identifier

# Elements of one tensor: past this the numbers of a single image do not fit in the memory of most machines.
LARGEST = 1 << 26


@dataclass(frozen=True, slots=True)
class LowerOptions:
    """What a pixel stood for, scale * pixel + offset, where the model does not say it itself; None if nobody does.

    int8: the batch normalisations that are to become int8 units, and where their binary points lie.
    """

    input_scale: Fraction | None = None
    input_offset: Fraction | None = None
    int8: Mapping[str, Places] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Value:
    """A layer's result: the node that holds it, and what Keras would call its shape."""

    name: str
    shape: Shape
    rank: int  # of Keras' tensor, the batch included: 2 for a vector, 4 for a feature map
    bit: bool = False

    @property
    def channels(self) -> int:
        return self.shape[2]


class Refusal(InputError):
    """A layer that cannot be compiled: why, and what to do."""

    def __init__(self, layer: Layer, reason: str, remedy: str) -> None:
        super().__init__(f"layer {layer.name!r} ({layer.kind}): {reason}", remedy)
        self.reason = reason
        self.remedy = remedy


@dataclass
class Builder:
    """Collects nodes. A `lenient` one notes each layer's first refusal and goes on, so that shapes can be followed."""

    layers: LayerGraph
    lenient: bool = False
    int8: Mapping[str, Places] = field(default_factory=dict)
    nodes: list[Node] = field(default_factory=list)
    refused: dict[str, Refusal] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    endings: dict[str, str] = field(default_factory=dict)  # activations dropped, by layer

    def __post_init__(self) -> None:
        self._taken: set[str] = set()
        self._bits: set[str] = set()
        self._users: dict[str, list[Layer]] = {layer.name: [] for layer in self.layers.layers}
        for layer in self.layers.layers:
            for name in layer.inputs:
                self._users[name].append(layer)

    def emit(self, op: Op, inputs: Sequence[Value], layer: Layer, suffix: str = "", rank: int | None = None) -> Value:
        """Adds a node, named for its layer, and says what it holds."""
        try:
            shape = shape_of(op, [x.shape for x in inputs])
        except GraphError as error:
            self.fail(layer, str(error), "look at the layer's shape and at what comes before it")
        if math.prod(shape) > LARGEST:
            text = " x ".join(map(str, shape))
            self.fail(layer, f"its result of {text} has more than {LARGEST:,} elements", "make the images smaller")
        name = self._unique(identifier(layer.name) + (f"_{suffix}" if suffix else ""))
        self.nodes.append(Node(name, op, tuple(x.name for x in inputs), Tensor(shape), layer.name))
        bit = _gives_bits(op, inputs)
        if bit:
            self._bits.add(name)
        return Value(name, shape, rank if rank is not None else inputs[0].rank, bit)

    def holds_bits(self, name: str) -> bool:
        """Whether the node of that name gives bits."""
        return name in self._bits

    def scale(self, mul: np.ndarray, add: np.ndarray, x: Value, layer: Layer, suffix: str = "") -> Value:
        """y = mul * x + add, left out where it changes nothing."""
        if all(m == 1 for m in mul) and all(a == 0 for a in add):
            return x
        return self.emit(Scale(mul, add), [x], layer, suffix)

    def refuse(self, layer: Layer, reason: str, remedy: str) -> None:
        """The layer cannot be compiled. Returns only in a lenient builder."""
        refusal = Refusal(layer, reason, remedy)
        if not self.lenient:
            raise refusal
        self.refused.setdefault(layer.name, refusal)

    def fail(self, layer: Layer, reason: str, remedy: str) -> NoReturn:
        """The layer cannot be compiled, and its shape cannot be followed either."""
        raise Refusal(layer, reason, remedy)

    def users(self, layer: Layer) -> list[Layer]:
        """The layers that read this one's result."""
        return self._users.get(layer.name, [])

    def _unique(self, name: str) -> str:
        candidate, count = name, 1
        while candidate.lower() in self._taken:
            count += 1
            candidate = f"{name}_{count}"
        self._taken.add(candidate.lower())
        return candidate


def _gives_bits(op: Op, inputs: Sequence[Value]) -> bool:
    if isinstance(op, Sign | BitPlanes):
        return True
    if isinstance(op, Pad):
        return inputs[0].bit and op.padding.fill is not Fill.ZERO
    return isinstance(op, MaxPool | Reshape | Concat) and all(x.bit for x in inputs)
