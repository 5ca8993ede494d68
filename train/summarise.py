"""What a Keras model holds and computes, layer by layer, in the form of Larq's summary; and what it takes as hardware.

Counts are the compiler's own: the model is written as it would be saved and read back, so that what is shown is what
will be compiled. A parameter is 1-bit if it counts as -1 or +1, by its layer or because that is all it holds.
"""

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Self

from binloom.compiler.errors import InputError
from binloom.compiler.ir.graph import Graph
from binloom.compiler.layers import LayerGraph
from binloom.compiler.lower import LowerOptions, lower, summarise
from binloom.compiler.passes import run_passes
from binloom.compiler.reader import read_model
from binloom.train.hardware import Hardware, predicted, target_named

FLOAT_BITS = 32  # of a bias, of a normalisation's numbers: the compiler makes bounds and factors of them
COLUMNS = ("layer", "kind", "shape", "1-bit params", "multi-bit params", "1-bit MACs", "multi-bit MACs", "KiB")


@dataclass(frozen=True, slots=True)
class Row:
    """A call of a layer. `params` are (1-bit, others), of a layer that is called again 0; `macs` likewise, where both
    factors are bits and all others. `problem` says why it cannot be compiled: then its products are not known.
    """

    name: str
    kind: str
    shape: tuple[int, ...] | None
    params: tuple[int, int]
    macs: tuple[int, int]
    bits: int  # of memory
    problem: str = ""

    def cells(self) -> tuple[str, ...]:
        shape = "?" if self.shape is None else " x ".join(map(str, self.shape))
        macs = ("?", "?") if self.problem else map(some, self.macs)
        return (self.name, self.kind, shape, *map(some, self.params), *macs, kib(self.bits) if self.bits else "")


@dataclass(frozen=True, slots=True)
class Summary:
    """The rows of a model, and what is predicted of its hardware.

    Memory is counted in the widths that are compiled: a bit, the whole numbers that a kernel holds, 8 bits for a kernel
    that is quantised, 32 for what is no kernel.
    """

    model: str
    rows: tuple[Row, ...]
    hardware: tuple[Hardware, ...] = ()
    trained: int | None = None  # parameters that training moves, where that is known

    @property
    def params(self) -> tuple[int, int]:
        """1-bit ones and others."""
        return _sums(row.params for row in self.rows)

    @property
    def macs(self) -> tuple[int, int]:
        """A frame, 1-bit ones and others."""
        return _sums(row.macs for row in self.rows)

    @property
    def bits(self) -> int:
        """Of memory."""
        return sum(row.bits for row in self.rows)

    @property
    def problems(self) -> tuple[str, ...]:
        """A line for each layer that cannot be compiled."""
        return tuple(f"{row.name} ({row.kind}): {row.problem}" for row in self.rows if row.problem)

    def facts(self) -> Iterator[tuple[str, str]]:
        """What is to be said of the whole."""
        (bits, others), (bit_macs, macs) = self.params, self.macs
        floats = FLOAT_BITS * (bits + others)
        trained = "" if self.trained is None else f"; {self.trained:,} are trained"
        yield "parameters", f"{bits + others:,}, of which {bits:,} are 1-bit{trained}"
        yield "memory", f"{kib(self.bits)} KiB; in float32 {kib(floats)} KiB{_times(floats, self.bits)}"
        yield "MACs a frame", f"{bit_macs + macs:,}, of which {bit_macs:,} are 1-bit{_share(bit_macs, bit_macs + macs)}"
        for line in self.problems:
            yield "not compiled", line
        for hardware in self.hardware:
            yield "predicted", str(hardware)

    def total(self) -> tuple[str, ...]:
        """The last row."""
        return ("total", "", "", *map(some, (*self.params, *self.macs)), kib(self.bits))

    def __str__(self) -> str:
        from rich.console import Console
        from rich.table import Table
        from rich.text import Text

        table = Table(*COLUMNS[:3], box=None, pad_edge=False)
        for title in COLUMNS[3:]:
            table.add_column(title, justify="right")
        for row in self.rows:
            table.add_row(*map(Text, row.cells()))
        table.add_row(*map(Text, self.total()))
        text = StringIO()
        console = Console(file=text, width=160, highlight=False, markup=False, color_system=None)
        console.print(table)
        lines = [*(line.rstrip() for line in text.getvalue().splitlines()), ""]
        return "\n".join([*lines, *(f"{what}: {words}" for what, words in self.facts())])

    def to_json(self) -> str:
        """For the run's folder."""
        return json.dumps(asdict(self), indent=1) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Self:
        """What `to_json` wrote."""
        found = json.loads(text)
        return cls(
            found["model"],
            tuple(Row(**{key: _tuple(value) for key, value in row.items()}) for row in found["rows"]),
            tuple(Hardware(**hardware) for hardware in found["hardware"]),
            found["trained"],
        )


def summary(model: Any, *targets: str, search: bool = False) -> Summary:
    """The summary of a Keras model, with what is predicted for each board or device that is named.

    `search`: see `hardware.predicted`. InputError where there is no such board, or where the compiler cannot even read
    the model; a layer that cannot be compiled has its reason in its row, and then nothing is predicted.
    """
    with TemporaryDirectory() as folder:
        path = Path(folder) / "model.keras"
        model.save(path, include_optimizer=False)
        made = summary_of(read_model(path), targets, search=search)
    return replace(made, trained=sum(math.prod(weight.shape) for weight in model.trainable_weights))


def summary_of(layers: LayerGraph, targets: Sequence[str] = (), *, search: bool = False) -> Summary:
    """The same of a model that was read."""
    for target in targets:
        target_named(target)
    seen: set[int] = set()
    rows = []
    for layer, found in zip(layers.layers, summarise(layers), strict=True):
        once = not layer.weights or id(layer.weights) not in seen
        seen.add(id(layer.weights))
        bits, others = (found.bit_weights, found.weights - found.bit_weights) if once else (0, 0)
        memory = found.memory_bits + FLOAT_BITS * (found.weights - found.kernel_weights) if once else 0
        kind = found.kind if found.package == "keras" else f"{found.package} {found.kind}"
        rows.append(
            Row(
                found.name,
                kind,
                found.shape,
                (bits, others),
                (found.bit_macs, found.int_macs),
                memory,
                found.problem or "",
            )
        )
    made = Summary(layers.name, tuple(rows))
    if not targets:
        return made
    try:
        graph: Graph | None = run_passes(lower(layers, LowerOptions()))
        why = ""
    except InputError as error:
        graph, why = None, f"nothing can be predicted: {error}"
    hardware = (
        Hardware(target, "", {}, {}, problem=why) if graph is None else predicted(graph, target, search=search)
        for target in targets
    )
    return replace(made, hardware=tuple(hardware))


def some(count: int) -> str:
    return f"{count:,}" if count else ""


def kib(bits: int) -> str:
    """KiB to two places."""
    return f"{bits / 8 / 1024:,.2f}"


def _sums(pairs: Iterator[tuple[int, int]]) -> tuple[int, int]:
    bits, others = 0, 0
    for bit, other in pairs:
        bits, others = bits + bit, others + other
    return bits, others


def _times(large: int, small: int) -> str:
    return f", {large / small:.1f} times as much" if small else ""


def _share(part: int, whole: int) -> str:
    return f" ({100 * part / whole:.1f}%)" if whole else ""


def _tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
