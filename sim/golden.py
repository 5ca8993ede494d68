"""The golden model's face: data sets in, accuracy and traces out. compiler/ir/interpret.py says what an op means."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from binloom.compiler.errors import InputError
from binloom.compiler.ir import interpret
from binloom.compiler.ir.graph import Graph, Node
from binloom.compiler.ir.images import check_form, fitted
from binloom.compiler.ir.ops import ArgMax
from binloom.compiler.npz import Archive

Progress = Callable[[int, int], None]  # images done, images in all


@dataclass(frozen=True, slots=True, eq=False)
class Evaluation:
    """Classes (n,) and integer logits (n, classes) of a data set; `correct` is None without labels."""

    classes: np.ndarray
    logits: np.ndarray
    correct: int | None
    total: int

    @property
    def accuracy(self) -> float:
        """Share of images whose class is right, 0..1."""
        if self.correct is None:
            raise ValueError("accuracy needs labels, got none")
        return self.correct / self.total

    def __str__(self) -> str:
        if self.correct is None:
            return f"{self.total} images, no labels"
        return f"top-1 {100 * self.accuracy:.2f}% ({self.correct} of {self.total})"


@dataclass(frozen=True, slots=True)
class Difference:
    """The first element in which two traces differ."""

    op: str
    frame: int
    y: int
    x: int
    channel: int
    got: int | float
    expected: int | float

    def __str__(self) -> str:
        place = f"frame {self.frame}, y {self.y}, x {self.x}, channel {self.channel}"
        return f"{self.op}, {place}: got {self.got}, expected {self.expected}"


def evaluate(
    graph: Graph,
    x: np.ndarray,
    y: np.ndarray | None = None,
    *,
    images: int | None = None,
    progress: Progress | None = None,
) -> Evaluation:
    """Classes and logits of the first `images` images, by default all; of equal logits the lowest index wins."""
    x = x[:images]
    y = None if y is None else y[:images]
    node = logits_of(graph)
    step = interpret.batch_size(graph) * interpret.THREADS
    made = []
    for start in range(0, len(x), step):
        part = interpret.run(graph, x[start : start + step])[node.name]
        made.append(part.reshape(len(part), -1))
        if progress is not None:
            progress(min(start + step, len(x)), len(x))
    logits = np.concatenate(made) if made else np.empty((0, node.tensor.shape[2]), np.int64)
    if logits.dtype == np.uint8:
        logits = logits.astype(np.int64) * 2 - 1
    # A single result says no or yes by its sign. NumPy's argmax gives the first of equals.
    classes = (logits[:, 0] > 0).astype(np.int64) if logits.shape[1] == 1 else logits.argmax(axis=1)
    correct = None if y is None else int((classes == y).sum())
    return Evaluation(classes, logits, correct, len(x))


def logits_of(graph: Graph) -> Node:
    """The output that ranks the classes: the first vector among the outputs that is not itself a ranking."""
    for node in graph.outputs:
        (source,) = graph.inputs_of(node)
        if node.tensor.shape[:2] == (1, 1) and not isinstance(source.op, ArgMax):
            return node
    raise InputError(
        f"model {graph.name} gives no vector of classes", "evaluate a classifier, or read its maps by trace()"
    )


def first_difference(
    graph: Graph, golden: Mapping[str, np.ndarray], other: Mapping[str, np.ndarray]
) -> Difference | None:
    """The first difference, in the graph's order, over the nodes that both traces hold; None where there is none."""
    for node in graph:
        if node.name not in golden or node.name not in other:
            continue
        expected, got = golden[node.name], other[node.name]
        if expected.shape != got.shape:
            raise ValueError(f"{node.name}: traces must have one shape, got {got.shape}, expected {expected.shape}")
        wrong = np.flatnonzero(expected.reshape(-1) != got.reshape(-1))
        if len(wrong):
            index = np.unravel_index(wrong[0], expected.shape)
            frame, y, x, channel = map(int, index)
            return Difference(node.name, frame, y, x, channel, got[index].item(), expected[index].item())
    return None


def load_dataset(
    path: Path | str, graph: Graph, *, images: int | None = None, labels: bool = True, part: str = "test"
) -> tuple[np.ndarray, np.ndarray | None]:
    """`x_test` and `y_test` of an .npz file, once they fit the model; without `labels`, `y_test` may be missing.

    With another `part`, such as "train", it is x_train and y_train.
    """
    of_x, of_y = f"x_{part}", f"y_{part}"
    path = Path(path)
    if images is not None and images < 1:
        raise InputError(f"--images must be at least 1, got {images}")
    with Archive(path) as archive:
        shape, dtype = archive.header(of_x)
        check_form(graph, shape, dtype, f"{path}: {of_x}")
        x = archive.read(of_x, images)
        y = archive.read(of_y, images) if labels or of_y in archive.entries else None
        if y is not None and archive.header(of_y)[0][:1] != shape[:1]:
            found = archive.header(of_y)[0]
            raise InputError(f"{path}: {of_y} has shape {found} beside {shape[0]} images", "give one label an image")
    x = fitted(graph, x, f"{path}: {of_x}")
    # A single result says no or yes.
    return x, None if y is None else _checked_labels(f"{path}: {of_y}", y, max(2, logits_of(graph).tensor.shape[2]))


def _checked_labels(what: str, y: np.ndarray, classes: int) -> np.ndarray:
    if y.dtype.kind not in "iu" or y.shape not in {(len(y),), (len(y), 1)}:
        raise InputError(f"{what} must be one whole number an image, got {y.dtype} {y.shape}", "give class indices")
    if y.min() < 0 or y.max() >= classes:
        raise InputError(f"{what} lies in {y.min()}..{y.max()}, the model has classes 0..{classes - 1}")
    return y.reshape(-1).astype(np.int64)
