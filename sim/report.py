"""What was built and what its verification found: as a table for the terminal, as JSON, and as a page of its own."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from binloom.sim import record
from binloom.sim.page.page import html
from binloom.sim.page.words import element_of, fold_of, shape_of, weights_of
from binloom.sim.verify import Timing, Verification

if TYPE_CHECKING:
    from rich.table import Table

PAGE = "report.html"
COLUMNS = ("op", "kind", "shape", "element", "weights", "fold", "cycles")


def write_report(folder: Path, manifest: Mapping, **sections: dict) -> tuple[dict, Path]:
    """Write report.json and report.html with these sections new; gives the first, and the place of the second.

    `verification` is from `found_by`, and so is `netlist` where a netlist ran; `routed` is from an Implementation.
    """
    report = record.write(folder, manifest, **sections)
    page = folder / PAGE
    page.write_text(html(manifest, report), encoding="utf-8")
    return report, page


def found_by(result: Verification) -> dict:
    """What the report keeps of a verification."""
    return {"found": str(result), **result.to_dict()}


def table(manifest: Mapping) -> "Table":
    """The ops of a build for the terminal; the slowest one is marked."""
    from rich.table import Table
    from rich.text import Text

    made = Table(*COLUMNS[:-1], box=None, pad_edge=False)
    made.add_column(COLUMNS[-1], justify="right")
    for op in manifest["ops"]:
        slowest = op["name"] == manifest["timing"]["bottleneck"]
        made.add_row(*(Text(cell) for cell in cells(op)), style="bold" if slowest else "")
    return made


def cells(op: Mapping) -> tuple[str, ...]:
    """One op's row: a word for each of COLUMNS."""
    return op["name"], op["op"], shape_of(op), element_of(op), weights_of(op), fold_of(op), f"{op['cycles']:,}"


def timing_rows(predicted: Timing, measured: Timing | None) -> Iterator[tuple[str, str, str]]:
    """What, predicted, measured."""
    rows = (
        ("cycles a frame", predicted.cycles_per_frame, measured.cycles_per_frame if measured else None),
        ("latency, cycles", predicted.latency, measured.latency if measured else None),
    )
    for what, said, seen in rows:
        one, two = ("-" if value is None else f"{value:,}" for value in (said, seen))
        yield what, one, two
