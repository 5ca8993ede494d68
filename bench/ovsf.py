"""A convolution of codes, counted: `python bench/ovsf.py`.

4 x 4 windows of 32 channels, 64 filters, a quarter of the 512 codes, 8 x 8 patches a frame, a patch every 16 cycles,
whichever way it is done. Multipliers and adders are those that its blocks have, operations are what these do for a
patch, an addition or a multiplication each; bits are those that the bitstream has to hold and those that are made.
The cases `a patch every ... cycles` say how many operations a transform takes at other rates, in percent of those of a
stored kernel.
"""

import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial

import numpy as np

from binloom.compiler.design.blocks import stages_of
from binloom.compiler.design.fold import Fold
from binloom.compiler.design.tensors import map_of
from binloom.compiler.ir.builder import GraphBuilder
from binloom.compiler.ir.graph import Graph
from binloom.compiler.ir.infer import infer
from binloom.compiler.passes.sum_neighbours import sum_neighbours
from binloom.hw.arrays.array import MatrixArray
from binloom.hw.ovsf.array import GeneratedArray
from binloom.hw.ovsf.transform import Transform

SIDE, CHANNELS, FILTERS, LENGTH, KEPT = 8, 32, 64, 512, 128
PATCHES = SIDE * SIDE  # of a frame

CODES = {
    "first": np.arange(KEPT),
    "spread": np.arange(KEPT) * (LENGTH // KEPT),
    "any": np.sort(np.random.default_rng(1).permutation(LENGTH)[:KEPT]),
}

# Each as fast as the others: 2,048 products of stored or made weights a cycle, or 512 of coefficients.
WAYS: Mapping[str, Fold] = {
    "stored": Fold(CHANNELS, 128, 16, storage="rom"),
    "generated, 0%": Fold(CHANNELS, 256, 8, storage="rom", kernel="generated", codes=4),
    "generated, 50%": Fold(CHANNELS, 256, 8, storage="rom", kernel="generated", codes=4, share=50),
    "generated, 100%": Fold(CHANNELS, 256, 8, storage="rom", kernel="generated", codes=4, share=100),
    "transformed": Fold(CHANNELS, 32, 4, storage="rom", kernel="transformed", codes=KEPT),
}
SUMMED = "stored, over sums"  # what `sum_neighbours` makes of the first codes


def layer(codes: np.ndarray, filters: int = FILTERS) -> Graph:
    """The layer alone, over signs, a window for each pixel."""
    rng = np.random.default_rng(2)
    b = GraphBuilder("layer")
    x = b.threshold(b.input((SIDE, SIDE, CHANNELS), -8, 7), 0, name="sign")
    coefficients = rng.integers(-127, 128, (len(codes), filters))
    return b.output(b.ovsf(x, coefficients, (4, 4), codes=codes, length=LENGTH, padding="same", name="layer"))


def counted(graph: Graph, fold: Fold) -> dict[str, float]:
    """Multipliers, adders, operations a patch, and bits of one way."""
    node = graph["layer"]
    source = graph.inputs_of(node)[0]
    blocks = [stage.block for stage in stages_of(node, fold, [("x", map_of(source, fold.lanes))])]
    array = next(block for block in blocks if isinstance(block, MatrixArray))
    n, m = array.matrix.shape[1], FILTERS
    found: dict[str, float] = {
        "multipliers": array.simd * array.pe,
        "adders": array.simd * array.pe,
        "multiplications": n * m,
        "additions": n * m,
        "XOR-reduces": 0,
    }
    if isinstance(array, GeneratedArray):
        recipe = array.recipe
        made, weights = recipe.kernel.size * len(recipe.codes), recipe.places.shape[1] * recipe.pe
        found["adders"] += weights * recipe.step
        found["additions"] += made / PATCHES
        found["XOR-reduces"] = recipe.rows * LENGTH * (len(recipe.codes) - recipe.stored) / PATCHES
        found["coefficient bits"] = recipe.coefficients.size * recipe.factor.width
        found["code bits"] = recipe.stored * LENGTH
        found["row bits"] = 2 * recipe.places.size * recipe.pe * array.job.weight.width
    else:
        found["coefficient bits"] = array.matrix.source.size * array.matrix.element.width
        found["code bits"] = found["row bits"] = 0
    for block in blocks:
        if isinstance(block, Transform):
            found["adders"] += block.additions
            found["additions"] += block.additions * block.beats
    found["operations"] = found["multiplications"] + found["additions"]
    found["cycles"] = max(block.cycles for block in blocks)
    return {name: round(value) for name, value in found.items()}


def way_of(codes: str, way: str) -> dict[str, float]:
    return counted(layer(CODES[codes]), WAYS[way])


def summed() -> dict[str, float]:
    """The first codes once their neighbours are added: a quarter of the channels, and additions a pixel instead."""
    graph = infer(sum_neighbours(layer(CODES["first"])))
    found = counted(graph, Fold(CHANNELS // 4, 32, 16, storage="rom"))
    for name in ("adders", "additions", "operations"):
        found[name] += 3 * CHANNELS // 4
    return found


def shares(cycles: int) -> dict[str, float]:
    """Operations of a transform, in percent of those of the stored kernel that is as fast, for each choice of codes."""
    products = LENGTH * FILTERS // cycles
    simd = min(LENGTH, max(128, products // FILTERS))
    stored = Fold(CHANNELS, simd, products // simd, storage="rom")
    lanes, products = LENGTH // cycles, KEPT * FILTERS // cycles
    pe = max(1, products // KEPT)
    transformed = Fold(min(CHANNELS, lanes), lanes, pe, storage="rom", kernel="transformed", codes=products // pe)
    found = {}
    for name, codes in CODES.items():
        counts = [counted(layer(codes), fold) for fold in (stored, transformed)]
        if {row["cycles"] for row in counts} != {cycles * PATCHES}:
            raise ValueError(f"a frame must take {cycles * PATCHES} cycles, got {[row['cycles'] for row in counts]}")
        found[name] = round(100 * counts[1]["operations"] / counts[0]["operations"], 1)
    return found


RATES = tuple(2**power for power in range(1, 9))
CASES: Mapping[str, Callable[[], dict[str, float]]] = {
    **{f"{codes} codes, {way}": partial(way_of, codes, way) for codes in CODES for way in WAYS},
    f"first codes, {SUMMED}": summed,
    **{f"a patch every {cycles} cycles": partial(shares, cycles) for cycles in RATES},
}


def figures(quick: bool, cases: Sequence[str] = ()) -> dict[str, dict[str, float]]:
    return {name: CASES[name]() for name in cases or CASES}


def version(quick: bool) -> str:
    return "counted"


if __name__ == "__main__":
    from run import main

    sys.exit(main(["ovsf", *sys.argv[1:]]))
