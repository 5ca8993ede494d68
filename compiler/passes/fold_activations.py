"""Activations that a sign makes superfluous: rising ones only move the point at which the sign turns.

    x -> PiecewiseAffine(1, 1/4) -> Scale(m, a) -> Sign -> y       becomes       x -> Scale(m', a') -> Sign -> y

Channel by channel the set of x whose sign is +1 is followed backwards: it is a ray (x >= t, x > t, x <= t, x < t),
or all x, or none.
"""

from dataclasses import dataclass
from fractions import Fraction

from binloom.compiler.exact import rationals
from binloom.compiler.ir.graph import Graph, Node
from binloom.compiler.ir.ops import Clip, Op, PiecewiseAffine, Scale, Sign
from binloom.compiler.passes.rewrite import Rewrite


@dataclass(frozen=True, slots=True)
class Ray:
    """The x with x >= at (or x <= at, if not `up`); without `at` itself if `strict`."""

    up: bool
    at: Fraction
    strict: bool

    def __contains__(self, value: Fraction) -> bool:
        return not self.strict if value == self.at else (value > self.at) == self.up


Where = Ray | bool  # a ray, or all x, or none


def fold_activations(graph: Graph) -> Graph:
    r = Rewrite(graph)
    for node in graph:
        chain = chain_before(graph, node) if isinstance(node.op, Sign) else []
        if not chain or not isinstance(node.op, Sign):
            r.keep(node)
            continue
        head = r.at[chain[-1].inputs[0]]
        links = [link.op for link in chain]
        turns = [turning(where(node.op.tie, links, channel)) for channel in range(node.tensor.shape[2])]
        scale = r.put(Scale(*map(rationals, zip(*turns, strict=True))), [head], f"{node.name}_at", node.source)
        r.keep(node, inputs=[scale])
    return r.graph()


def chain_before(graph: Graph, sign: Node) -> list[Node]:
    """The per-channel rising or linear ops before a sign that nobody else reads, last one first."""
    chain: list[Node] = []
    node = graph[sign.inputs[0]]
    while len(graph.users[node.name]) == 1 and can_fold(node):
        chain.append(node)
        node = graph[node.inputs[0]]
    while chain and isinstance(chain[-1].op, Scale):
        chain.pop()
    return chain


def can_fold(node: Node) -> bool:
    op = node.op
    if isinstance(op, PiecewiseAffine):
        return bool((op.pos > 0).all() and (op.neg >= 0).all())
    return isinstance(op, Scale | Clip)


def where(tie: int, chain: list[Op], channel: int) -> Where:
    """Where the head of the chain has to lie for the sign to be +1."""
    found: Where = Ray(up=True, at=Fraction(0), strict=tie < 0)
    for op in chain:
        if isinstance(found, bool):
            break
        if isinstance(op, Scale):
            found = before_scale(found, op.mul[channel], op.add[channel])
        elif isinstance(op, PiecewiseAffine):
            found = before_piecewise(found, op.pos[channel], op.neg[channel])
        elif isinstance(op, Clip):
            found = before_clip(found, op)
    return found


def before_scale(ray: Ray, mul: Fraction, add: Fraction) -> Where:
    if mul == 0:
        return add in ray
    return Ray(ray.up == (mul > 0), (ray.at - add) / mul, ray.strict)


def before_piecewise(ray: Ray, pos: Fraction, neg: Fraction) -> Where:
    if neg == 0 and (ray.at < 0 or (ray.at == 0 and ray.up != ray.strict)):
        return Fraction(0) in ray
    return Ray(ray.up, ray.at / (pos if ray.at >= 0 else neg), ray.strict)


def before_clip(ray: Ray, op: Clip) -> Where:
    ends = Fraction(op.lo) in ray, Fraction(op.hi) in ray
    return ends[0] if ends[0] == ends[1] else ray


def turning(found: Where) -> tuple[Fraction, Fraction]:
    """(mul, add) such that mul * x + add has the sign that was found; a tie means what it meant."""
    if isinstance(found, bool):
        return Fraction(0), Fraction(1 if found else -1)
    return (Fraction(1), -found.at) if found.up else (Fraction(-1), found.at)
