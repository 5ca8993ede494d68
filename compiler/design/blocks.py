"""The component table: which hardware blocks make up each op.

To add an op: a function here that chains its blocks, and its entry in `BUILDERS`. A builder gets a `Chain`, puts
blocks behind each other, and the last of them answers to the node's own name. It makes them with `Chain.make`, so that
whoever tries many folds of one node can make equal blocks once.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from math import lcm
from typing import Any

import numpy as np

from binloom.compiler.design import ovsf
from binloom.compiler.design.chain import Chain, Make, border_of, fill_of, made, window_padding, zeros_of
from binloom.compiler.design.fold import CHAINS, Fold
from binloom.compiler.design.places import patch_matrix
from binloom.compiler.design.tensors import element_of, map_of
from binloom.compiler.errors import InputError
from binloom.compiler.ir.graph import Node
from binloom.compiler.ir.ops import (
    Add,
    Affine,
    ArgMax,
    BitPlanes,
    Clip,
    Concat,
    Conv,
    Dense,
    Equalise,
    Knee,
    MaxPool,
    Op,
    Output,
    OvsfConv,
    Pad,
    PiecewiseAffine,
    Reshape,
    ShiftAdd,
    Standardise,
    SumPool,
    Threshold,
)
from binloom.hw import topk
from binloom.hw.arrays.array import MatrixArray
from binloom.hw.arrays.matrix import Matrix, matrix_of
from binloom.hw.branches import add, concat
from binloom.hw.branches.join import Join
from binloom.hw.elementwise import bit_planes, clip, knee, piecewise, shift_add, threshold
from binloom.hw.elementwise.scaled import scaled
from binloom.hw.frames import equalise, standardise
from binloom.hw.network import Stage
from binloom.hw.order.gather import Gather
from binloom.hw.order.replay import Replay
from binloom.hw.order.rewire import Rewire
from binloom.hw.order.scatter import Scatter
from binloom.hw.pools import pool, sum_pool
from binloom.hw.stream import Block, Map
from binloom.hw.windows import pad, window


def stages_of(node: Node, fold: Fold, streams: list[tuple[str, Map]], make: Make = made) -> list[Stage]:
    """The stages of one node that reads these streams; none for an Output whose port shows a stream as it is."""
    build = BUILDERS.get(type(node.op))
    if build is None:
        raise InputError(f"{node.name}: there is no hardware for {type(node.op).__name__} yet")
    chain = Chain(node, fold, list(streams), make)
    build(chain)
    return chain.stages


def conv(chain: Chain) -> None:
    convolve(chain, chain.op)


def convolve(chain: Chain, op: Conv) -> None:
    fold = chain.fold
    (kh, kw), groups = op.kernel, lcm(op.groups, fold.planes)
    if fold.planes > chain.map.planes:
        run = chain.map.channels // min(op.groups, fold.planes)
        if chain.map.lanes % run:
            chain.lanes(run, "store")
        chain.put("replay", chain.make(Replay, chain.map, run, groups // op.groups))
    chain.lanes(fold.lanes)
    zeros = zeros_of(chain, op)
    border = border_of(chain, op.padding, op.kernel, op.dilation)
    if (kh, kw) != (1, 1) or op.stride != (1, 1) or border.any:
        chain.put("window", chain.make(window.Window, chain.map, op.kernel, op.stride, op.dilation, border))
    lanes = fold.lanes // fold.parallel  # of one group
    if fold.parallel > 1 and lanes > 1:
        # The window delivers (ky, kx, group, channel); the array takes the groups' elements in turn.
        order = np.arange(chain.map.lanes).reshape(kh * kw, fold.parallel, lanes).transpose(0, 2, 1)
        chain.put("order", chain.make(Rewire, chain.map, chain.map, order.ravel().tolist()))
    chain.lanes(fold.parallel * fold.simd, "beats")
    if fold.pixels > 1:
        chain.put("gather", chain.make(Gather, chain.map, fold.pixels))

    array = chain.make(
        MatrixArray,
        chain.map,
        lambda: patch_matrix(op.weights, groups, lanes),
        zeros,
        simd=fold.simd,
        pe=fold.pe,
        bias=op.bias,
        o_element=element_of(chain.node),
        storage=fold.storage,
        parallel=fold.parallel,
        pixels=fold.pixels,
        chains=fold.popcount == CHAINS,
    )
    if fold.pixels == 1:
        chain.finish(array)
        return
    chain.put("array", array)
    chain.finish(chain.make(Scatter, array.o_map, map_of(chain.node, _scattered(array))))


def _scattered(array: MatrixArray) -> int:
    """The fewest lanes in which its pixels can leave one after the other while it makes the next ones."""
    lanes, groups = array.parallel * array.pe, array.turns * array.groups
    enough = (joined for joined in range(1, groups) if groups % joined == 0 and array.pixels <= array.beats * joined)
    return lanes * next(enough, groups)


def ovsf_conv(chain: Chain) -> None:
    """As the convolution of its kernel, or without ever having that."""
    if chain.fold.kernel == "stored":
        convolve(chain, chain.op.plain)
    else:
        ovsf.KERNELS[chain.fold.kernel](chain)


def dense(chain: Chain) -> None:
    op: Dense = chain.op
    chain.lanes(chain.fold.simd)
    order, permuted = chain.map.order, chain.map.permuted
    if permuted:
        # From here on a channel is a place in the stream, and its weights stand in that place.
        chain.put("order", chain.make(Rewire, chain.map, replace(chain.map, planes=1)))

    def source() -> Matrix:
        return matrix_of(op.weights, lambda weights: weights[np.newaxis])

    chain.finish(
        chain.make(
            MatrixArray,
            chain.map,
            lambda: source().ordered(order) if permuted else source(),
            simd=chain.fold.simd,
            pe=chain.fold.pe,
            bias=op.bias,
            o_element=element_of(chain.node),
            storage=chain.fold.storage,
            chains=chain.fold.popcount == CHAINS,
        )
    )


def max_pool(chain: Chain) -> None:
    op: MaxPool = chain.op
    chain.lanes(chain.fold.lanes)
    border = window_padding(op.padding, None)
    chain.finish(chain.make(pool.MaxPool, chain.map, op.size, op.stride, border, op.minimum))


def sum_pooling(chain: Chain) -> None:
    op: SumPool = chain.op
    chain.lanes(chain.fold.lanes)
    border = window_padding(op.padding, None)
    element = element_of(chain.node)
    chain.finish(chain.make(sum_pool.SumPool, chain.map, op.size, op.stride, border, op.rows, op.cols, element))


def padding(chain: Chain) -> None:
    op: Pad = chain.op
    chain.lanes(chain.fold.lanes)
    chain.finish(chain.make(pad.Pad, chain.map, window_padding(op.padding, fill_of(chain, op.padding))))


def planes_of_bits(chain: Chain) -> None:
    op: BitPlanes = chain.op
    chain.lanes(chain.fold.lanes)
    chain.finish(chain.make(bit_planes.BitPlanes, chain.map, op.planes, op.bits))


def shift_adding(chain: Chain) -> None:
    op: ShiftAdd = chain.op
    chain.lanes(chain.fold.lanes)
    chain.finish(chain.make(shift_add.ShiftAdd, chain.map, op.planes, op.filters, element_of(chain.node)))


def elementwise(make: Callable[[Map, Any, Node], Block]) -> Callable[[Chain], None]:
    """An op that takes each element by itself: its lanes, then its block."""

    def build(chain: Chain) -> None:
        chain.lanes(chain.fold.lanes)
        chain.finish(chain.make(make, chain.map, chain.op, chain.node))

    return build


def scaling(chain: Chain) -> None:
    op: Affine = chain.op
    chain.lanes(chain.fold.lanes)
    element = element_of(chain.node)
    chain.finish(chain.make(scaled, chain.map, op.mul, op.add, op.shift, element, multiply=chain.fold.multiply))


def join(block: Callable[[list[Map], Any], Join]) -> Callable[[Chain], None]:
    """An op that waits for all its inputs: each of them to the same lanes, then its block."""

    def build(chain: Chain) -> None:
        for index in range(len(chain.streams)):
            chain.lanes(chain.fold.lanes, f"lanes{index}", index)
        chain.finish(chain.make(block, [map for _, map in chain.streams], element_of(chain.node)))

    return build


def reshape(chain: Chain) -> None:
    """On a stream only the map changes; a beat must fit into a pixel before and after."""
    height, width, channels = chain.op.shape
    chain.lanes(chain.fold.lanes)
    chain.finish(chain.make(Rewire, chain.map, replace(chain.map, height=height, width=width, channels=channels)))


def output(chain: Chain) -> None:
    """The port itself is the network's; only its lanes are of the plan."""
    chain.lanes(chain.fold.lanes)


