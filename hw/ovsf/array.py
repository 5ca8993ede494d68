"""A compute array whose weights are made as it goes."""

import numpy as np
from amaranth.hdl import Const, Module, Signal

from binloom.hw.arrays.array import MatrixArray
from binloom.hw.arrays.border import Border
from binloom.hw.arrays.matrix import Matrix
from binloom.hw.counter import counter
from binloom.hw.element import Element
from binloom.hw.ovsf.kernel import KernelRows, Recipe
from binloom.hw.stream import Map


class GeneratedArray(MatrixArray):
    """As a MatrixArray in planes, each of which is a row of `recipe`'s kernel, `recipe.pe` outputs.

    While all pixels of a plane pass, the next plane's row is made; a frame takes as many planes as there are rows, and
    a plane as long as its beats or as its row, `recipe.cycles`, whichever is longer. No beat is taken before the first
    row is there. Latency as that of a MatrixArray whose weights are in logic. `kernel` is the recipe's, for those who
    have it already.
    """

    can_flow = False

    def __init__(
        self,
        i_map: Map,
        recipe: Recipe,
        border: Border | None = None,
        *,
        o_element: Element,
        bias: np.ndarray | None = None,
        per_stage: int | None = None,
        kernel: Matrix | None = None,
    ) -> None:
        if i_map.sweeps != recipe.rows:
            raise ValueError(
                f"a plane is a row of the kernel, of which there are {recipe.rows}, got {i_map.sweeps} planes"
            )
        self.recipe = recipe
        simd = recipe.places.shape[1]
        super().__init__(
            i_map,
            kernel or recipe.kernel,
            border,
            simd=simd,
            pe=recipe.pe,
            o_element=o_element,
            bias=bias,
            per_stage=per_stage,
        )

    @property
    def cycles(self) -> int:
        return self.i_map.sweeps * max(self.i_map.pixels * self.beats, self.recipe.cycles)

    def _store(self, m: Module) -> KernelRows:
        m.submodules.weights = store = KernelRows(self.recipe, self.job.weight)
        return store

    def _sequence(self, m: Module, advance: Signal, store) -> tuple[Signal, Signal]:
        map = self.i_map
        step = Signal()
        beat, vector_done = counter(m, "beat", self.beats, step)
        _, sweep_done = counter(m, "pixel", map.pixels, vector_done)
        plane, _ = counter(m, "plane", map.sweeps, sweep_done)
        m.d.comb += [
            store.addr.eq(beat),
            store.en.eq(advance),
            store.done.eq(sweep_done),
            self.i.ready.eq(advance & store.ready),
            step.eq(self.i.ready & self.i.valid),
        ]
        return self._tag(m, step, beat, Const(0), plane, vector_done), Signal()
