"""Counts that share their parts: for rows of chosen bits, how many are 1, as a list of full adders.

A full adder turns three wires of one power of two into a sum and a carry. Where several rows choose the same three
wires, one full adder serves them all; the triples that most rows choose are taken first.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np

from binloom.hw.sums.adder_graph import likeness

HEIGHT = 4  # wires of one power of two that are left to ordinary additions
BLOCK = 160  # wires among which triples are sought
PAIRS = 24  # pairs that are tried as the beginning of a triple


@dataclass(frozen=True, slots=True)
class FullAdder:
    """Three wires of 2**power; its sum is the next free wire, its carry the one behind."""

    wires: tuple[int, int, int]
    power: int


@dataclass(frozen=True, slots=True)
class CountGraph:
    """Full adders level by level, and what is left of each row: its wires, a list for each power of two.

    Wires count inputs first, then two for each full adder.
    """

    inputs: int
    levels: tuple[tuple[FullAdder, ...], ...]
    rows: tuple[tuple[tuple[int, ...], ...], ...]

    def counts(self, bits: np.ndarray) -> np.ndarray:
        """The count of each row for bits (..., inputs)."""
        wires = list(np.moveaxis(np.asarray(bits, np.int64), -1, 0))
        for adder in (adder for level in self.levels for adder in level):
            total = sum(wires[wire] for wire in adder.wires)
            wires += [total & 1, total >> 1]
        zero = np.zeros_like(wires[0])
        return np.stack(
            [
                sum((wires[wire] << power for power, column in enumerate(row) for wire in column), start=zero)
                for row in self.rows
            ],
            axis=-1,
        )


@cache
def count_levels(bits: int) -> int:
    """Levels that no row of `bits` bits or fewer exceeds."""
    return max(_levels(fewer) for fewer in range(bits + 1))


def _levels(bits: int) -> int:
    heights, levels = [bits], 0
    while max(heights) > HEIGHT:
        carries = [0, *(height // 3 for height in heights)]
        heights = [height - height // 3 * 2 + carry for height, carry in zip([*heights, 0], carries, strict=True)]
        levels += 1
    return levels


def halves(matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A matrix of -1 and +1 (rows, inputs) as side[i] * flip[j] * (1 - 2 * chosen[i, j]), with few of them chosen."""
    flip = likeness(matrix)
    side = np.where(matrix @ flip >= 0, 1, -1)
    return side, flip, matrix != np.outer(side, flip)


def count_graph(chosen: np.ndarray) -> CountGraph:
    """Full adders for rows of chosen bits: bool (rows, inputs)."""
    rows, inputs = chosen.shape
    # For each power of two, the wires there are and which row needs which of them.
    columns: list[tuple[list[int], np.ndarray]] = [(list(range(inputs)), np.array(chosen, bool))]
    levels: list[tuple[FullAdder, ...]] = []
    wires = inputs
    while max(int(need.sum(axis=1).max(initial=0)) for _, need in columns) > HEIGHT:
        level: list[FullAdder] = []
        after: list[tuple[list[int], list[np.ndarray]]] = [([], []) for _ in range(len(columns) + 1)]
        for power, (names, need) in enumerate(columns):
            need = need.copy()
            for triple, users in _triples(need):
                a, b, c = (names[index] for index in triple)
                level.append(FullAdder((a, b, c), power))
                for place, wire in ((power, wires), (power + 1, wires + 1)):
                    after[place][0].append(wire)
                    after[place][1].append(users)
                wires += 2
            for index in np.flatnonzero(need.any(axis=0)):
                after[power][0].append(names[index])
                after[power][1].append(need[:, index])
        levels.append(tuple(level))
        columns = [(names, np.stack(users, axis=1)) for names, users in after if names]
    left = tuple(
        tuple(tuple(names[k] for k in np.flatnonzero(need[row])) for names, need in columns) for row in range(rows)
    )
    return CountGraph(inputs, tuple(levels), left)


def _triples(need: np.ndarray) -> list[tuple[tuple[int, ...], np.ndarray]]:
    """Triples of wires and the rows that use each, until no row needs three more; taken out of `need`."""
    found = []
    for start in range(0, need.shape[1], BLOCK):
        block = need[:, start : start + BLOCK]
        for triple, users in _shared_triples(block):
            found.append((tuple(start + index for index in triple), users))
    for row in range(len(need)):
        alone = np.flatnonzero(need[row])
        for index in range(len(alone) // 3):
            triple = tuple(int(wire) for wire in alone[3 * index : 3 * index + 3])
            need[row, list(triple)] = False
            found.append((triple, np.arange(len(need)) == row))
    return found


def _shared_triples(need: np.ndarray) -> list[tuple[tuple[int, ...], np.ndarray]]:
    found: list[tuple[tuple[int, ...], np.ndarray]] = []
    wires = need.shape[1]
    if wires < 3:
        return found
    values = need.astype(np.float32)
    together = np.triu(values.T @ values, 1)
    while True:
        flat = together.ravel()
        top = np.argpartition(-flat, min(PAIRS, flat.size) - 1)[:PAIRS]
        top = top[np.lexsort((top, -flat[top]))]
        top = top[flat[top] >= 2]
        if not len(top):
            return found
        a, b = np.divmod(top, wires)
        both = values[:, a] * values[:, b]
        third = both.T @ values
        third[np.arange(len(top)), a] = third[np.arange(len(top)), b] = 0
        best = int(third.argmax())
        if third.flat[best] < 2:
            return found
        pair, c = divmod(best, wires)
        triple = (int(a[pair]), int(b[pair]), int(c))
        users = np.asarray(values[:, triple].all(axis=1))
        for wire in triple:
            need[users, wire] = False
            values[users, wire] = 0
        for wire in triple:
            row = values[:, wire] @ values
            together[wire, wire + 1 :] = row[wire + 1 :]
            together[:wire, wire] = row[:wire]
        found.append((triple, users))
