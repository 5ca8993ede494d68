"""Sums that share their parts: products of a matrix of -1 and +1 with numbers, as a short list of additions.

Rows that differ in few places are made from each other: y = +-parent + 2 * (what differs). All such differences, and
the rows that begin with the inputs themselves, are sums of signed terms; while a pair of terms stands in two of them or
more, the most frequent pair becomes a number of its own.
"""

from dataclasses import dataclass

import numpy as np

from binloom.hw.element import Element

EFFORT = 4_000_000_000  # table entries looked at while pairs are sought: about two seconds


@dataclass(frozen=True, slots=True)
class Addition:
    """sign_a * a + (sign_b * b << shift), of which one sign at most is -1; `a` and `b` count inputs, then additions.

    An `a` of -1 is the number 0.
    """

    a: int
    b: int
    sign_a: int
    sign_b: int
    shift: int


@dataclass(frozen=True, slots=True)
class AdderGraph:
    """Additions in an order in which each finds its operands, and which number each row of the matrix is."""

    inputs: int
    additions: tuple[Addition, ...]
    rows: tuple[int, ...]

    def levels(self) -> list[int]:
        """Additions in a row that lead to each number."""
        levels = [0] * self.inputs
        for add in self.additions:
            levels.append(1 + max(levels[add.a] if add.a >= 0 else 0, levels[add.b]))
        return levels

    def numbers(self, x: np.ndarray) -> np.ndarray:
        """Every number for inputs (..., inputs): inputs, then additions."""
        numbers = list(np.moveaxis(x, -1, 0))
        for add in self.additions:
            a = numbers[add.a] if add.a >= 0 else np.zeros_like(numbers[0])
            numbers.append(add.sign_a * a + add.sign_b * (numbers[add.b] << add.shift))
        return np.stack(numbers, axis=-1)

    def elements(self, element: Element) -> list[Element]:
        """What each number can be where the inputs are of `element`."""
        return [
            Element(int((element.lo * up + element.hi * down).sum()), int((element.hi * up + element.lo * down).sum()))
            for row in self.numbers(np.eye(self.inputs, dtype=np.int64)).T
            for up, down in [(np.maximum(row, 0), np.minimum(row, 0))]
        ]

    def slots(self, element: Element) -> int:
        """Slots of carry chains: two bits at a time, without the low bits that only pass."""
        widths = [element.width for element in self.elements(element)[self.inputs :]]
        return sum(
            (width - (add.shift if add.sign_a > 0 else 0) + 1) // 2 * 2
            for width, add in zip(widths, self.additions, strict=True)
        )

    def latest(self, limit: int) -> list[int]:
        """The levels once more, each addition as late as those that need it and `limit` allow."""
        levels = [0] * self.inputs + [limit] * len(self.additions)
        for number in reversed(range(self.inputs, len(levels))):
            add = self.additions[number - self.inputs]
            for operand in (add.a, add.b):
                if operand >= self.inputs:
                    levels[operand] = min(levels[operand], levels[number] - 1)
        return levels


def adder_graph(matrix: np.ndarray, element: Element, limit: int) -> AdderGraph:
    """The rows of `matrix` (rows, inputs), all -1 or +1, as sums of inputs of `element`, none after level `limit`.

    Of several ways the cheapest is kept; large matrices get less search.
    """
    matrix = np.asarray(matrix, np.int64)
    rows, inputs = matrix.shape
    if limit < inputs.bit_length():
        raise ValueError(f"{inputs} numbers of either sign take {inputs.bit_length()} levels, got {limit}")
    # One more row that is left out in the end may be the best place to begin.
    candidates = [matrix]
    if rows > 1:
        candidates += [np.vstack([matrix, row]) for row in (np.ones(inputs, np.int64), likeness(matrix))]
    graphs = [_build(rows, limit, slack, len(candidates) * 2) for rows in candidates for slack in (0, 1)]
    graphs = [_trim(graph, rows) for graph in graphs]
    return min(graphs, key=lambda graph: graph.slots(element))


