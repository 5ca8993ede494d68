"""How deep the FIFOs in front of a join must be, so that a network with branches never hangs.

The question. A fork hands a beat to all its readers before it hands out the next. A convolution on one branch lets
nothing out before it has seen some rows, while the beats of the other branch are there at once and wait at the join.
If the place where they wait is full, the fork stops, the convolution starves, and the network hangs for good.

The model. Blocks are taken to hold nothing: a block takes its next input beat only when every output beat that its
inputs so far make possible (`Block.needs`) has left it. Real blocks have pipeline registers as well, which can only
help. What holds beats is the FIFO at each input of a join, and the join takes one beat of its inputs when it can.

Why one schedule is enough. Blocks with FIFOs between them, that wait when an input is empty or an output is full, are
a determinate (Kahn) network: what each stream carries does not depend on who moves first, and if one order of moves
delivers every frame with FIFOs of some depth, then no order hangs with that depth. So we walk through one schedule
and note what is held. The one taken moves as far downstream as it can: a stream hands out its next beat only when
nothing behind it can move. What waits at a join at such a moment cannot have been taken by then in any other order
either, and the join needs that next beat: so for a branch without blocks the depth found is also the least one. (For a
branch with blocks of its own the least may be smaller, by what those blocks hold.)

Why one frame is enough. When a frame has passed, every FIFO holds what it held at the start: each edge of a join
carries exactly a frame for each frame that the join takes.

Nested forks and joins need no case of their own. The walk counts the beats of every *hub*: an input of the network,
the result of a join, a stream with several readers. Between a hub and the next lies a chain of blocks, and how many
beats have come out of it after h beats of the hub is its blocks' `needs`, composed.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from binloom.compiler.design.timing import predict, waiting
from binloom.compiler.errors import InputError
from binloom.hw.network import Netlist, Stage

Depths = dict[str, tuple[int, ...]]

# Beats that a FIFO takes to let a beat through: without them a stream at full rate would stutter.
FIFO_LATENCY = 2


def least_depths(netlist: Netlist) -> Depths:
    """For each join the least depth of the FIFO at each of its inputs; 0 where none is needed."""
    walk = _Walk(netlist)
    walk.run()
    return {join.stage.name: tuple(port.most for port in join.ports) for join in walk.joins.values()}


def plan_depths(netlist: Netlist, units: Sequence[Sequence[Stage]]) -> Depths:
    """Depths that also keep the network at full rate: room for the beats that wait where one node works in bursts.

    `units` are the stages in runs that have no FIFO between them.
    """
    least = least_depths(netlist)
    depths: Depths = {}
    for name, queues in waiting(netlist, units, predict(netlist, units).cycles).items():
        pairs = zip(queues, least.get(name, (0,)), strict=True)
        depths[name] = tuple(max(queue, hangs) + FIFO_LATENCY if queue > 1 or hangs else 0 for queue, hangs in pairs)
    return {name: given for name, given in depths.items() if any(given)}


def check_depths(netlist: Netlist) -> None:
    """InputError for a FIFO that is too shallow, naming the edge, its depth and the least depth."""
    for name, least in least_depths(netlist).items():
        stage = next(stage for stage in netlist.stages if stage.name == name)
        for index, (source, wanted) in enumerate(zip(stage.inputs, least, strict=True)):
            if stage.depth(index) < wanted:
                raise InputError(
                    f"the FIFO from {source} to {name} holds {stage.depth(index)} beats and the network would hang",
                    f"give it at least {wanted}",
                )


@dataclass
class _Port:
    """One input of a join: what has arrived, and what it held at most when the hub before it was to move on."""

    needs: np.ndarray  # beats of this port that output beat k of the join takes
    fires: np.ndarray  # output beats that c beats of this port allow
    arrived: int = 0
    most: int = 0


@dataclass
class _Join:
    stage: Stage
    ports: list[_Port]
    fired: int = 0

    @property
    def ready(self) -> int:
        return min(int(port.fires[port.arrived]) for port in self.ports)

    def held(self, index: int) -> int:
        port = self.ports[index]
        return port.arrived - (int(port.needs[self.fired - 1]) if self.fired else 0)


@dataclass
class _Chain:
    """From a hub to the end of a run of blocks: an input of a join, or the next hub; None at an output port."""

    produced: np.ndarray  # beats out after h beats of the hub
    join: _Join | None = None
    index: int = 0
    hub: "_Hub | None" = None
    done: int = 0


@dataclass
class _Hub:
    beats: int
    count: int = 0
    chains: list[_Chain] = field(default_factory=list)


class _Walk:
    """The one schedule: `run` lets a frame through."""

    def __init__(self, netlist: Netlist) -> None:
        self.netlist = netlist
        self.readers: dict[str, list[tuple[Stage, int]]] = {name: [] for name in netlist.inputs}
        self.readers |= {stage.name: [] for stage in netlist.stages}
        for stage in netlist.stages:
            for index, name in enumerate(stage.inputs):
                self.readers[name].append((stage, index))
        self.joins = {stage.name: _join(stage) for stage in netlist.stages if len(stage.inputs) > 1}
        forks = {name for name, readers in self.readers.items() if len(readers) > 1}
        self.hubs = {
            name: _Hub(netlist.map_of(name).beats) for name in [*netlist.inputs, *sorted(forks | set(self.joins))]
        }
        for name, hub in self.hubs.items():
            hub.chains = [self._chain(hub, stage, index) for stage, index in self.readers[name]]

    def run(self) -> None:
        for hub in self.hubs.values():
            self._settle(hub)
        sources = [self.hubs[name] for name in self.netlist.inputs]
        while any(hub.count < hub.beats for hub in sources):
            self._step(min(sources, key=lambda hub: hub.count / hub.beats))

    def _chain(self, hub: _Hub, stage: Stage, index: int) -> _Chain:
        needs = np.arange(1, hub.beats + 1)
        while True:
            if stage.name in self.joins:
                return _Chain(_counts(needs, hub.beats), join=self.joins[stage.name], index=index)
            needs = np.concatenate([[0], needs])[stage.block.needs()]
            if stage.name in self.hubs:
                return _Chain(_counts(needs, hub.beats), hub=self.hubs[stage.name])
            if not self.readers[stage.name]:
                return _Chain(_counts(needs, hub.beats))
            stage, index = self.readers[stage.name][0]

    def _step(self, hub: _Hub) -> None:
        hub.count += 1
        self._settle(hub)

    def _settle(self, hub: _Hub) -> None:
        """Move everything behind this hub as far as its beats so far allow."""
        for chain in hub.chains:
            if chain.join is not None:
                chain.join.ports[chain.index].arrived = int(chain.produced[hub.count])
        for chain in hub.chains:
            if chain.hub is not None:
                while chain.done < chain.produced[hub.count]:
                    chain.done += 1
                    self._step(chain.hub)
            if chain.join is not None:
                self._fire(chain.join)
        for chain in hub.chains:
            if chain.join is not None:
                port = chain.join.ports[chain.index]
                port.most = max(port.most, chain.join.held(chain.index))

    def _fire(self, join: _Join) -> None:
        hub = self.hubs[join.stage.name]
        while join.fired < join.ready:
            join.fired += 1
            self._step(hub)


def _join(stage: Stage) -> _Join:
    ports = [
        _Port(needs, _counts(needs, map.beats)) for needs, map in zip(stage.block.needs(), stage.i_maps, strict=True)
    ]
    return _Join(stage, ports)


def _counts(needs: np.ndarray, beats: int) -> np.ndarray:
    """How many output beats can have come after 0, 1, ..., `beats` input beats."""
    return np.searchsorted(needs, np.arange(beats + 1), side="right")
