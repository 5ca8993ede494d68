"""What the nodes to come take at least, whatever is chosen for them: the bounds of the search."""

from collections.abc import Mapping

import numpy as np

from binloom.compiler.ir.graph import Node
from binloom.compiler.plan.choices import Choices, Maps, Space
from binloom.compiler.plan.goal import Goal
from binloom.hw.stream import Map

KEPT = 6  # mixes of resources whose bounds are asked of every label


class Ahead:
    """For each node and form of its inputs, the least that it and the nodes behind it take, in several mixes.

    `mixes` (resources, mixes) weighs resources; the first `count` of them measure one resource each. One walk from the
    last node to the first finds them all. It is exact along a chain; where streams fork or join, what follows is taken
    to begin with the inputs that suit it best.
    """

    def __init__(self, space: Space, goal: Goal) -> None:
        self.space, graph = space, space.graph
        readers: dict[str, list[Node]] = {node.name: [] for node in graph}
        for node in graph:
            for name in node.inputs:
                readers[name].append(node)
        # The one reader of a stream whose choice depends on nothing but the stream's map, where there is such a one.
        self.next = {
            name: found[0].name for name, found in readers.items() if len(found) == 1 and len(found[0].inputs) == 1
        }
        units, mixes = goal.units, goal.mixes
        values = self._walk(mixes)
        best = np.argsort(-values)[:KEPT]
        finer = goal.near(mixes[:, best[:2]])
        mixes = np.concatenate([mixes[:, best], finer], axis=1)
        values = self._walk(mixes)
        best = np.argsort(-values)[:KEPT]
        self.count = units.shape[1]
        self.mixes = np.concatenate([units, mixes[:, best]], axis=1)
        self._walk(self.mixes)

    def _walk(self, mixes: np.ndarray) -> np.ndarray:
        """Fills `at[node][maps]`, from the last node to the first; gives the bound of a whole plan in each mix."""
        graph, choices = self.space.graph, self.space.choices
        self.at: dict[str, dict[Maps, np.ndarray]] = {}
        self.times: dict[str, dict[Maps, np.ndarray]] = {}
        self.rest: dict[str, np.ndarray] = {}  # of everything from a node on whose inputs nobody follows
        rest = self._none = np.zeros(mixes.shape[1])
        for node in reversed(graph.nodes):
            rows = {}
            for maps, found in choices[node.name].items():
                options = [(c.areas @ mixes).min(axis=0) + self.after(node.name, c.o_map) for c in found]
                rows[maps] = np.minimum.reduce(options)
            self.at[node.name] = rows
            if len(node.inputs) != 1 or node.inputs[0] not in self.next:
                rest = rest + np.minimum.reduce(list(rows.values()))
            self.rest[node.name] = rest
            if self.space.timed:
                self.times[node.name] = {
                    maps: np.minimum.reduce([self._times(node.name, c) for c in found])
                    for maps, found in choices[node.name].items()
                }
        return rest

    def after(self, name: str, map: Map) -> np.ndarray:
        """What is behind a stream of this map takes at least in each mix, as far as only that stream decides it."""
        count = len(self._none)
        # No fold of the reader may keep up behind this form of the stream.
        return self.at[self.next[name]].get((map,), np.full(count, np.inf)) if name in self.next else np.zeros(count)

    def _times(self, name: str, choices: Choices) -> np.ndarray:
        """Cycles from the first and from the last beat of a node's input until the network's last beat, at least."""
        assert choices.answers is not None
        after = self._time(name, choices.o_map)
        _, _, start, end, tail = choices.answers.T
        return np.array([np.maximum(start + after[0], end + after[1]).min(), tail.min() + after[1]])

    def bound(self, live: Mapping[str, Map], done: int) -> np.ndarray:
        """What everything behind node number `done` takes at least, in each mix, given the maps of live streams."""
        nodes = self.space.graph.nodes
        total = self.rest[nodes[done].name] if done < len(nodes) else np.zeros(self.mixes.shape[1])
        for name, map in live.items():
            total = total + self.after(name, map)
        return total

    def time(self, live: Mapping[str, Map]) -> np.ndarray:
        """For each live stream the cycles from its first and its last beat to the network's last beat, at least."""
        rows = [self._time(name, map) for name, map in live.items()]
        return np.concatenate(rows) if rows else np.zeros(0)

    def _time(self, name: str, map: Map) -> np.ndarray:
        return self.times[self.next[name]].get((map,), np.full(2, np.inf)) if name in self.next else np.zeros(2)

    def whole(self) -> tuple[np.ndarray, np.ndarray]:
        """What any plan takes at least, in units and in mixes."""
        total = self.rest[self.space.graph.nodes[0].name]
        return total[: self.count], total[self.count :]
