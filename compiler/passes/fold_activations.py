"""Activations that a sign makes superfluous: rising ones only move the point at which the sign turns.

    x -> PiecewiseAffine(1, 1/4) -> Scale(m, a) -> Sign -> y       becomes       x -> Scale(m', a') -> Sign -> y

Channel by channel the set of x whose sign is +1 is followed backwards: it is a ray (x >= t, x > t, x <= t, x < t),
or all x, or none.
"""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from binloom.compiler.exact import rationals
from binloom.compiler.ir.graph import Graph, Node
from binloom.compiler.ir.ops import Clip, PiecewiseAffine, Scale, Sign
from binloom.compiler.passes.rewrite import Rewrite


@dataclass(frozen=True, slots=True)
class Ray:
    """The x with x >= at (or x <= at, if not `up`); without `at` itself if `strict`. Without `at`: all x, or none."""

    up: bool
    at: Fraction | None
    strict: bool
    all: bool = False

    def everything(self, yes: bool) -> "Ray":
        return Ray(self.up, None, self.strict, yes)


def fold_activations(graph: Graph) -> Graph:
    r = Rewrite(graph)
    for node in graph:
        chain = chain_before(graph, node) if isinstance(node.op, Sign) else []
        if not any(isinstance(link.op, PiecewiseAffine | Clip) for link in chain):
            r.keep(node)
            continue
        head = r.at[chain[-1].inputs[0]]
        rays = [ray_of(node.op, [link.op for link in chain], channel) for channel in range(node.tensor.shape[2])]
        mul, add = np.transpose([turning(ray) for ray in rays])
        scale = r.put(Scale(rationals(mul), rationals(add)), [head], f"{node.name}_at", node.source)
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


def ray_of(sign: Sign, chain: list[object], channel: int) -> Ray:
    """Where the head of the chain may lie for the sign to be +1."""
    ray = Ray(up=True, at=Fraction(0), strict=sign.tie < 0)
    for op in chain:
        if ray.at is None:
            return ray
        if isinstance(op, Scale):
            ray = before_scale(ray, op.mul[channel], op.add[channel])
        elif isinstance(op, PiecewiseAffine):
            ray = before_piecewise(ray, op.pos[channel], op.neg[channel])
        else:
            ray = before_clip(ray, op)
    return ray


def holds(ray: Ray, value: Fraction) -> bool:
    if value == ray.at:
        return not ray.strict
    return (value > ray.at) == ray.up


def before_scale(ray: Ray, mul: Fraction, add: Fraction) -> Ray:
    if mul == 0:
        return ray.everything(holds(ray, add))
    return Ray(ray.up == (mul > 0), (ray.at - add) / mul, ray.strict)


def before_piecewise(ray: Ray, pos: Fraction, neg: Fraction) -> Ray:
    if neg == 0 and (ray.at < 0 or (ray.at == 0 and ray.up != ray.strict)):
        return ray.everything(holds(ray, Fraction(0)))
    return Ray(ray.up, ray.at / (pos if ray.at >= 0 else neg), ray.strict)


def before_clip(ray: Ray, op: Clip) -> Ray:
    ends = holds(ray, Fraction(op.lo)), holds(ray, Fraction(op.hi))
    return ray.everything(ends[0]) if ends[0] == ends[1] else ray


def turning(ray: Ray) -> tuple[Fraction, Fraction]:
    """(mul, add) whose sum mul * x + add has the sign that the ray says; a tie means what it meant."""
    if ray.at is None:
        return Fraction(0), Fraction(1 if ray.all else -1)
    return (Fraction(1), -ray.at) if ray.up else (Fraction(-1), ray.at)