BUILDERS: Mapping[type[Op], Callable[[Chain], None]] = {
    BitPlanes: planes_of_bits,
    ShiftAdd: shift_adding,
    Conv: conv,
    Dense: dense,
    OvsfConv: ovsf_conv,
    MaxPool: max_pool,
    SumPool: sum_pooling,
    Pad: padding,
    Threshold: elementwise(lambda map, op, node: threshold.Threshold(map, op.bound, op.flip)),
    Affine: scaling,
    PiecewiseAffine: elementwise(
        lambda map, op, node: piecewise.PiecewiseAffine(map, op.pos, op.neg, element_of(node))
    ),
    Knee: elementwise(
        lambda map, op, node: knee.Knee(map, op.knee, op.pos, op.neg, op.above, op.below, op.shift, element_of(node))
    ),
    Clip: elementwise(lambda map, op, node: clip.Clip(map, op.lo, op.hi)),
    Equalise: elementwise(lambda map, op, node: equalise.Equalise(map)),
    Standardise: elementwise(lambda map, op, node: standardise.Standardise(map, op.places, op.bits)),
    ArgMax: elementwise(lambda map, op, node: topk.TopK(map, op.k)),
    Add: join(add.Add),
    Concat: join(concat.Concat),
    Reshape: reshape,
    Output: output,
}
