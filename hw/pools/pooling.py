"""What max pools and sum pools have in common: the circuit that fits their windows, whose figures are theirs."""

from dataclasses import replace

import numpy as np

from binloom.hw.element import Element
from binloom.hw.pools.global_pool import GlobalPool
from binloom.hw.pools.reduce import Reducer, Reduction
from binloom.hw.pools.running_pool import RunningPool
from binloom.hw.pools.window_pool import WindowPool
from binloom.hw.stream import Block, Map, check_order
from binloom.hw.windows.places import Geometry


class Pool(Block):
    """One output position a window of `geometry`; the work is done by `core`."""

    def __init__(self, i_map: Map, geometry: Geometry, core: Reducer, o_element: Element) -> None:
        self.i_map, self.geometry, self.core = i_map, geometry, core
        self.o_map = replace(i_map, height=geometry.out_height, width=geometry.out_width, element=o_element)
        super().__init__()

    @property
    def latency(self) -> int:
        return self.core.latency

    @property
    def cycles(self) -> int:
        return self.core.cycles

    def needs(self) -> np.ndarray:
        return self.core.needs()


def reducer(i_map: Map, geometry: Geometry, reduction: Reduction, o_element: Element) -> Reducer:
    """The circuit that fits."""
    check_order(i_map)
    if geometry.whole:
        kind: type[Reducer] = GlobalPool
    else:
        kind = RunningPool if all(slide.orderly for slide in RunningPool.slides(geometry)) else WindowPool
    return kind(i_map, geometry, reduction, o_element)
