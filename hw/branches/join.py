"""Where branches meet: what a block with several input streams has in common with any other."""

from collections.abc import Sequence

import numpy as np
from amaranth.lib.wiring import In, Out

from binloom.hw.part import Part
from binloom.hw.stream import Map


class Join(Part):
    """Input streams `i0`, `i1`, ... and one output stream `o`, all of one height, width and lanes.

    It is a `Block` (see there) but for two things: `needs()` gives an array for each input, and `model()` takes the
    beats of each. Latency 1 cycle (the output register), one output beat a cycle.
    """

    latency = 1
    buffered = False

    def __init__(self, i_maps: Sequence[Map], o_map: Map) -> None:
        self.i_maps, self.o_map = tuple(i_maps), o_map
        super().__init__(
            lambda: (
                {f"i{number}": In(map.signature) for number, map in enumerate(self.i_maps)}
                | {"o": Out(o_map.signature)}
            )
        )

    @property
    def cycles(self) -> int:
        return self.o_map.beats

    def needs(self) -> tuple[np.ndarray, ...]:
        raise NotImplementedError

    def model(self, *beats: np.ndarray) -> np.ndarray:
        raise NotImplementedError


def check_join(i_maps: Sequence[Map]) -> None:
    """ValueError where maps cannot meet."""
    if len(i_maps) < 2:
        raise ValueError(f"a join takes two or more inputs, got {len(i_maps)}")
    first = i_maps[0]
    for map in i_maps:
        if map.planes > 1:
            raise ValueError(f"a join takes maps in one plane, got {map}")
        if (map.height, map.width, map.lanes) != (first.height, first.width, first.lanes):
            raise ValueError(f"the inputs of a join must have one height, width and lanes, got {first} and {map}")
