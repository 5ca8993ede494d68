"""Hill climbing: one kernel changed at a time, and of the Gram matrix no more than what it changes.

A kernel has a part in few of the features. What the others make is worked out once for all changes that are tried of a
kernel; a trial then costs hardly any features or products (leave_out.py, set_aside.py).
"""

from typing import Any

import numpy as np

from binloom.train.elm.judge import Judges, Stand, Verdict
from binloom.train.elm.kernels import Kernels, Place
from binloom.train.elm.trials import Trials

BROOD = 8  # changes of a kernel that are tried; the best is taken, where it is better


def climb(start: Kernels, judges: Judges, trials: Trials, count: int, seed: int) -> Kernels:
    """From a draw upwards, until so many have been tried."""
    random, way = np.random.default_rng(seed), Way(judges, start.drawn(seed))
    (stands,), places = trials.run(judges.judge, [(way.here, ())]), start.places()
    for tried in range(1, count, BROOD):
        place = places[random.integers(len(places))]
        brood = [way.here.flipped(place, random) for _ in range(min(BROOD, count - tried))]
        given = () if trials.know(brood) else (judges, way.stand(), way.stand().rest(place), place)
        found = trials.run(changed, [(kernels, given) for kernels in brood])
        del given  # before the next one is worked out: there is no room for two
        if (best := min(found)) < stands:
            stands = best
            way.go(place, brood[found.index(best)])
    return way.here


class Way:
    """The steps of a climb. One that goes on after it was killed takes the same steps, and so comes to the same
    numbers."""

    def __init__(self, judges: Judges, here: Kernels) -> None:
        self.judges, self.first, self.here = judges, here, here
        self.steps: list[tuple[Place, Kernels]] = []  # that the stand has still to take
        self._stand: Stand | None = None

    def go(self, place: Place, kernels: Kernels) -> None:
        """To kernels that differ at one place."""
        self.here = kernels
        self.steps.append((place, kernels))

    def stand(self) -> Stand:
        """Here. Nothing is worked out before somebody asks."""
        stand = self._stand or self.judges.stand(self.first)
        for place, kernels in self.steps:
            stand = stand.moved(place, kernels)
        self._stand, self.steps = stand, []
        return stand


def changed(kernels: Kernels, judges: Judges, ground: Stand, rest: Any, place: Place) -> Verdict:
    """The verdict on kernels that differ at one place from those on which `ground` stands."""
    return ground.changed(rest, judges.through(kernels, place))
