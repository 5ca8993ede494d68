"""A build under Verilator that takes one image at a time and tells what every op made of it.

The hardware of a free run, with nothing before and nothing behind the image, beside the golden model on the same image.
"""

import threading
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from binloom.compiler.errors import InputError
from binloom.compiler.ir import interpret
from binloom.compiler.ir.graph import Graph, Node
from binloom.compiler.ir.images import fitted
from binloom.compiler.ir.ops import ArgMax
from binloom.sim.golden import Difference, first_difference, logits_of
from binloom.sim.harness import Frames, Harness
from binloom.sim.traced import open_to, taps_of, tensors
from binloom.sim.verify import measure


@dataclass(frozen=True, slots=True)
class Layer:
    """An op's tensor (height, width, channels), stored, and the cycles in which its first and last beat passed.

    Cycles count from the image's first beat into the design; None where nothing tells them.
    """

    name: str
    values: np.ndarray
    first: int | None
    last: int | None


@dataclass(frozen=True, slots=True)
class Answer:
    """What the hardware said of one image: `cycles` from its first beat in to its last beat out.

    `logits` is None where the hardware delivers a class alone. `difference` is where the hardware departs from the
    golden model, None where every tensor of every op is equal.
    """

    label: int
    logits: np.ndarray | None
    cycles: int
    layers: tuple[Layer, ...]
    difference: Difference | None


class Subject:
    """InputError for a build that ranks no classes."""

    def __init__(self, graph: Graph, manifest: Mapping, verilog: str, load: np.ndarray) -> None:
        self.graph, self.manifest = graph, manifest
        self.harness = Harness(manifest, verilog, load=load)
        self.logits, self.label = _ranking(graph)
        self._taps = taps_of(self.harness)
        self._settings = open_to(self._taps, self.harness.watches)
        self._one = threading.Lock()

    @property
    def classes(self) -> int:
        """How many classes the logits rank; 2 where a single one says no or yes, 0 where nothing tells."""
        return 0 if self.logits is None else max(2, self.logits.tensor.shape[2])

    def build(self) -> None:
        """Make the simulator, or find it in the cache."""
        self.harness.build(self._settings)

    def measure(self, images: np.ndarray) -> int | None:
        """Cycles a frame where one follows the other; of a single image nobody knows."""
        return measure([self._run(images)]).cycles_per_frame

    def ask(self, image: np.ndarray) -> Answer:
        """One image (height, width, channels), one at a time. InputError where the model does not take it."""
        images = fitted(self.graph, image[np.newaxis], "image")
        with self._one:
            run = self._run(images)
        seen = tensors(self.harness, run)
        golden = interpret.trace(self.graph, images)
        logits = None if self.logits is None else _numbers(run.outputs[self.logits.name][0], self.logits)
        start = int(run.accepted[0])
        return Answer(
            label=_class(logits) if logits is not None else int(run.outputs[self.label][0].reshape(-1)[0]),
            logits=logits,
            cycles=int(run.delivered[0]) - start,
            layers=tuple(_layer(name, values[0], run, start) for name, values in seen.items()),
            difference=first_difference(self.graph, golden, seen | run.outputs),
        )

    def _run(self, images: np.ndarray) -> Frames:
        simulator = self.harness.build(self._settings)
        return self.harness.run(simulator, images, taps=self._taps, watches=self.harness.watches)


def _ranking(graph: Graph) -> tuple[Node | None, str]:
    """The output that holds the logits and the one that holds the class; one of them where there is only one."""
    classes = [node.name for node in graph.outputs if isinstance(graph.inputs_of(node)[0].op, ArgMax)]
    try:
        return logits_of(graph), ""
    except InputError:
        if classes:
            return None, classes[0]
        raise


def _numbers(values: np.ndarray, node: Node) -> np.ndarray:
    """Stored values as the numbers they stand for."""
    values = values.reshape(-1).astype(np.int64)
    return 2 * values - 1 if node.tensor.element and node.tensor.element.bit else values


def _class(logits: np.ndarray) -> int:
    """The largest, of equal ones the lowest; a single one says no or yes by its sign."""
    return int(logits[0] > 0) if len(logits) == 1 else int(logits.argmax())


def _layer(name: str, values: np.ndarray, run: Frames, start: int) -> Layer:
    if name not in run.watches:
        return Layer(name, values, None, None)
    first, last, _ = run.watches[name][0]
    return Layer(name, values, int(first) - start, int(last) - start)
