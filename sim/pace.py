"""What each op of a design does with the cycles of a frame, as seen at its streams in a free run.

An op works in a cycle unless it waits: for a beat that is not there, or for a reader that does not take what it has.
In steady state its cycles at work are what a frame costs it, and may be held against what the manifest says it costs.
An op with room inside can work on while it waits at one of its ends: then it is at work for longer than this says.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from binloom.sim.harness import Frames


@dataclass(frozen=True, slots=True)
class Pace:
    """Of one op: cycles at work a frame (None where one frame was all), and when the first frame left it.

    `first` and `last` are the cycles of its first and last beat of that frame, from the frame's first beat into the
    design on.
    """

    cycles: int | None
    first: int
    last: int


def paces(runs: Sequence[Frames]) -> dict[str, Pace]:
    """A Pace for each op that was watched; none of a netlist.

    The last rows of a frame may be such as nobody reads. Where that frame was all, its op was never seen to end it.
    """
    return {name: _pace(name, runs) for name, seen in runs[0].watches.items() if len(seen)}


def _pace(name: str, runs: Sequence[Frames]) -> Pace:
    spent = []
    for run in runs:
        first, last, waited = run.watches[name].T
        work = np.diff(last) - np.diff(waited)
        spent.append(work[len(work) // 2 :])
    steady = np.concatenate(spent)
    first, last, _ = runs[0].watches[name][0] - runs[0].accepted[0]
    return Pace(round(float(np.median(steady))) if len(steady) else None, int(first), int(last))


def from_dict(plain: Mapping[str, Mapping]) -> dict[str, Pace]:
    """What a report has kept of them."""
    return {name: Pace(**found) for name, found in plain.items()}
