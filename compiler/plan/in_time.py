"""What plans that answer in time take at least: the cost of a cycle weighed against the cost of a cell.

No plan that ends by the horizon measures less than its area in a mix of resources, and a price for each cycle by which
it ends early off that. So for any price the least of area and priced time together, less the horizon's price, is a
bound. A walk backwards finds that least along chains for many prices; where a price is right, the bound is nearly what
the best plan takes.
"""

from collections.abc import Iterator, Mapping

import numpy as np

from binloom.compiler.ir.ops import Input
from binloom.compiler.plan.ahead import KEPT, Ahead
from binloom.compiler.plan.choices import Choices, Maps
from binloom.hw.stream import Map

PRICES = 2.0 ** np.arange(-4, 9)  # of all cycles there are, as parts of what the best plan takes in any time
FINER = np.array([0.71, 0.84, 1.0, 1.19, 1.41])


class InTime:
    """Bounds of labels whose plan is to end by cycle `horizon`, in the mixes of `ahead` with a price for each."""

    def __init__(self, ahead: Ahead, horizon: float) -> None:
        self.ahead, self.horizon = ahead, horizon
        count = ahead.mixes.shape[1] - ahead.count
        scale = max(1e-9, float(ahead.whole()[1].max())) / horizon
        pairs = np.array([(column, scale * price) for column in range(count) for price in PRICES])
        best = pairs[np.argsort(-self._walk(pairs))[: KEPT // 2]]
        pairs = np.array([(column, price * finer) for column, price in best for finer in FINER])
        self.whole = float(self._walk(pairs[np.argsort(-self._walk(pairs))[:KEPT]]).max())  # of any plan

    def _walk(self, pairs: np.ndarray) -> np.ndarray:
        """Fills `at[node][maps]`, the least from a first and from a last input beat on; gives bounds of whole plans."""
        self.columns, self.prices = self.ahead.count + pairs[:, 0].astype(int), pairs[:, 1]
        mixes = self.ahead.mixes[:, self.columns]
        self.at: dict[str, dict[Maps, np.ndarray]] = {}
        bound = np.full(len(pairs), -np.inf)
        rest = np.concatenate(self.ahead.whole())[self.columns]
        for node in reversed(self.ahead.space.graph.nodes):
            choices = self.ahead.space.choices[node.name]
            if isinstance(node.op, Input):
                known = {choice.o_map: self._from(node.name, choice.o_map) for choice in choices[()]}
                begun = [np.maximum(least[0], self.prices * (map.beats - 1) + least[1]) for map, least in known.items()]
                alone = [self.ahead.after(node.name, map)[self.columns] for map in known]
                bound = np.maximum(bound, rest - np.min(alone, axis=0) + np.min(begun, axis=0))
            elif len(node.inputs) == 1:
                self.at[node.name] = {
                    maps: np.minimum.reduce([self._least(node.name, choice, mixes) for choice in found])
                    for maps, found in choices.items()
                }
        return bound - self.prices * self.horizon

    def _least(self, name: str, choices: Choices, mixes: np.ndarray) -> np.ndarray:
        assert choices.answers is not None
        assert choices.delays is not None
        areas, after = choices.areas @ mixes, self._from(name, choices.o_map)
        came, ended = (choices.delays[:, 0, side, None] * self.prices for side in (0, 1))
        start, end, tail = (column[:, None] * self.prices for column in choices.answers.T[2:])
        first = came + np.maximum(start + after[0], end + after[1])
        return np.stack([(areas + first).min(axis=0), (areas + ended + tail + after[1]).min(axis=0)])

    def _from(self, name: str, map: Map) -> np.ndarray:
        """Of what is behind a stream of this map: from its first and from its last beat on."""
        if name not in self.ahead.next:
            return np.zeros((2, len(self.prices)))
        return self.at[self.ahead.next[name]].get((map,), np.full((2, len(self.prices)), np.inf))

    def bound(self, live: Mapping[str, Map], total: np.ndarray, times: np.ndarray) -> np.ndarray:
        """What plans of these labels measure at least, (labels, pairs). `total`: what they and all that is to come take
        at least in any time, in the mixes of `ahead`; `times`: when their live streams' first and last beats come."""
        if not live:
            return np.empty((len(total), 0))
        latest = np.maximum.reduce(list(self._ends(live, times)))
        return total[:, self.columns] + latest - self.prices * self.horizon

    def _ends(self, live: Mapping[str, Map], times: np.ndarray) -> Iterator[np.ndarray]:
        """For each live stream, how much more it takes to end in time than in any time, with the price of its times."""
        for index, (name, map) in enumerate(live.items()):
            first, last = (times[:, 2 * index + side, None] * self.prices for side in (0, 1))
            after = self._from(name, map)
            alone = self.ahead.after(name, map)[self.columns]
            with np.errstate(invalid="ignore"):
                yield np.nan_to_num(np.maximum(first + after[0], last + after[1]) - alone, nan=np.inf)