def likeness(matrix: np.ndarray) -> np.ndarray:
    """A row of -1 and +1 that the rows, or their negatives, are most like."""
    like = np.ones(matrix.shape[1], np.int64)
    for _ in range(20):
        side = np.where(matrix @ like >= 0, 1, -1)
        like = np.where(side @ matrix >= 0, 1, -1)
    return like


@dataclass(slots=True)
class _Plan:
    """Where a row begins: sign * parent + 2 * (its terms), or its terms alone."""

    parent: int | None
    sign: int
    level: int  # by which it is there


def _build(matrix: np.ndarray, limit: int, slack: int, share: int) -> AdderGraph:
    rows, inputs = matrix.shape
    order, plans = _parents(matrix, limit, slack)
    terms = np.zeros((rows, inputs), np.int64)
    for row, plan in plans.items():
        terms[row] = matrix[row] if plan.parent is None else (matrix[row] - plan.sign * matrix[plan.parent]) // 2
    budget = np.array([plans[row].level - (plans[row].parent is not None) for row in range(rows)])
    # In an addition one side at least is positive: that must be the terms where the parent is not, or is not there.
    positive = np.array([plans[row].parent is None or plans[row].sign < 0 for row in range(rows)])
    adds, levels, terms = _pairs(terms, budget, positive, share)

    made: dict[int, int] = {}

    def put(add: Addition) -> int:
        if add in known:
            return known[add]
        adds.append(add)
        levels.append(1 + max(levels[add.a] if add.a >= 0 else 0, levels[add.b]))
        known[add] = inputs + len(adds) - 1
        return known[add]

    known = {add: inputs + index for index, add in enumerate(adds)}
    for row in order:
        plan = plans[row]
        left = [(levels[k], int(k), int(terms[row, k])) for k in np.flatnonzero(terms[row])]
        if positive[row] and left and max(sign for _, _, sign in left) < 0:
            number = put(Addition(-1, left[0][1], 1, -1, 0))
            left[0] = (levels[number], number, 1)
        while len(left) > 1:
            left.sort()
            (_, a, sign_a), (_, b, sign_b) = left[:2]
            sign = 1 if max(sign_a, sign_b) > 0 else -1
            if sign_a * sign < 0:
                a, b, sign_a, sign_b = b, a, sign_b, sign_a
            number = put(Addition(a, b, sign_a * sign, sign_b * sign, 0))
            left = [*left[2:], (levels[number], number, sign)]
        if plan.parent is None:
            made[row] = left[0][1]
        elif not left:
            parent = made[plan.parent]
            made[row] = parent if plan.sign > 0 else put(Addition(-1, parent, 1, -1, 0))
        else:
            _, number, sign = left[0]
            made[row] = put(Addition(made[plan.parent], number, plan.sign, sign, 1))
    return AdderGraph(inputs, tuple(adds), tuple(made[row] for row in range(rows)))


def _parents(matrix: np.ndarray, limit: int, slack: int) -> tuple[list[int], dict[int, _Plan]]:
    """A tree over the rows in which a row's terms are few, no row later than `limit`."""
    rows, inputs = matrix.shape
    # Additions that each row takes as things stand, and by which level it is there.
    negative = (matrix < 0).all(axis=1)
    cost = inputs - 1 + negative
    level = np.minimum(np.where(negative, inputs.bit_length(), (inputs - 1).bit_length()) + slack, limit)
    parent, parent_sign = np.full(rows, -1), np.ones(rows, np.int64)
    waiting = np.ones(rows, bool)
    order: list[int] = []
    for _ in range(rows):
        # Among equals the one that is there first: it leaves most levels to those behind it.
        best = int(np.lexsort((level, cost, ~waiting))[0])
        waiting[best] = False
        order.append(best)
        unlike = (inputs - matrix @ matrix[best]) // 2
        for sign, differ in ((1, unlike), (-1, inputs - unlike)):
            # A negative parent needs a positive term to stand in front; where there is none, one is negated.
            negation = np.zeros(rows, np.int64) if sign > 0 else ((matrix + matrix[best]) <= 0).all(axis=1)
            additions = differ + negation
            tree = np.ceil(np.log2(np.maximum(differ, 1))).astype(np.int64) + negation
            there = np.maximum(level[best], tree) + (additions > 0)
            better = waiting & (there <= limit) & ((additions < cost) | (additions == cost) & (there < level))
            cost[better], level[better] = additions[better], there[better]
            parent[better], parent_sign[better] = best, sign
    return order, {
        row: _Plan(int(parent[row]) if parent[row] >= 0 else None, int(parent_sign[row]), int(level[row]))
        for row in range(rows)
    }


