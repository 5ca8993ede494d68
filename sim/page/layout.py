"""Where the ops of a graph stand in its picture: in rows from the input down, branches in columns beside each other.

An op stands below the last of those it reads. The longest way through the graph is the first column. A branch has a
column of its own from its fork to its join; an edge that passes by ops without one of its own runs down a rail. Columns
and rails are taken again further down, so that many branches behind each other need no more room than one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

Edge = tuple[str, str, int]  # from an op to another, at which of its inputs


@dataclass(frozen=True)
class Layout:
    """The row and the track of each op, the track that each edge runs down in, and which tracks hold ops."""

    rows: Mapping[str, int]
    tracks: Mapping[str, int]
    edges: Mapping[Edge, int]
    wide: Sequence[bool]


@dataclass
class _Track:
    wide: bool
    taken: list[tuple[int, int]] = field(default_factory=list)

    def free(self, first: int, last: int) -> bool:
        return all(last < start or first > end for start, end in self.taken)


def layout(inputs: Mapping[str, Sequence[str]]) -> Layout:
    """`inputs` are the ops that each op reads, in topological order."""
    rows: dict[str, int] = {}
    for name, sources in inputs.items():
        rows[name] = max((rows[source] + 1 for source in sources), default=0)
    edges = [(source, name, port) for name, sources in inputs.items() for port, source in enumerate(sources)]
    chains = _chains(inputs, rows, edges)
    chain_of = {name: chain for chain in chains for name in chain}
    tracks: list[_Track] = []
    places: dict[str, int] = {}
    for chain in sorted(chains, key=lambda chain: (-len(chain), rows[chain[0]])):
        first = min((rows[source] + 1 for source in inputs[chain[0]]), default=rows[chain[0]])
        last = max((rows[end] - 1 for start, end, _ in edges if start == chain[-1]), default=rows[chain[-1]])
        track = _take(tracks, True, first, max(last, rows[chain[-1]]))
        places |= dict.fromkeys(chain, track)
    ways: dict[Edge, int] = {}
    for edge in edges:
        start, end, _ = edge
        if chain_of[start] is not chain_of[end] and end == chain_of[end][0]:
            ways[edge] = places[end]
        elif rows[end] == rows[start] + 1 or (start == chain_of[start][-1] and chain_of[start] is not chain_of[end]):
            ways[edge] = places[start]
        else:
            ways[edge] = _take(tracks, False, rows[start] + 1, rows[end] - 1)
    return Layout(rows, places, ways, [track.wide for track in tracks])


def _chains(
    inputs: Mapping[str, Sequence[str]], rows: Mapping[str, int], edges: Sequence[Edge]
) -> list[tuple[str, ...]]:
    """Ops below each other: each below the last that it reads, where that goes on to none that leads further."""
    below: dict[str, int] = {}  # ops on the longest way from here down
    for name in reversed(list(inputs)):
        below[name] = max((below[end] + 1 for start, end, _ in edges if start == name), default=0)
    follows: dict[str, str] = {}
    for name, sources in inputs.items():
        if sources:
            last = max(sources, key=rows.__getitem__)
            if last not in follows or below[name] > below[follows[last]]:
                follows[last] = name
    heads = [name for name in inputs if name not in follows.values()]
    chains = []
    for head in heads:
        chain = [head]
        while chain[-1] in follows:
            chain.append(follows[chain[-1]])
        chains.append(tuple(chain))
    return chains


def _take(tracks: list[_Track], wide: bool, first: int, last: int) -> int:
    """The first track of that kind that is free in these rows; a new one where none is."""
    free = (number for number, track in enumerate(tracks) if track.wide == wide and track.free(first, last))
    number = next(free, len(tracks))
    if number == len(tracks):
        tracks.append(_Track(wide))
    tracks[number].taken.append((first, last))
    return number
