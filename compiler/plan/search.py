"""Branch and bound over the folds of a graph: labels node by node, dominance between them, bounds on what is to come.

A label is a choice of folds for the nodes so far: what they take, and where latency matters when the first and the
last beat of each live stream come. Labels whose live streams have the same maps compete: what one takes no less of
in every respect than another cannot lead to anything better, and goes.

What the nodes to come will take at least is known for every mix of resources, by one walk backwards: exact along a
chain of nodes, too low only where streams fork and join. A label that cannot stay below the best plan known so far
goes as well. Where more labels than `width` are left even so, the most promising ones stay, and the search is done
again with more: what is found then is the best there is as soon as nothing had to be cut for width.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from binloom.compiler.design.fold import Fold
from binloom.compiler.ir.graph import Node
from binloom.compiler.ir.ops import Input
from binloom.compiler.plan.ahead import Ahead
from binloom.compiler.plan.choices import Choices, Space, undominated
from binloom.compiler.plan.goal import Goal
from binloom.compiler.plan.in_time import InTime
from binloom.hw.stream import Map

WIDTHS = (64, 1024)
TIMED_WIDTHS = (64, 256)  # where there is a horizon: labels differ in time as well, and more of them find little more
SLACK = 1e-9  # of sums of floating numbers
WEIGHTS = (0.0, 0.3, 1.0, 3.0)  # of time beside cost, of what stays where labels are too many


@dataclass(frozen=True)
class Found:
    """The folds that reach the goal best, what they take, and the goal's value.

    Nothing lies below `bound`; where it is `value`, nothing is better.
    """

    folds: Mapping[str, Fold]
    area: np.ndarray
    value: float
    bound: float

    @property
    def proven(self) -> bool:
        return self.value <= self.bound + SLACK


def search(space: Space, goal: Goal, horizon: float = np.inf, widths: Sequence[int] = WIDTHS) -> Found | None:
    """The best plan of the space for a goal, whose last beat leaves by cycle `horizon`; None where there is none."""
    if space.stuck is not None:
        return None
    ahead = Ahead(space, goal)
    in_time = InTime(ahead, horizon) if space.timed and np.isfinite(horizon) else None
    best: Found | None = None
    for width in widths:
        found, whole = _Labels(space, goal, ahead, in_time, best.value if best else np.inf, width).run()
        if found is not None and (best is None or found.value < best.value):
            best = found
        if whole:
            return replace(best, bound=best.value) if best else None
    return best


@dataclass
class _State:
    """Labels whose live streams have the same maps: areas, times (two a live stream), and where each comes from."""

    areas: np.ndarray
    times: np.ndarray
    back: np.ndarray  # (labels, 3): state and label before, fold chosen


class _Labels:
    """One search with labels, of which at most `width` stay after each node."""

    def __init__(
        self, space: Space, goal: Goal, ahead: Ahead, in_time: InTime | None, known: float, width: int
    ) -> None:
        self.space, self.goal, self.ahead, self.in_time = space, goal, ahead, in_time
        self.known, self.width = known, width
        self.whole = True
        self.history: list[list[tuple[tuple, _State, list[Fold]]]] = []

    def run(self) -> tuple[Found | None, bool]:
        graph = self.space.graph
        # Outputs count as read to the end, so that the latest of them is known there.
        ends = {node.name for node in graph.outputs}
        reads = [ends.union(*(node.inputs for node in graph.nodes[index:])) for index in range(1, len(graph.nodes) + 1)]
        states: dict[tuple, _State] = {
            (): _State(np.zeros((1, len(self.goal.limits))), np.zeros((1, 0)), np.zeros((1, 3), int))
        }
        for index, node in enumerate(graph.nodes):
            states = self._pruned(self._extended(states, node, reads[index]), index + 1)
            if not states:
                return None, self.whole
        return self._best(states), self.whole

    def _extended(self, states: Mapping[tuple, _State], node: Node, read: set[str]) -> dict[tuple, _State]:
        """Every label with every choice for this node."""
        made: dict[tuple, list[_State]] = {}
        folds: list[Fold] = []
        for number, (key, state) in enumerate(states.items()):
            live = dict(key)
            maps = tuple(live[name] for name in node.inputs)
            kept = [index for index, name in enumerate(live) if name in read]
            for choices in self.space.choices[node.name].get(maps, ()):
                labels, options = len(state.areas), len(choices.folds)
                names = list(live)
                after = {names[index]: live[names[index]] for index in kept}
                if node.name in read:
                    after[node.name] = choices.o_map
                areas = (state.areas[:, None] + choices.areas[None]).reshape(labels * options, -1)
                times = self._times(state, node, choices, list(live), kept, node.name in read)
                back = np.empty((labels, options, 3), int)
                back[:, :, 0], back[:, :, 1] = number, np.arange(labels)[:, None]
                back[:, :, 2] = len(folds) + np.arange(options)
                folds += choices.folds
                made.setdefault(tuple(after.items()), []).append(_State(areas, times, back.reshape(-1, 3)))
        self.folds = folds
        return {
            key: _State(
                *(np.concatenate([getattr(part, what) for part in parts]) for what in ("areas", "times", "back"))
            )
            for key, parts in made.items()
        }

    def _times(
        self, state: _State, node: Node, choices: Choices, live: list[str], kept: list[int], lives: bool
    ) -> np.ndarray:
        """When first and last beats come: of the live streams that stay, and of this node's."""
        labels, options = len(state.areas), len(choices.folds)
        if choices.answers is None or choices.delays is None:
            return np.zeros((labels * options, 0))
        if isinstance(node.op, Input):
            first, last = np.zeros((labels, options)), np.full((labels, options), choices.o_map.beats - 1.0)
        else:
            share, lead, start, end, tail = choices.answers.T
            first, last = np.zeros((labels, options)), np.zeros((labels, options))
            for index, name in enumerate(node.inputs):
                at = live.index(name)
                came = state.times[:, 2 * at, None] + choices.delays[:, index, 0]
                ended = state.times[:, 2 * at + 1, None] + choices.delays[:, index, 1]
                first = np.maximum(first, np.maximum(came + start, came + share * (ended - came) + lead))
                last = np.maximum(last, np.maximum(came + end, ended + tail))
        columns = [np.repeat(state.times[:, 2 * index + side], options) for index in kept for side in (0, 1)]
        if lives:
            columns += [first.ravel(), last.ravel()]
        return np.stack(columns, axis=1) if columns else np.zeros((labels * options, 0))

    def _pruned(self, states: dict[tuple, _State], done: int) -> dict[tuple, _State]:
        """Labels that may still lead to something better than what is known."""
        left: dict[tuple, _State] = {}
        bounds: dict[tuple, np.ndarray] = {}
        count, mixes = self.ahead.count, self.ahead.mixes
        for key, state in states.items():
            live = dict(key)
            total = state.areas @ mixes + self.ahead.bound(live, done)
            units, others = total[:, :count], total[:, count:]
            if self.in_time is not None:
                others = np.concatenate([others, self.in_time.bound(live, total, state.times)], axis=1)
            bound = self.goal.bound(units, others)
            fine = bound < self.known - SLACK
            if self.in_time is not None and state.times.size:
                # What does not fit is of no use in time either.
                fine &= (units.max(axis=1) <= 1 + SLACK) & (self._latest(live, state) <= self.in_time.horizon)
            picked = np.flatnonzero(fine)
            if not len(picked):
                continue
            rows = np.concatenate([state.areas[picked], state.times[picked]], axis=1)
            picked = picked[self._undominated(rows, bound[picked])]
            left[key], bounds[key] = _taken(state, picked), bound[picked]
        return self._cut(left, bounds)

    def _undominated(self, rows: np.ndarray, bounds: np.ndarray) -> np.ndarray:
        """Dominance; of very many labels only the most promising are compared at all."""
        most = 4 * self.width
        if len(rows) <= most:
            return undominated(rows)
        self.whole = False
        order = np.argsort(bounds, kind="stable")[:most]
        return order[undominated(rows[order])]

    def _cut(self, states: dict[tuple, _State], bounds: dict[tuple, np.ndarray]) -> dict[tuple, _State]:
        total = sum(len(bound) for bound in bounds.values())
        if total > self.width:
            self.whole = False
            if self.space.timed:
                states = self._cut_mixed(states, bounds)
            else:
                limit = np.partition(np.concatenate(list(bounds.values())), self.width - 1)[self.width - 1]
                states = {key: _taken(state, np.flatnonzero(bounds[key] <= limit)) for key, state in states.items()}
        states = {key: state for key, state in states.items() if len(state.areas)}
        self.history.append([(key, state, self.folds) for key, state in states.items()])
        return states

    def _latest(self, live: Mapping[str, Map], state: _State) -> np.ndarray:
        """When the network's last beat comes at the soonest."""
        return (state.times + self.ahead.time(live)).max(axis=1)

    def _cut_mixed(self, states: dict[tuple, _State], bounds: dict[tuple, np.ndarray]) -> dict[tuple, _State]:
        """The most promising by cost, by time and by both, so that what stays has some of each."""
        assert self.in_time is not None
        keys = list(states)
        bound = np.concatenate([bounds[key] for key in keys])
        last = np.concatenate([self._latest(dict(key), states[key]) for key in keys]) / self.in_time.horizon
        keep = np.zeros(len(bound), bool)
        for weight in WEIGHTS:
            worth = bound / max(float(bound.min()), 1e-9) + weight * last
            keep[np.argsort(worth, kind="stable")[: self.width // len(WEIGHTS)]] = True
        edges = np.cumsum([0, *(len(bounds[key]) for key in keys)])
        return {
            key: _taken(states[key], np.flatnonzero(keep[lo:hi]))
            for key, lo, hi in zip(keys, edges[:-1], edges[1:], strict=True)
        }

    def _best(self, states: dict[tuple, _State]) -> Found | None:
        best: tuple[float, int, int] | None = None
        for number, state in enumerate(states.values()):
            values = self.goal.value(state.areas)
            index = int(np.argmin(values))
            if best is None or values[index] < best[0]:
                best = (float(values[index]), number, index)
        if best is None or best[0] >= self.known or not np.isfinite(best[0]):
            return None
        value, number, index = best
        _, state, _ = self.history[-1][number]
        area = state.areas[index]
        folds: dict[str, Fold] = {}
        for layer, node in zip(reversed(self.history), reversed(self.space.graph.nodes), strict=True):
            _, state, chosen = layer[number]
            number, index, fold = state.back[index].tolist()
            folds[node.name] = chosen[fold]
        folds = {node.name: folds[node.name] for node in self.space.graph}
        bound = max(float(self.goal.bound(*self.ahead.whole())), self.in_time.whole if self.in_time else 0.0)
        return Found(folds, area, value, min(bound, value))


def _taken(state: _State, picked: np.ndarray) -> _State:
    return _State(state.areas[picked], state.times[picked], state.back[picked])
