"""What flows between the ops while scales sink: an integer node, and the exact scale that its values still owe."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from binloom.compiler.errors import InputError
from binloom.compiler.exact import constant, uniform
from binloom.compiler.ir.defect import GraphError
from binloom.compiler.ir.graph import Graph, Node
from binloom.compiler.ir.infer import BOUNDS, Bounds
from binloom.compiler.ir.ops import Affine, Op, Shape, Sign
from binloom.compiler.passes.fixed_point import RESULT, Fixed, offset_only, to_one_unit
from binloom.compiler.passes.rewrite import Rewrite

# Sums of products that would be wider than this are made of narrower numbers, but of no less than LEAST bits.
ACCUMULATOR = 48
LEAST = 16
TOO_WIDE = "put a sign or a clipped activation before it, or give fewer weight bits"


@dataclass(frozen=True, slots=True, eq=False)
class Flow:
    """The real value is mul * x + add per channel, x what the node of that name holds."""

    name: str
    shape: Shape
    mul: np.ndarray  # Fractions
    add: np.ndarray
    bit: bool = False

    @property
    def plain(self) -> bool:
        return self.offsetless and bool((self.mul == 1).all())

    @property
    def offsetless(self) -> bool:
        return bool((self.add == 0).all())

    @property
    def uniform(self) -> bool:
        return uniform(self.mul)

    def owes_like(self, other: "Flow") -> bool:
        return bool((self.mul == other.mul).all() and (self.add == other.add).all())


class Sweep:
    """One walk through the graph: new nodes, the flow of each old one, and notes on what had to be rounded."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.weight_bits = int(graph.meta.get("weight_bits", 8))  # type: ignore[call-overload]
        self.r = Rewrite(graph)
        self.flows: dict[str, Flow] = {}
        self.notes: list[str] = []
        self.outputs: dict[str, dict[str, str]] = {}
        self._bounds: dict[str, Bounds] = {}
        self._narrowed: dict[tuple[str, bytes], str] = {}
        self._settled: dict[tuple[str, bool], list[tuple[Flow, Flow]]] = {}

    def write(self, op: Op, flows: Sequence[Flow], name: str) -> str:
        """Puts an integer op under its old node's name over the flows' nodes."""
        return self._known(self.r.keep(self.graph[name], op, [flow.name for flow in flows]))

    def bounds(self, flow: Flow) -> Bounds:
        """Least and greatest x of each channel."""
        return self._bounds[flow.name]

    def largest(self, flow: Flow) -> np.ndarray:
        """The largest |x| of each channel, Python integers."""
        at = self._bounds[flow.name]
        return np.maximum(abs(at.lo.astype(object)), abs(at.hi.astype(object)))

    def settled(self, flow: Flow, one_unit: bool) -> Flow:
        """A flow without offset, made by an integer affine; with `one_unit` its mul is positive and uniform as well.

        Readers that need the same share it.
        """
        known = self._settled.setdefault((flow.name, one_unit), [])
        for before, after in known:
            if before.owes_like(flow):
                return after
        slim = self.live(self.narrowed(flow, 1 << (ACCUMULATOR - RESULT)))
        make = to_one_unit if one_unit or self.offset_dwarfs(slim) else offset_only
        after = self.affine(slim, make(slim.mul, slim.add, self.largest(slim)))
        known.append((flow, after))
        return after

    def live(self, flow: Flow) -> Flow:
        """The flow, owing no factor where its integers are always 0: a huge one would count for nothing."""
        return replace(flow, mul=np.where(self.largest(flow) == 0, constant(0, len(flow.mul)), flow.mul))

    def offset_dwarfs(self, flow: Flow) -> bool:
        """Whether the offset of some channel is out of all proportion to what it is added to."""
        return bool((abs(flow.add) >= abs(flow.mul) * (1 << RESULT)).any())

    def affine(self, flow: Flow, fixed: Fixed) -> Flow:
        """The integer affine over a flow, and what its result owes."""
        source = self.r.new(flow.name).source
        name = self.r.put(Affine(fixed.mul, fixed.add, fixed.shift), [flow.name], f"{flow.name}_fixed", source)
        self._known(name)
        if not fixed.exact:
            self.notes.append(f"{name}: a scale that has to stay is rounded to 24 significant bits")
        return Flow(name, flow.shape, fixed.unit, constant(Fraction(0), len(fixed.unit)))

    def narrowed(self, flow: Flow, growth: int) -> Flow:
        """The flow, rounded to fewer bits if an op that multiplies it by up to `growth` would make it too wide.

        Channels that owe the same factor keep owing the same; one of fewer bits loses none to one of more.
        """
        largest = self.largest(flow)
        target = max(LEAST, ACCUMULATOR - growth.bit_length())
        if int(max(largest)).bit_length() <= target:
            return flow
        widths: dict[Fraction, int] = {}
        for factor, most in zip(abs(flow.mul), largest, strict=True):
            widths[factor] = max(widths.get(factor, 0), int(most).bit_length())
        excess = np.array([max(0, widths[factor] - target) for factor in abs(flow.mul)])
        key = (flow.name, excess.tobytes())
        if key not in self._narrowed:
            self._narrowed[key] = self._narrow(flow, excess)
            self.notes.append(f"{self._narrowed[key]}: rounded to {target + 1} bits, so that sums stay narrow")
        return replace(flow, name=self._narrowed[key], mul=flow.mul * [1 << int(e) for e in excess])

    def _narrow(self, flow: Flow, excess: np.ndarray) -> str:
        """x / 2**excess, rounded, a channel at a time."""
        shift = int(excess.max())
        half = np.where(excess > 0, 1 << (shift - 1), 0)
        op = Affine(np.int64(1) << (shift - excess), half, shift)
        return self._known(self.r.put(op, [flow.name], f"{flow.name}_narrow", self.r.new(flow.name).source))

    def bits(self, node: Node) -> Flow:
        """A node that gives bits is kept, and owes nothing."""
        self._known(node.name)
        channels = node.tensor.shape[2]
        return Flow(node.name, node.tensor.shape, constant(1, channels), constant(0, channels), bit=True)

    def _known(self, name: str) -> str:
        node = self.r.new(name)
        if isinstance(node.op, Sign):
            ones = np.ones(node.tensor.shape[2], np.int64)
            found = Bounds(node.tensor.shape, -ones, ones, bit=True)
        else:
            try:
                found = BOUNDS[type(node.op)](node.op, *(self._bounds[read] for read in node.inputs))
            except GraphError as error:
                raise InputError(
                    f"the numbers of layer {node.source or node.name!r} grow too wide: {error}", TOO_WIDE
                ) from error
        self._bounds[name] = replace(found, shape=node.tensor.shape)
        return name
