"""When beats move: what a network's speed will be, and how many beats have to wait where.

The model follows a few frames through the network, each block by its own figures. The blocks of one node have no
room between them, so that the slowest of them holds up the first: one input beat of a node costs it as many cycles as
the busiest of its blocks works on what follows from that beat. Nodes do not hold each other up, as if between them
there were room for any number of beats; how many that are at most is `Flow.waiting`. Since a network of blocks and
queues never gets slower by a beat that comes early, queues of that depth are enough for `Flow.cycles` a frame.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from binloom.hw.branches.fifo import Fifo
from binloom.hw.network import Netlist, Stage
from binloom.hw.stream import Block, repeated

FRAMES = 3  # enough for the waiting at the seam of two frames to show


@dataclass(frozen=True, slots=True)
class Timing:
    """Cycles a frame in steady state, the stage that sets them, and cycles from a frame's first beat in to each
    output's first and last beat out; `spans` has both for each input, and for the end of each unit."""

    cycles: int
    bottleneck: str
    first: Mapping[str, int]
    last: Mapping[str, int]
    spans: Mapping[str, tuple[int, int]] = field(default_factory=dict)


def predict(netlist: Netlist, units: Sequence[Sequence[Stage]]) -> Timing:
    """The timing of a network on whose ports nothing stalls. `units` are the stages in runs without room between."""
    costs = {name: map.beats for name, map in netlist.inputs.items()}
    costs |= {unit[-1].name: cycles_of(unit) for unit in units}
    bottleneck = max(costs, key=costs.__getitem__)
    sources = {name: np.arange(map.beats) for name, map in netlist.inputs.items()}
    at = _walk(netlist, units, sources, streaming=False)[0]
    ends = {port: at[name] for port, name in netlist.outputs.items()}
    return Timing(
        costs[bottleneck],
        bottleneck,
        {port: int(times[0]) for port, times in ends.items()},
        {port: int(times[-1]) for port, times in ends.items()},
        {name: (int(times[0]), int(times[-1])) for name, times in at.items()},
    )


def cycles_of(unit: Sequence[Stage]) -> int:
    """Cycles a frame of stages that have no room between them."""
    return int(_costs(unit, streaming=True).sum())


@dataclass(frozen=True, slots=True)
class Response:
    """How a run of stages answers a frame: `share` of its input beats must have come before the first output, which
    follows `first` cycles later; were all beats there at once, outputs would come from cycle `start` to cycle `end`;
    and the last follows the last input no sooner than `tail` cycles later."""

    share: float
    first: int
    start: int
    end: int
    tail: int


def response(unit: Sequence[Stage]) -> Response:
    """The answer of stages that have no room between them; of a join's, were its other inputs there in time."""
    answers = [_response(unit, index) for index in range(len(unit[0].inputs))]
    return max(answers, key=lambda answer: (answer.tail, answer.end))


def _response(unit: Sequence[Stage], index: int) -> Response:
    beats = unit[0].i_maps[index].beats
    costs = _costs(unit, streaming=False)
    rest = int(costs.sum()) + sum(stage.block.latency + stage.block.cycles for stage in unit)

    def through(arrivals: np.ndarray) -> np.ndarray:
        if len(unit[0].inputs) == 1:
            return _chained(unit, arrivals, costs, streaming=False)[1]
        maps = unit[0].i_maps
        return _joined(
            unit[0], [arrivals if n == index else np.zeros(maps[n].beats, np.int64) for n in range(len(maps))]
        )[1]

    at_once, apart = through(np.zeros(beats, np.int64)), through(rest * np.arange(beats))
    cause = int(apart[0]) // rest
    return Response(
        cause / max(1, beats - 1),
        int(apart[0]) - rest * cause,
        int(at_once[0]),
        int(at_once[-1]),
        int(apart[-1]) - rest * (beats - 1),
    )


