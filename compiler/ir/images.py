"""What may go into a graph: whole numbers of the input's shape and range, checked in one place for everybody."""

import numpy as np

from binloom.compiler.errors import InputError
from binloom.compiler.ir.graph import Graph
from binloom.compiler.ir.ops import Input, Shape


def input_of(graph: Graph) -> Input:
    """The op of the graph's one input."""
    op = graph.inputs[0].op
    assert isinstance(op, Input)
    return op


def fitted(graph: Graph, images: np.ndarray, what: str = "images", least: int = 1) -> np.ndarray:
    """The images as (n, height, width, channels); InputError where they are fewer or not what the input takes.

    `what` names them in the message. One channel, or a vector, may go without its axes of one.
    """
    op, images = input_of(graph), np.asarray(images)
    check_form(graph, images.shape, images.dtype, what)
    if len(images) < least:
        raise InputError(f"{what}: {len(images)} images", f"give at least {least}")
    if images.size and (images.min() < op.lo or images.max() > op.hi):
        raise InputError(f"{what}: values in {images.min()}..{images.max()}", f"the model takes {op.lo}..{op.hi}")
    return images.reshape(len(images), *op.shape)


def check_form(graph: Graph, shape: tuple[int, ...], dtype: np.dtype, what: str) -> None:
    """InputError where an array of that shape and dtype, not looked at yet, cannot hold images of the graph."""
    wanted = input_of(graph).shape
    if shape[1:] not in forms(wanted):
        raise InputError(f"{what}: shape {shape}", f"the model takes (n, {', '.join(map(str, wanted))})")
    if dtype.kind not in "iu":
        raise InputError(f"{what}: {dtype} instead of whole numbers", "give pixels as they are before scaling")


def forms(shape: Shape) -> list[tuple[int, ...]]:
    """The shapes in which an image may come."""
    height, width, channels = shape
    short = [(height, width)] if channels == 1 else []
    return [shape, *short, *([(channels,)] if height == width == 1 else [])]
