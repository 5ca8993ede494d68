"""Blocks that are made to be looked at: what each takes and how long it works, asked once for each."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from binloom.compiler import cost
from binloom.compiler.design.blocks import made, stages_of
from binloom.compiler.design.design import units_of
from binloom.compiler.design.fold import Fold
from binloom.compiler.design.timing import Response, cycles_of, response
from binloom.compiler.ir.graph import Node
from binloom.compiler.plan.budget import RESOURCES
from binloom.compiler.targets.device import Device
from binloom.hw.branches.join import Join
from binloom.hw.element import Element
from binloom.hw.network import Stage
from binloom.hw.order.adapt import LaneAdapter
from binloom.hw.stream import Block, Map
from binloom.hw.windows.places import WindowPadding

# Arguments by which a block of one node differs from another; all others follow from the node.
TELLING = (Map, Element, WindowPadding, int, str, tuple, list)
MOST = 4_000  # blocks that are kept; one of large codes takes a megabyte and more


@dataclass(frozen=True, slots=True)
class Piece:
    """A node under one fold, or an adapter in front of it: what it takes, and the stages that it is.

    A frame takes `at_least` so many cycles, those of its slowest block, and `at_most` as many as if no two of its
    blocks worked at the same time.
    """

    area: np.ndarray  # of each of RESOURCES
    o_map: Map
    stages: tuple[Stage, ...]
    at_least: int
    at_most: int


class Workshop:
    """Makes the stages of folds for a device, each block once until it is let go."""

    def __init__(self, device: Device) -> None:
        self.device = device
        self._blocks: dict[tuple, Any] = {}
        self._areas: dict[int, np.ndarray] = {}
        self._pieces: dict[tuple, Piece] = {}
        self._moves: dict[int, tuple] = {}  # of each block, what tells when its beats move
        self._cycles: dict[tuple[tuple, ...], int] = {}
        self._responses: dict[tuple[tuple, ...], Response] = {}

    def clear(self) -> None:
        """Let go of all blocks, where they are many. No piece of before may be asked about after it."""
        if len(self._blocks) > MOST:
            for kept in (self._blocks, self._areas, self._pieces, self._moves):
                kept.clear()

    def piece(self, node: Node, fold: Fold, maps: tuple[Map, ...]) -> Piece:
        """A node under a fold, behind streams of these maps."""
        key = (node.name, fold, maps)
        if key not in self._pieces:
            streams = [(f"{index}", map) for index, map in enumerate(maps)]
            stages = tuple(stages_of(node, fold, streams, self._maker(node)))
            self._pieces[key] = self._piece(stages, stages[-1].block.o_map if stages else maps[0])
        return self._pieces[key]

    def adapter(self, map: Map, lanes: int) -> Piece:
        """What brings a stream to other lanes."""
        key = (map, lanes)
        if key not in self._pieces:
            block = LaneAdapter(map, lanes)
            self._moves[id(block)] = (LaneAdapter, map, lanes)
            self._pieces[key] = self._piece((Stage("lanes", block, ("0",)),), block.o_map)
        return self._pieces[key]

    def cycles(self, piece: Piece) -> int:
        """Cycles a frame, of its slowest run."""
        return max((self._unit_cycles(unit) for unit in units_of(piece.stages)), default=piece.o_map.beats)

    def response(self, piece: Piece) -> Response:
        """How its last run answers a frame."""
        unit = units_of(piece.stages)[-1]
        key = self._moved(unit)
        if key not in self._responses:
            self._responses[key] = response(unit)
        return self._responses[key]

    def _unit_cycles(self, unit: Sequence[Stage]) -> int:
        key = self._moved(unit)
        if key not in self._cycles:
            self._cycles[key] = cycles_of(unit)
        return self._cycles[key]

    def _moved(self, unit: Sequence[Stage]) -> tuple[tuple, ...]:
        """What tells when the beats of a run move: the same for nodes of equal shapes, whatever their weights."""
        return tuple(self._moves[id(stage.block)] for stage in unit)

    def _piece(self, stages: tuple[Stage, ...], o_map: Map) -> Piece:
        area = sum((self._area(stage.block) for stage in stages), np.zeros(len(RESOURCES)))
        cycles = [stage.block.cycles for stage in stages]
        beats = [stage.i_maps[0].beats + stage.block.o_map.beats for stage in stages]
        return Piece(area, o_map, stages, max(cycles, default=o_map.beats), sum(map(max, cycles, beats)))

    def _area(self, block: Block | Join) -> np.ndarray:
        if id(block) not in self._areas:
            found = cost.area(block, self.device)
            self._areas[id(block)] = np.array([getattr(found, what) for what in RESOURCES], float)
        return self._areas[id(block)]

    def _maker(self, node: Node) -> Callable[..., Any]:
        def make(kind: Callable[..., Any], *args: Any, **options: Any) -> Any:
            given = (*args, *options.values())
            told = [_key(arg) for arg in given if isinstance(arg, TELLING)]
            # Blocks that such arguments tell all of are the same in every node.
            key = (kind, *told) if len(told) == len(given) else (node.name, kind, *told)
            if key not in self._blocks:
                self._blocks[key] = block = made(kind, *args, **options)
                if isinstance(block, Block | Join):
                    self._moves[id(block)] = kind, *told, block.o_map, block.latency, block.cycles
            return self._blocks[key]

        return make


def _key(arg: Any) -> Any:
    return tuple(map(_key, arg)) if isinstance(arg, list) else arg


def at_lanes(map: Map, lanes: int) -> Map:
    """The same map in other lanes."""
    return replace(map, lanes=lanes)
