"""What can be chosen for each node behind each form of its inputs, without what others beat in every respect."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product

import numpy as np

from binloom.compiler.design.fold import Fold
from binloom.compiler.design.tensors import map_of
from binloom.compiler.design.timing import Response
from binloom.compiler.ir.graph import Graph, Node
from binloom.compiler.ir.ops import (
    Affine,
    ArgMax,
    BitPlanes,
    Clip,
    Equalise,
    Input,
    Knee,
    Output,
    PiecewiseAffine,
    Reshape,
    ShiftAdd,
    Standardise,
    Threshold,
)
from binloom.compiler.plan.budget import RESOURCES
from binloom.compiler.plan.folds import Rates, folds_of
from binloom.compiler.plan.workshop import Piece, Workshop, at_lanes
from binloom.hw.stream import Map

Maps = tuple[Map, ...]

BLOCK = 256  # rows that are compared with each other at a time

# Ops that cost more the more lanes they have and gain nothing by lanes of their own: they never widen a stream.
NARROW = (Threshold, Affine, PiecewiseAffine, Knee, Clip, ArgMax, Reshape, BitPlanes, ShiftAdd, Equalise, Standardise)


@dataclass(frozen=True)
class Choices:
    """Folds of one node that lead to the same output map: their areas, and how each answers a frame.

    `answers` holds a row (share, first, start, end, tail) a fold, and `delays` a row (start, tail) for each input's
    adapter; both are None where nobody asks for latencies.
    """

    o_map: Map
    folds: tuple[Fold, ...]
    areas: np.ndarray  # (folds, resources)
    answers: np.ndarray | None = None
    delays: np.ndarray | None = None


class Space:
    """All that can be chosen in a graph for at most so many cycles a frame, with these nodes in so many planes.

    What keeps up by itself is taken to do so behind an adapter as well, unless `exact` has that worked out too.
    """

    def __init__(
        self,
        graph: Graph,
        shop: Workshop,
        rates: Rates,
        planes: Mapping[str, int] | None = None,
        *,
        timed: bool = False,
        exact: bool = False,
    ) -> None:
        self.graph, self.shop, self.rates, self.planes = graph, shop, rates, planes or {}
        self.timed, self.exact = timed, exact
        self.maps: dict[str, tuple[Map, ...]] = {}  # the forms that each node's stream can have
        self.choices: dict[str, dict[Maps, tuple[Choices, ...]]] = {}
        self.stuck: str | None = None  # the first node that no fold makes fast enough
        for node in graph:
            table = self._table(node)
            self.choices[node.name] = {maps: found for maps, found in table if found}
            outs = [choice.o_map for found in self.choices[node.name].values() for choice in found]
            self.maps[node.name] = tuple(dict.fromkeys(outs))
            if not outs:
                self.stuck = node.name
                return

    def _table(self, node: Node) -> Iterator[tuple[Maps, tuple[Choices, ...]]]:
        sources = self.graph.inputs_of(node)
        if isinstance(node.op, Input):
            folds = folds_of(node, (), self.rates)
            yield (), tuple(self._free(map_of(node, fold.lanes), fold) for fold in folds)
            return
        if isinstance(node.op, Output):
            for (map,) in product(self.maps[node.inputs[0]]):
                yield (map,), (self._free(map, Fold(lanes=map.lanes)),)
            return
        forms = product(*(self.maps[name] for name in node.inputs))
        if self.planes.get(node.name, 1) > max(self.planes.get(name, 1) for name in node.inputs):
            # A frame is stored here, and what it takes to get there depends on all of the stream.
            for maps in forms:
                yield maps, tuple(self._behind(node, maps, list(self._bare(node, sources, maps)), stored=True))
            return
        bare = list(self._bare(node, sources))
        for maps in forms:
            yield maps, tuple(self._behind(node, maps, bare))

    def _free(self, map: Map, fold: Fold) -> Choices:
        """An input or an output, which only has a map."""
        answers, delays = (np.zeros((1, 5)), np.zeros((1, 1, 2))) if self.timed else (None, None)
        return Choices(map, (fold,), np.zeros((1, len(RESOURCES))), answers, delays)

    def _bare(self, node: Node, sources: tuple[Node, ...], maps: Maps | None = None) -> Iterator[tuple[Fold, Piece]]:
        """Folds behind these maps, or whose inputs come in the lanes that they take; of equal lanes and outputs none
        that another beats."""
        groups: dict[tuple[int, Map], list[tuple[Fold, Piece]]] = {}
        ways: dict[int, list[Maps]] = {}
        for fold in folds_of(node, sources, self.rates, self.planes.get(node.name, 1)):
            if fold.lanes not in ways:
                ways[fold.lanes] = [maps] if maps is not None else self._ways(sources, fold.lanes)
            for way in ways[fold.lanes]:
                piece = self.shop.piece(node, fold, way)
                if piece.at_least <= self.rates.most:
                    groups.setdefault((fold.lanes, piece.o_map), []).append((fold, piece))
        for found in groups.values():
            rows = np.array([self._weights(piece) for _, piece in found])
            front = Front(rows)
            for index in np.lexsort(rows.T[::-1]):
                fold, piece = found[index]
                if front.beats(rows[index]):
                    continue
                if self._fast(piece):
                    front.add(rows[index])
                yield fold, piece  # behind an adapter it may be fast enough where it is not by itself

    def _ways(self, sources: tuple[Node, ...], lanes: int) -> list[Maps]:
        """The maps that a node's inputs can have in so many lanes."""
        return list(product(*({at_lanes(map, lanes): None for map in self.maps[source.name]} for source in sources)))

    def _weights(self, piece: Piece) -> np.ndarray:
        """What is better the less it is. What is done with a frame sooner also answers sooner."""
        return np.array([*piece.area, piece.at_least] if self.timed else piece.area)

    def _fast(self, piece: Piece) -> bool:
        most = self.rates.most
        return piece.at_most <= most or (piece.at_least <= most and self.shop.cycles(piece) <= most)

    def _behind(
        self, node: Node, maps: Maps, bare: list[tuple[Fold, Piece]], *, stored: bool = False
    ) -> Iterator[Choices]:
        """Those folds with the adapters that these inputs need, which `stored` ones have."""
        needs: dict[int, list[Piece]] = {}
        groups: dict[Map, list[tuple[np.ndarray, int, Fold, Piece]]] = {}
        for fold, piece in bare:
            if isinstance(node.op, NARROW) and maps[0].lanes % fold.lanes:
                continue
            if fold.lanes not in needs:
                several = [map for map in maps if map.lanes != fold.lanes and not stored]
                needs[fold.lanes] = [self.shop.adapter(map, fold.lanes) for map in several]
            needed = needs[fold.lanes]
            if any(adapter.at_least > self.rates.most for adapter in needed):
                continue
            weights = self._weights(piece)
            for adapter in needed:
                weights[: len(RESOURCES)] += adapter.area
            at_most = piece.at_most + sum(adapter.at_most for adapter in needed)
            groups.setdefault(piece.o_map, []).append((weights, at_most, fold, piece))
        for o_map, found in groups.items():
            rows = np.array([weights for weights, *_ in found])
            front = Front(rows)
            kept: list[tuple[np.ndarray, Fold, Piece]] = []
            for index in np.lexsort(rows.T[::-1]):
                weights, at_most, fold, piece = found[index]
                if front.beats(weights):
                    continue
                # What it really takes is worked out last.
                fast = at_most <= self.rates.most or (not self.exact and self._fast(piece))
                if fast or self._fast(self.shop.piece(node, fold, maps)):
                    front.add(weights)
                    kept.append((weights, fold, piece))
            if kept:
                yield self._choices(o_map, maps, kept)

    def _choices(self, o_map: Map, maps: Maps, kept: list[tuple[np.ndarray, Fold, Piece]]) -> Choices:
        answers = delays = None
        if self.timed:
            answers = np.stack([_answer(self.shop.response(piece)) for _, _, piece in kept])
            delays = np.array([[_delay(map, fold.lanes) for map in maps] for _, fold, _ in kept], float)
        areas = np.stack([weights[: len(RESOURCES)] for weights, _, _ in kept])
        return Choices(o_map, tuple(fold for _, fold, _ in kept), areas, answers, delays)