def _pairs(
    terms: np.ndarray, budget: np.ndarray, positive: np.ndarray, share: int
) -> tuple[list[Addition], list[int], np.ndarray]:
    """Makes numbers of pairs of terms that several rows hold, the most frequent first.

    A row that has to be `positive` keeps a term that is, and is left alone where it has none.
    """
    rows, inputs = terms.shape
    steps = min(inputs * 4, 1000)
    while steps and steps * (inputs + steps) ** 2 > EFFORT // share:
        steps //= 2
    size = inputs + steps
    wide = np.zeros((rows, size), np.float32)
    wide[:, :inputs] = terms
    levels = [0] * inputs
    room = 2.0**budget - (terms != 0).sum(axis=1)  # a row of terms is in time while its 2**level add up to no more
    pluses = (terms > 0).sum(axis=1)
    same, other = np.zeros((size, size), np.float32), np.zeros((size, size), np.float32)

    def count(columns: list[int]) -> None:
        product = wide[:, columns].T @ wide
        both = np.abs(wide[:, columns]).T @ np.abs(wide)
        for table, values in ((same, (both + product) / 2), (other, (both - product) / 2)):
            table[columns] = values
            table[:, columns] = values.T
            table[columns, columns] = 0

    count(list(range(inputs)))
    adds: list[Addition] = []
    while len(adds) < steps:
        most = [int(table.argmax()) for table in (same, other)]
        sign, table, place = (1, same, most[0]) if same.flat[most[0]] >= other.flat[most[1]] else (-1, other, most[1])
        if table.flat[place] < 2:
            break
        a, b = divmod(place, size)
        level = max(levels[a], levels[b]) + 1
        price = 2.0**level - 2.0 ** levels[a] - 2.0 ** levels[b]
        where = (wide[:, a] * wide[:, b] == sign) & (room >= price)
        loses = wide[:, a] * sign > 0  # a positive term
        where &= ~positive | (pluses > loses)
        if where.sum() < 2:
            table[a, b] = table[b, a] = 0
            continue
        new = inputs + len(adds)
        adds.append(Addition(a, b, 1, sign, 0))
        levels.append(level)
        wide[where, new] = wide[where, a]
        wide[where, a] = wide[where, b] = 0
        room[where] -= price
        pluses[where] -= loses[where]
        count([a, b, new])
    return adds, levels, wide[:, : inputs + len(adds)].astype(np.int64)


def _trim(graph: AdderGraph, rows: int) -> AdderGraph:
    """Without the additions that the first `rows` rows do not need."""
    needed = set(graph.rows[:rows])
    for index in reversed(range(len(graph.additions))):
        if graph.inputs + index in needed:
            needed |= {graph.additions[index].a, graph.additions[index].b}
    kept = [index for index in range(len(graph.additions)) if graph.inputs + index in needed]
    place = {-1: -1} | {number: number for number in range(graph.inputs)}
    place |= {graph.inputs + index: graph.inputs + new for new, index in enumerate(kept)}
    additions = tuple(
        Addition(place[add.a], place[add.b], add.sign_a, add.sign_b, add.shift)
        for add in (graph.additions[index] for index in kept)
    )
    return AdderGraph(graph.inputs, additions, tuple(place[row] for row in graph.rows[:rows]))
