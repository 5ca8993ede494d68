"""What goes into a graph: in the shape of its input, whole, and in its range, whoever asks."""

import numpy as np
import pytest

from binloom.compiler.errors import InputError
from binloom.compiler.ir.builder import GraphBuilder
from binloom.compiler.ir.graph import Graph
from binloom.compiler.ir.images import fitted
from binloom.compiler.ir.interpret import run, trace


def copier(shape: tuple[int, int, int]) -> Graph:
    builder = GraphBuilder()
    return builder.output(builder.input(shape))


@pytest.mark.parametrize(
    ("shape", "given"),
    [((6, 5, 3), (6, 5, 3)), ((6, 5, 1), (6, 5)), ((6, 5, 1), (6, 5, 1)), ((1, 1, 7), (7,)), ((1, 1, 1), (1,))],
)
@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.int64])
def test_axes_of_one_may_be_left_out(shape: tuple[int, int, int], given: tuple[int, ...], dtype: type) -> None:
    images = np.arange(2 * np.prod(given)).astype(dtype).reshape(2, *given)
    found = fitted(copier(shape), images)
    assert found.shape == (2, *shape)
    assert np.array_equal(found.reshape(-1), images.reshape(-1))
    assert np.array_equal(run(copier(shape), images)["logits"], found)


@pytest.mark.parametrize(
    ("images", "message"),
    [
        (np.zeros((2, 5, 6), np.uint8), r"images: shape \(2, 5, 6\); the model takes \(n, 6, 5, 1\)"),
        (np.zeros((2, 30), np.uint8), r"images: shape \(2, 30\); "),
        (np.zeros((6, 5), np.uint8), r"images: shape \(6, 5\); "),
        (np.uint8(3), r"images: shape \(\); "),
        (np.zeros((2, 6, 5)), "images: float64 instead of whole numbers; give pixels as they are before scaling"),
        (np.zeros((2, 6, 5), bool), "images: bool instead of whole numbers"),
        (np.full((2, 6, 5), 256), r"images: values in 256\.\.256; the model takes 0\.\.255"),
        (np.full((2, 6, 5), -1), r"images: values in -1\.\.-1; the model takes"),
    ],
)
def test_what_does_not_fit_is_refused(images: np.ndarray, message: str) -> None:
    for check in (fitted, run, trace):
        with pytest.raises(InputError, match=message):
            check(copier((6, 5, 1)), images)


def test_none_are_too_few_unless_told() -> None:
    none = np.zeros((0, 6, 5), np.uint8)
    with pytest.raises(InputError, match="pixels: 0 images; give at least 1"):
        fitted(copier((6, 5, 1)), none, "pixels")
    assert fitted(copier((6, 5, 1)), none, least=0).shape == (0, 6, 5, 1)
