"""What flows between the ops while scales sink: an integer node, and the exact scale that its values still owe."""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from binloom.compiler.exact import constant, uniform
from binloom.compiler.ir.graph import Graph
from binloom.compiler.ir.ops import Affine, Op, Shape
from binloom.compiler.passes.fixed_point import Fixed, offset_only, to_one_unit
from binloom.compiler.passes.rewrite import Rewrite


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
        self._settled: dict[tuple[str, bool], list[tuple[Flow, Flow]]] = {}

    def write(self, op: Op, flows: list[Flow], name: str) -> str:
        """Puts the op under its old node's name over the flows' nodes."""
        return self.r.keep(self.graph[name], op, [flow.name for flow in flows])

    def settled(self, flow: Flow, one_unit: bool) -> Flow:
        """A flow without offset, made by an integer affine; with `one_unit` its mul is positive and uniform as well.

        Readers that need the same share it.
        """
        known = self._settled.setdefault((flow.name, one_unit), [])
        for before, after in known:
            if before.owes_like(flow):
                return after
        hard = one_unit or bool((flow.mul == 0).any())
        after = self.affine(flow, to_one_unit(flow.mul, flow.add) if hard else offset_only(flow.mul, flow.add))
        known.append((flow, after))
        return after

    def affine(self, flow: Flow, fixed: Fixed) -> Flow:
        """The integer affine over a flow, and what its result owes."""
        source = self.r.new(flow.name).source
        name = self.r.put(Affine(fixed.mul, fixed.add), [flow.name], f"{flow.name}_fixed", source)
        if not fixed.exact:
            self.notes.append(f"{name}: a scale that has to stay is rounded to 24 significant bits")
        return Flow(name, flow.shape, fixed.unit, constant(Fraction(0), len(fixed.unit)))
