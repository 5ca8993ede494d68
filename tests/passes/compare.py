"""Graphs before and after a pass, evaluated exactly on the same images."""

from fractions import Fraction

import numpy as np

from binloom.compiler.ir.graph import Graph
from binloom.compiler.ir.infer import infer
from binloom.compiler.ir.interpret import run
from binloom.compiler.ir.rules import check


def random_images(graph: Graph, n: int, seed: int) -> np.ndarray:
    """Frames of the graph's input, its extremes among them."""
    op = graph.inputs[0].op
    rng = np.random.default_rng(seed)
    images = rng.integers(op.lo, op.hi + 1, (n, *op.shape))
    images[0], images[-1] = op.lo, op.hi
    return images


def values(graph: Graph, images: np.ndarray) -> dict[str, np.ndarray]:
    """Each output as exact numbers: bits as -1 and +1, integers, or Fractions."""
    graph = infer(graph)
    found = {}
    for name, array in run(graph, images, exact=True).items():
        element = graph[name].tensor.element
        is_bit = element is not None and element.bit
        found[name] = 2 * array.astype(int) - 1 if is_bit else array
    return found


def assert_equal(before: Graph, after: Graph, images: np.ndarray, context: object = "") -> None:
    """The outputs of both graphs are the same numbers."""
    check(after, integer=False)
    want, got = values(before, images), values(after, images)
    assert want.keys() == got.keys()
    for name, expected in want.items():
        different = np.argwhere(expected != got[name])
        if len(different):
            at = tuple(int(i) for i in different[0])
            raise AssertionError(f"{context} {name}{at}: got {got[name][at]}, expected {expected[at]}")


def assert_results(before: Graph, after: Graph, images: np.ndarray, context: object = "") -> None:
    """The integer graph gives what the real one gives, less than a step apart and in the same order, ties too."""
    want, got = values(before, images), values(after, images)
    for name, expected in want.items():
        says = after.meta["outputs"][name]
        scale, offset = Fraction(says["scale"]), Fraction(says["offset"])
        back = got[name] * scale + offset
        apart = back - expected
        assert ((apart >= 0) & (apart < scale)).all(), (
            f"{context} {name}: got {back}, expected {expected}, scale {scale}"
        )
        flat, real = got[name].reshape(-1, got[name].shape[-1]), expected.reshape(-1, expected.shape[-1])
        for row, (ints, reals) in enumerate(zip(flat, real, strict=True)):
            order = np.sign(ints[:, None] - ints[None].astype(object)), np.sign(reals[:, None] - reals[None])
            assert (order[0] == order[1]).all(), f"{context} {name} row {row}: {ints} is not in the order of {reals}"


def ops(graph: Graph) -> list[str]:
    """The kinds of op in their order, input and outputs left out."""
    return [type(node.op).__name__ for node in graph if type(node.op).__name__ not in ("Input", "Output")]
