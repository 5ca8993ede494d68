"""Convolutions of codes that never have their kernel whole: the blocks of an OvsfConv that is transformed or generated.

    window -> transform -> array                   kernel = "transformed"

The transform makes of each patch what the kept codes are of it, for all filters at once; the array's weights are the
coefficients.

    replay -> window -> array -> collect           kernel = "generated"

The frame passes once for each few filters, of which the array holds the kernel, while it makes that of the next few out
of codes and coefficients; what comes out in planes is put together again.
"""

from collections.abc import Callable, Mapping

import numpy as np

from binloom.compiler.design.chain import Chain, border_of, zeros_of
from binloom.compiler.design.places import patch_matrix, patch_places
from binloom.compiler.design.tensors import element_of
from binloom.compiler.ir.ops import OvsfConv
from binloom.hw.arrays.array import MatrixArray
from binloom.hw.arrays.border import Border
from binloom.hw.arrays.matrix import Matrix, matrix_of
from binloom.hw.element import Element
from binloom.hw.order.collect import Collect
from binloom.hw.order.replay import Replay
from binloom.hw.ovsf.array import GeneratedArray
from binloom.hw.ovsf.kernel import Recipe
from binloom.hw.ovsf.transform import Transform
from binloom.hw.stream import Map
from binloom.hw.windows import window


def patches(chain: Chain) -> None:
    """Puts the windows of an OvsfConv, `simd` elements a beat."""
    op: OvsfConv = chain.op
    chain.lanes(chain.fold.lanes)
    border = border_of(chain, op.padding, op.kernel, op.dilation)
    if op.kernel != (1, 1) or op.stride != (1, 1) or border.any:
        chain.put("window", chain.make(window.Window, chain.map, op.kernel, op.stride, op.dilation, border))
    chain.lanes(chain.fold.simd, "beats")


def transformed(chain: Chain) -> None:
    op: OvsfConv = chain.op
    fold = chain.fold
    zeros = zeros_of(chain, op.plain)
    patches(chain)
    chain.put("transform", chain.make(_transform, chain.map, fold.lanes, op))
    chain.lanes(fold.codes, "codes")

    def coefficients() -> Matrix:
        return matrix_of(op.coefficients, lambda coefficients: coefficients[np.newaxis])

    chain.finish(
        chain.make(
            MatrixArray,
            chain.map,
            coefficients,
            zeros,
            simd=fold.codes,
            pe=fold.pe,
            bias=op.bias,
            o_element=element_of(chain.node),
            storage=fold.storage,
        )
    )


def generated(chain: Chain) -> None:
    op: OvsfConv = chain.op
    fold = chain.fold
    channels = chain.map.channels
    if chain.map.lanes % channels:
        chain.lanes(channels, "store")
    chain.put("replay", chain.make(Replay, chain.map, channels, op.coefficients.shape[1] // fold.pe))
    zeros = zeros_of(chain, op.plain)
    patches(chain)
    kept = len(op.codes) * fold.share // 100
    element = element_of(chain.node)
    chain.put(
        "array",
        chain.make(_array, chain.map, fold.lanes, fold.pe, fold.codes, kept, fold.storage, element, op, zeros),
    )
    chain.finish(chain.make(Collect, chain.map))


def _transform(map: Map, lanes: int, op: OvsfConv) -> Transform:
    return Transform(map, patch_places(op, lanes, map.lanes), op.codes, op.length)


def _array(
    map: Map,
    lanes: int,
    pe: int,
    step: int,
    kept: int,
    storage: str,
    element: Element,
    op: OvsfConv,
    border: Border | None,
) -> GeneratedArray:
    recipe = Recipe(op.coefficients, op.codes, patch_places(op, lanes, map.lanes), op.length, pe, step, kept, storage)
    kernel = patch_matrix(op.plain.weights, recipe.rows, lanes)
    return GeneratedArray(map, recipe, border, o_element=element, bias=op.bias, kernel=kernel)


KERNELS: Mapping[str, Callable[[Chain], None]] = {"transformed": transformed, "generated": generated}