def waiting(netlist: Netlist, units: Sequence[Sequence[Stage]], cycles: int) -> dict[str, tuple[int, ...]]:
    """For each first stage of a unit, the beats that wait at most at each of its inputs, at so many cycles a frame."""
    sources = {name: np.arange(FRAMES * map.beats) * cycles // map.beats for name, map in netlist.inputs.items()}
    return _walk(netlist, units, sources, streaming=True)[1]


def _walk(netlist: Netlist, units: Sequence[Sequence[Stage]], sources: Mapping[str, np.ndarray], *, streaming: bool):
    """When the beats of each stream come, and how many wait at most in front of each unit.

    `streaming`: frames follow each other, and what is left of one is done as the next comes (`Block.follows`).
    """
    at = dict(sources)
    queues: dict[str, tuple[int, ...]] = {}
    for unit in units:
        first = unit[0]
        arrivals = []
        for index, (name, map) in enumerate(zip(first.inputs, first.i_maps, strict=True)):
            depth = first.depth(index)
            arrivals.append(at[name] + (Fifo(map, depth).latency if depth else 0))
        if len(arrivals) > 1:
            taken, times = _joined(first, arrivals)
        else:
            taken, times = _chained(unit, arrivals[0], _costs(unit, streaming), streaming=streaming)
        queues[first.name] = tuple(_most(came, went) for came, went in zip(arrivals, taken, strict=True))
        at[unit[-1].name] = times
    return at, queues


def _chained(
    unit: Sequence[Stage], arrivals: np.ndarray, costs: np.ndarray, *, streaming: bool
) -> tuple[list[np.ndarray], np.ndarray]:
    times = taken = _served(arrivals, costs)
    for stage in unit:
        times = _through(stage.block, times, streaming)
    return [taken], times


def _joined(stage: Stage, arrivals: list[np.ndarray]) -> tuple[list[np.ndarray], np.ndarray]:
    beats = stage.block.o_map.beats
    frames = len(arrivals[0]) // stage.i_maps[0].beats
    pairs = zip(stage.block.needs(), stage.i_maps, strict=True)
    needs = [repeated(needed, frames, map.beats) for needed, map in pairs]
    complete = [_after(came, needed) for came, needed in zip(arrivals, needs, strict=True)]
    fires = _served(np.maximum.reduce(complete), np.ones(beats, np.int64))
    taken = [
        fires[np.searchsorted(needed, np.arange(len(came)) + 1)] for came, needed in zip(arrivals, needs, strict=True)
    ]
    return taken, fires + stage.block.latency


def _costs(unit: Sequence[Stage], streaming: bool) -> np.ndarray:
    """For each input beat of a unit, the cycles that its busiest block works on what follows from that beat."""
    if len(unit[0].inputs) > 1:
        return np.ones(unit[0].block.o_map.beats, np.int64)
    beats = unit[0].block.i_map.beats
    costs = np.zeros(beats, np.int64)
    needs = np.arange(1, beats + 1)
    widest = needs
    room = False  # whether all that a beat brings can wait in a memory
    for stage in unit:
        work = np.bincount(_causes(needs, beats), weights=_paces(stage.block, streaming), minlength=beats).astype(
            np.int64
        )
        parts = np.bincount(_causes(widest, beats), minlength=beats)
        left = _overlapped(work, np.ones_like(parts), costs) if room else _overlapped(work, parts, np.ones_like(costs))
        costs = np.maximum(costs, left)
        frames = np.concatenate([[0], needs, needs + beats])
        needs = frames[_needs(stage.block, streaming)]
        widest = needs if len(needs) <= len(widest) else widest
        room |= stage.block.buffered
    return costs


def _overlapped(work: np.ndarray, parts: np.ndarray, costs: np.ndarray) -> np.ndarray:
    """Work a beat, less what is done while the next beats pass that make no work: the last part waits in a register.

    `parts` is in how many beats the work of each input beat reaches the block, where these are widest; `costs` is what
    the beats take that make no work.
    """
    busy = np.flatnonzero(work)
    passed = np.concatenate([[0], np.maximum(costs, 1).cumsum()])
    idle = np.append(passed[busy[1:]], passed[-1] + passed[busy[0]]) - passed[busy + 1]
    left = work.copy()
    left[busy] = np.maximum(work[busy] - np.minimum(idle, work[busy] // np.maximum(parts[busy], 1)), 1)
    return left


def _paces(block: Block, streaming: bool) -> np.ndarray:
    """Cycles that a block takes for each input beat of a frame: as many as it has outputs to give for it, or its share
    of the block's cycles. What is then left it spends behind the last beat, and counts with that; a block in which
    outputs wait spends it all the time, and one that is whole none of it before."""
    beats = block.i_map.beats
    if block.whole:
        return np.append(np.ones(beats - 1, np.int64), block.cycles - beats + 1)
    if block.buffered:
        return np.maximum(np.diff(np.arange(beats + 1) * block.cycles // beats), 1)
    paces = np.maximum(np.bincount(_causes(_needs(block, streaming), beats), minlength=beats), 1)
    if paces.sum() < block.cycles:
        paces = np.maximum(paces, block.cycles // beats)
        paces[-1] += max(0, block.cycles - int(paces.sum()))
    return paces


def _needs(block: Block, streaming: bool) -> np.ndarray:
    return block.follows() if streaming else block.needs()


def _causes(needs: np.ndarray, beats: int) -> np.ndarray:
    """The input beat that lets each output beat out, of this frame or the next; the first, where it needs none."""
    return (np.maximum(needs, 1) - 1) % beats


def _through(block: Block, arrivals: np.ndarray, streaming: bool) -> np.ndarray:
    """When each output beat of a block comes out."""
    paces = _paces(block, streaming)
    taken = _served(arrivals, paces)
    needs = repeated(_needs(block, streaming), len(arrivals) // len(paces), len(paces))
    out = _after(taken, np.minimum(needs, len(taken))) + block.latency
    if block.needs()[-1] == len(paces) and not block.whole:
        ends = slice(block.o_map.beats - 1, None, block.o_map.beats)
        out[ends] = np.maximum(out[ends], taken[len(paces) - 1 :: len(paces)] + block.latency + paces[-1] - 1)
    return _served(out, np.ones(1, np.int64))


def _after(times: np.ndarray, needs: np.ndarray) -> np.ndarray:
    """When so many beats have passed; what needs none of a frame comes right behind the frame before."""
    return np.concatenate([[0], times])[needs]


def _served(arrivals: np.ndarray, costs: np.ndarray) -> np.ndarray:
    """When each beat is taken: none before it is there, nor before the time for the one before it is over.

    `costs` are of each beat of a frame, or of any beat; `arrivals` of as many frames as there are."""
    spent = np.tile(costs, len(arrivals) // len(costs)).cumsum()
    free = np.concatenate([[0], spent[:-1]])
    return free + np.maximum.accumulate(arrivals - free)


def _most(came: np.ndarray, went: np.ndarray) -> int:
    """The largest number of beats that have come and not gone."""
    return int((np.arange(1, len(came) + 1) - np.searchsorted(went, came, side="right")).max())
