"""A genetic search: the better half of a population lives on, and has as many children."""

import numpy as np

from binloom.train.elm.judge import Judges
from binloom.train.elm.kernels import Kernels
from binloom.train.elm.trials import Trials

POPULATION = 16
MUTANTS = 2  # kernels of a child that are changed


def genetic(start: Kernels, judges: Judges, trials: Trials, count: int, seed: int) -> Kernels:
    """From draws on, generation after generation, until so many have been tried."""
    random = np.random.default_rng(seed)
    people = [start.drawn(seed + index) for index in range(min(POPULATION, count))]
    verdicts, tried = trials.run(judges.judge, [(one, ()) for one in people]), len(people)
    while True:
        order = sorted(range(len(people)), key=lambda index: verdicts[index])[: POPULATION // 2]
        people, verdicts = [people[index] for index in order], [verdicts[index] for index in order]
        if tried == count:
            return people[0]
        children = [_child(people, random) for _ in range(min(POPULATION - len(people), count - tried))]
        verdicts += trials.run(judges.judge, [(one, ()) for one in children])
        people, tried = people + children, tried + len(children)


def _child(parents: list[Kernels], random: np.random.Generator) -> Kernels:
    one, two = random.choice(len(parents), 2, replace=False)
    child, places = parents[one].crossed(parents[two], random), parents[one].places()
    for _ in range(MUTANTS):
        child = child.flipped(places[random.integers(len(places))], random)
    return child