class Front:
    """What nothing so far has beaten, out of these rows: room for all of them, of which some are added."""

    def __init__(self, rows: np.ndarray) -> None:
        self._rows, self._count = np.empty_like(rows), 0

    def beats(self, row: np.ndarray) -> bool:
        """Whether one that was added is no more than this in every respect."""
        return bool((self._rows[: self._count] <= row).all(axis=1).any())

    def add(self, row: np.ndarray) -> None:
        self._rows[self._count] = row
        self._count += 1


def _answer(answer: Response) -> np.ndarray:
    return np.array([answer.share, answer.first, answer.start, answer.end, answer.tail], float)


def _delay(map: Map, lanes: int) -> tuple[int, int]:
    """Cycles from the first beat in to the first out of an adapter, and from the last in to the last out."""
    wider, narrower = max(1, lanes // map.lanes), max(1, map.lanes // lanes)
    return (0, 0) if lanes == map.lanes else (wider, narrower)


def undominated(rows: np.ndarray) -> np.ndarray:
    """Indices of the rows that no other row is at most equal to in every column; of equal rows the first."""
    order = np.lexsort(rows.T[::-1])  # what beats a row comes before it
    kept = np.empty(0, int)
    for start in range(0, len(order), BLOCK):
        part = order[start : start + BLOCK]
        part = part[~_at_most(rows[kept], rows[part]).any(axis=0)]
        part = part[~np.triu(_at_most(rows[part], rows[part]), 1).any(axis=0)]
        kept = np.concatenate([kept, part])
    return np.sort(kept)


def _at_most(these: np.ndarray, those: np.ndarray) -> np.ndarray:
    """(these, those): whether one of these is at most one of those in every column."""
    found = np.ones((len(these), len(those)), bool)
    for mine, others in zip(these.T, those.T, strict=True):
        found &= mine[:, np.newaxis] <= others
    return found
