"""A search for kernels: of all that are tried, those that its own training images speak for are kept.

`random` draws each anew. `climb` (climb.py) changes one kernel at a time, `genetic` (genetic.py) crosses the better
ones.
"""

from collections.abc import Callable, Mapping
from pathlib import Path

from binloom.train.elm.climb import climb
from binloom.train.elm.genetic import genetic
from binloom.train.elm.how import Elm
from binloom.train.elm.judge import Judges
from binloom.train.elm.kernels import Kernels
from binloom.train.elm.trials import Trials, opened
from binloom.train.tell import Tell

Search = Callable[[Kernels, Judges, Trials, int, int], Kernels]


def search(
    start: Kernels,
    judges: Judges,
    how: Elm,
    seed: int,
    book: Path,
    tell: Tell,
    jobs: int = 1,
) -> Kernels:
    """The best of `how.trials` kernels in the shape of `start`. One trial alone is a draw, and nothing is judged."""
    if how.trials == 1:
        return start.drawn(seed)
    with opened(book) as trials:
        run = Trials(trials, jobs, lambda done: tell("trials of kernels", done, how.trials))
        return SEARCHES[how.search](start, judges, run, how.trials, seed)


def draws(start: Kernels, judges: Judges, trials: Trials, count: int, seed: int) -> Kernels:
    """So many draws, with this seed and those after it."""
    drawn = [start.drawn(seed + index) for index in range(count)]
    found = trials.run(judges.judge, [(kernels, ()) for kernels in drawn])
    return drawn[found.index(min(found))]


SEARCHES: Mapping[str, Search] = {"random": draws, "climb": climb, "genetic": genetic}
